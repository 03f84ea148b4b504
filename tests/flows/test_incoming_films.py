"""Films that come in by themselves: slowly and in pieces, many at once, and through kill -9."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from shiboken6 import isValid
from testkit.command_line import PASSPHRASE, ROOT, CommandLine
from testkit.dicom_files import chest_like, write_film
from testkit.reading_room import ReadingRoom
from testkit.soak import figure, tries
from testkit.tiny_bundle import write_tiny_bundle

from engine import paths
from engine.domain.study import StudyStatus, StudyUid
from engine.services import inbox
from engine.services.workspace import Workspace
from engine.settings import change_settings

UID = "1.2.826.0.1.3680043.8.498.7"
PIECES = 5


@pytest.fixture
def share(tmp_path: Path) -> Path:
    folder = tmp_path / "share"
    folder.mkdir()
    return folder


@pytest.fixture
def room(
    qtbot: object,
    share: Path,
    small_model: Path,
    warm_workers: None,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Iterator[ReadingRoom]:
    """A window on a real workspace that watches `share` without a pause."""
    monkeypatch.setenv(paths.HOME_VARIABLE, str(tmp_path / "home"))
    monkeypatch.setattr(paths, "model_bundle", lambda: small_model)
    monkeypatch.setattr(inbox, "LOOK_EVERY_S", 0.02)
    monkeypatch.setattr(inbox, "_AGAIN_S", 0.02)
    monkeypatch.setattr(inbox, "_SETTLES_S", 0.5)
    monkeypatch.setattr(inbox, "_STANDS_S", 0.5)
    change_settings({"inbox_folders": (str(share),)})
    Workspace.create(tmp_path / "real", user_name="Dr Ada", passphrase=PASSPHRASE).close()
    opened = ReadingRoom(qtbot, tmp_path / "window.ini")
    opened.open_real(tmp_path / "real", PASSPHRASE)
    yield opened
    if isValid(opened.window) and opened.window.isVisible():
        opened.close()


def statuses(room: ReadingRoom) -> Counter[StudyStatus]:
    return Counter(row.status for row in room.desk.library.rows)


def counted_looks(room: ReadingRoom) -> list[int]:
    """Grows by one with every look into the folders."""
    looks: list[int] = []
    step = room.desk.workspace.intake.step

    def counted(*given: object, **more: object) -> object:
        looks.append(1)
        return step(*given, **more)

    room.desk.workspace.intake.step = counted
    return looks


def test_a_study_copied_in_pieces_is_drafted_whole_before_it_is_opened(
    room: ReadingRoom, share: Path, tmp_path: Path
) -> None:
    films = [
        write_film(tmp_path / "front.dcm", chest_like(512, 448), StudyInstanceUID=UID),
        write_film(tmp_path / "side.dcm", StudyInstanceUID=UID, ViewPosition="LL"),
    ]
    looks = counted_looks(room)
    for film in films:
        content = film.read_bytes()
        size = len(content) // PIECES + 1
        with (share / film.name).open("wb", buffering=0) as copy:
            for first in range(0, len(content), size):
                assert room.desk.workspace.library.studies() == () or film is not films[0]
                copy.write(content[first : first + size])
                before = len(looks)
                # Long enough that the piece is found standing still.
                room.wait(lambda before=before: len(looks) > before + 3)
    drafts = room.desk.workspace.drafting.drafts
    room.wait(lambda: any(len(draft.images) == 2 for draft in drafts(StudyUid(UID))))
    room.wait(lambda: room.desk.inbox.waiting == 0)
    assert statuses(room) == {StudyStatus.DRAFTED: 1}
    assert room.desk.library.study is None
    newest, *others = drafts(StudyUid(UID))
    assert len(newest.images) == 2
    assert all(len(draft.images) == 1 for draft in others), "drafted before the lateral film came"
    room.show_study(UID)
    room.wait(lambda: room.report.draft_id == newest.id)


def test_many_at_once_are_drafted_while_another_study_is_read(
    room: ReadingRoom, share: Path
) -> None:
    count = tries(every_run=8, soak=200)
    write_film(share / "first.dcm", StudyInstanceUID=UID)
    room.wait(lambda: statuses(room) == {StudyStatus.DRAFTED: 1})
    room.show_study(UID)
    room.wait(lambda: room.report.draft_id is not None)
    before = room.report
    for number in range(count):
        write_film(share / f"{number}.dcm", StudyInstanceUID=f"{UID}.{number}")
    room.wait(lambda: statuses(room) == {StudyStatus.DRAFTED: count + 1})
    room.wait(lambda: room.desk.inbox.waiting == 0)
    assert room.report == before
    assert room.desk.library.study.uid == UID


def test_kill_9_at_any_moment_loses_nothing_and_drafts_nothing_twice(
    share: Path, tmp_path: Path
) -> None:
    kills, studies = tries(every_run=(3, 4), soak=(50, 40))
    write_tiny_bundle(tmp_path / "bundle")
    command = CommandLine(tmp_path / "home", tmp_path / "bundle")
    chance = np.random.default_rng(19)
    waiting = [
        write_film(tmp_path / "films" / f"{n}.dcm", StudyInstanceUID=f"{UID}.{n}")
        for n in range(studies)
    ]
    at: list[str] = []
    for _ in range(kills):
        for film in waiting[: -(-studies // kills)]:
            shutil.copy(film, share)
            waiting.remove(film)
        at.append(killed(command, share, chance.uniform(0.0, 4.0)))
    assert not waiting
    done = command.work("watch", share, "--once", "--draft", "--json")
    assert done.returncode == 0, done.stderr
    again = command.work("watch", share, "--once", "--draft", "--json")
    assert (again.returncode, again.stdout) == (0, b"")

    shown = [
        json.loads(line) for line in command.work("worklist", "show", "--json").stdout.splitlines()
    ]
    ours = {row["study_uid"]: row["status"] for row in shown if row["study_uid"].startswith(UID)}
    assert ours == {f"{UID}.{n}": "drafted" for n in range(studies)}
    drafted = [
        json.loads(line)["details"]["study"]
        for line in command.work("audit", "--json").stdout.splitlines()
        if json.loads(line)["action"] == "draft stored"
    ]
    assert Counter(drafted) == dict.fromkeys(ours, 1)
    assert command.work("verify-db").returncode == 0
    figure("R03", f"{kills} kills of `negatoscope watch`, the last lines: {Counter(at)}")


def killed(command: CommandLine, share: Path, after_s: float) -> str:
    """Start `watch`, kill it some seconds after its workspace is open; its last event."""
    words = command.command("watch", share, "--draft", "--json", *command.options)
    watch = subprocess.Popen(
        words,
        cwd=ROOT,
        env=command.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    lock = command.home / "demo-workspace" / "workspace.db-wal"
    end = time.monotonic() + 60
    while not lock.exists() and time.monotonic() < end:
        assert watch.poll() is None
        time.sleep(0.02)
    time.sleep(after_s)
    assert watch.poll() is None
    watch.kill()
    said, _ = watch.communicate()
    lines = said.splitlines()
    return json.loads(lines[-1])["event"] if lines else "nothing"
