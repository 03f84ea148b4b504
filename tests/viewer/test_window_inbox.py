"""Watched folders in the window: what the list says, who goes first, and what the lock stops."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from shiboken6 import isValid
from testkit.command_line import PASSPHRASE
from testkit.dicom_files import chest_like, write_film
from testkit.reading_room import ReadingRoom

from engine import paths
from engine.domain.first_reading import FirstCall
from engine.domain.incoming import DraftOutcome
from engine.domain.progress import CancelToken
from engine.domain.study import StudyStatus, StudyUid
from engine.errors import DiskFullError
from engine.services import inbox, ordering
from engine.services.intake import Intake
from engine.services.workspace import Workspace
from engine.settings import change_settings
from viewer.dialogs.lock import LockSheet
from viewer.dialogs.scan import SkippedFiles
from viewer.panels.study_rows import REASON_ROLE, STATUS_ROLE

UID = StudyUid("1.2.826.0.1.3680043.8.498.7")
OTHER = StudyUid("1.2.826.0.1.3680043.8.498.8")


@pytest.fixture
def share(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small_model: Path, warm_workers: None
) -> Path:
    """A watched folder, looked at without a pause."""
    monkeypatch.setenv(paths.HOME_VARIABLE, str(tmp_path / "home"))
    monkeypatch.setattr(paths, "model_bundle", lambda: small_model)
    monkeypatch.setattr(inbox, "LOOK_EVERY_S", 0.05)
    monkeypatch.setattr(inbox, "_SETTLES_S", 0.0)
    monkeypatch.setattr(inbox, "_STANDS_S", 0.0)
    folder = tmp_path / "share"
    folder.mkdir()
    change_settings({"inbox_folders": (str(folder),)})
    return folder


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed workspace with a passphrase and nothing in it."""
    root = tmp_path_factory.mktemp("real") / "workspace"
    Workspace.create(root, user_name="Dr Ada", passphrase=PASSPHRASE).close()
    return root


@pytest.fixture
def watching(qtbot: object, share: Path, empty: Path, tmp_path: Path) -> Iterator[ReadingRoom]:
    """A window on a real, empty workspace that watches `share`."""
    root = tmp_path / "workspace"
    shutil.copytree(empty, root)
    room = ReadingRoom(qtbot, tmp_path / "window.ini")
    room.open_real(root, PASSPHRASE)
    yield room
    if isValid(room.window) and room.window.isVisible():
        room.close()


def said(room: ReadingRoom, uid: StudyUid, role: int = STATUS_ROLE) -> str:
    """What the row of a study says; empty while it is not listed."""
    rows = room.view.left.studies.rows
    return str(rows.data(rows.index_of(uid), role)) if rows.index_of(uid).isValid() else ""


def drafts(room: ReadingRoom, uid: StudyUid) -> int:
    return len(room.desk.workspace.drafting.drafts(uid))


def test_a_film_that_comes_in_is_listed_and_drafted_before_it_is_opened(
    watching: ReadingRoom, share: Path
) -> None:
    write_film(share / "film.dcm", StudyInstanceUID=UID)
    watching.wait(lambda: said(watching, UID) == "Drafted")
    assert watching.desk.library.study is None, "nothing opens by itself"
    assert watching.desk.workspace.past_reports.find() == ()
    watching.show_study(UID)
    watching.wait(lambda: watching.report.draft_id is not None)
    assert drafts(watching, UID) == 1
    assert watching.report.unreviewed == tuple(watching.report.sentences)


def test_own_reading_first_hides_the_draft_that_is_ready(
    watching: ReadingRoom, share: Path
) -> None:
    watching.context.preferences.set_blind_first(is_on=True)
    write_film(share / "film.dcm", StudyInstanceUID=UID)
    watching.wait(lambda: said(watching, UID) == "Drafted")
    watching.show_study(UID)
    watching.wait(lambda: watching.desk.blind.has_draft)
    assert watching.report.sentences == ()
    watching.desk.blind.read(FirstCall.NORMAL)
    watching.wait(lambda: watching.report.draft_id is not None)
    assert drafts(watching, UID) == 1


def test_the_row_says_why_a_study_is_not_drafted(watching: ReadingRoom, share: Path) -> None:
    write_film(share / "side.dcm", StudyInstanceUID=UID, ViewPosition="LL")
    watching.wait(lambda: said(watching, UID) == "Not drafted")
    reason = "This study has only a lateral film; a draft needs a frontal one."
    assert said(watching, UID, REASON_ROLE) == reason
    rows = watching.view.left.studies.rows
    delegate = watching.view.left.studies.view.itemDelegate()
    assert delegate.sizeHint(None, rows.index_of(UID)).height() > 64


def test_what_the_reader_asks_of_the_model_goes_first(
    watching: ReadingRoom, share: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_film(share / "film.dcm", StudyInstanceUID=UID)
    watching.wait(lambda: said(watching, UID) == "Drafted")
    watching.show_study(UID)
    watching.wait(lambda: watching.report.draft_id is not None)
    order: list[str] = []

    def endless(
        _intake: Intake, uid: StudyUid, *, cancel: CancelToken, **_more: object
    ) -> DraftOutcome:
        order.append("behind")
        while not cancel.is_cancelled:
            time.sleep(0.005)
        order.append("gave way")
        cancel.raise_if_cancelled()
        return DraftOutcome(study=uid)

    with monkeypatch.context() as slow:
        slow.setattr(Intake, "draft", endless)
        write_film(share / "other.dcm", StudyInstanceUID=OTHER)
        watching.wait(lambda: said(watching, OTHER) == "Drafting")
        drafting = watching.desk.workspace.drafting
        draft = drafting.draft

        def asked_for(*given: object, **more: object) -> object:
            order.append("asked for")
            return draft(*given, **more)

        slow.setattr(drafting, "draft", asked_for)
        watching.desk.start_draft()
        assert watching.desk.inbox.drafting == OTHER
        watching.wait(lambda: "asked for" in order)
        assert order[:3] == ["behind", "gave way", "asked for"]
        slow.undo()
    watching.desk.inbox.give_way(is_on=True)
    watching.desk.inbox.give_way(is_on=False)
    watching.wait(lambda: said(watching, OTHER) == "Drafted")
    assert drafts(watching, OTHER) == 1


def test_nothing_is_taken_in_during_a_drag(
    watching: ReadingRoom, share: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as drag:
        drag.setattr(QGuiApplication, "mouseButtons", lambda: Qt.MouseButton.LeftButton)
        watching.wait(lambda: watching.context.runner.is_idle)
        write_film(share / "film.dcm", StudyInstanceUID=UID)
        end = time.monotonic() + 0.5
        watching.wait(lambda: time.monotonic() > end)
        assert not watching.desk.workspace.library.studies()
    watching.wait(lambda: said(watching, UID) == "Drafted")


def test_a_draft_that_comes_while_the_study_is_open_goes_into_its_empty_report(
    watching: ReadingRoom, share: Path
) -> None:
    watching.desk.inbox.give_way(is_on=True)
    write_film(share / "film.dcm", StudyInstanceUID=UID)
    watching.wait(lambda: said(watching, UID) == "New")
    watching.show_study(UID)
    assert watching.report.draft_id is None
    watching.desk.inbox.give_way(is_on=False)
    watching.wait(lambda: watching.report.draft_id is not None)


def test_nothing_is_taken_in_while_the_window_is_locked(watching: ReadingRoom, share: Path) -> None:
    watching.do("file.lock")
    sheet = watching.sheet(LockSheet)
    watching.wait(lambda: watching.context.runner.is_idle)
    write_film(share / "film.dcm", StudyInstanceUID=UID)
    looked: list[int] = []
    watching.desk.inbox.changed.connect(lambda: looked.append(1))
    end = time.monotonic() + 0.5
    watching.wait(lambda: time.monotonic() > end)
    assert not looked
    assert not watching.desk.workspace.library.studies()
    sheet.passphrase.setText(PASSPHRASE)
    sheet.unlock.click()
    watching.wait(lambda: said(watching, UID) == "Drafted")


def test_a_folder_that_is_away_is_one_line_until_it_is_back(
    watching: ReadingRoom, share: Path
) -> None:
    line = watching.view.left.studies.inbox
    assert not line.isVisible()
    share.rename(share.with_name("pulled"))
    watching.wait(line.isVisible)
    assert line.words.text() == "The folder share is away."
    assert not watching.notices
    write_film(share.with_name("pulled") / "film.dcm", StudyInstanceUID=UID)
    share.with_name("pulled").rename(share)
    watching.wait(lambda: said(watching, UID) == "Drafted")
    watching.wait(lambda: not line.isVisible())


def test_a_film_that_is_not_whole_is_named_below_the_list(
    watching: ReadingRoom, share: Path, tmp_path: Path
) -> None:
    whole = write_film(tmp_path / "whole.dcm", StudyInstanceUID=UID).read_bytes()
    (share / "film.dcm").write_bytes(whole[:4000])
    line = watching.view.left.studies.inbox
    watching.wait(line.left_out.isVisible)
    assert line.left_out.text() == "1 file not taken in…"
    line.left_out.click()
    watching.sheet(SkippedFiles).reject()
    (share / "film.dcm").write_bytes(whole)
    watching.wait(lambda: said(watching, UID) == "Drafted")
    watching.wait(lambda: not line.isVisible())


def test_a_full_disk_is_a_sentence_and_what_came_is_taken_later(
    watching: ReadingRoom, share: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_given: object, **_more: object) -> None:
        raise DiskFullError("There is no room left to save.")

    line = watching.view.left.studies.inbox
    with monkeypatch.context() as broken:
        broken.setattr(Intake, "step", full)
        watching.wait(line.isVisible)
        assert "There is no room left to save." in line.words.text()
    write_film(share / "film.dcm", StudyInstanceUID=UID)
    watching.desk.inbox._look_now()
    watching.wait(lambda: said(watching, UID) == "Drafted")
    watching.wait(lambda: not line.isVisible())


def test_a_film_of_the_open_study_is_told_and_hangs_when_it_is_opened_again(
    watching: ReadingRoom, share: Path
) -> None:
    write_film(share / "film.dcm", StudyInstanceUID=UID)
    watching.wait(lambda: said(watching, UID) == "Drafted")
    watching.show_study(UID)
    write_film(share / "side.dcm", StudyInstanceUID=UID, ViewPosition="LL")
    watching.wait(lambda: any(n.title == "Came in" for n in watching.notices))
    assert len(watching.desk.films.study.images) == 1
    watching.desk.open_study(UID)
    watching.wait(lambda: len(watching.desk.films.study.images) == 2)


def test_a_film_of_the_open_study_that_changed_since_is_told(
    watching: ReadingRoom, share: Path
) -> None:
    film = write_film(share / "film.dcm", StudyInstanceUID=UID, SOPInstanceUID=f"{UID}.1")
    watching.wait(lambda: said(watching, UID) == "Drafted")
    watching.show_study(UID)
    write_film(film, chest_like(seed=1), StudyInstanceUID=UID, SOPInstanceUID=f"{UID}.1")
    watching.wait(lambda: any(n.title == "Came in" for n in watching.notices))
    (notice,) = (n for n in watching.notices if n.title == "Came in")
    assert notice.sentence.startswith("A film of the open study has changed since")


def test_switched_off_it_lists_without_a_draft(watching: ReadingRoom, share: Path) -> None:
    change_settings({"draft_incoming": False})
    watching.context.preferences.load()
    watching.wait(lambda: not watching.context.preferences.draft_incoming)
    write_film(share / "film.dcm", StudyInstanceUID=UID)
    watching.wait(lambda: said(watching, UID) == "New")
    assert watching.desk.inbox.waiting == 0
    assert watching.desk.inbox.drafting is None
    row = watching.desk.library.rows[0]
    assert (row.status, row.not_drafted) == (StudyStatus.NEW, "")


def test_the_demo_watches_nothing(
    qtbot: object, share: Path, scanned_demo: Path, tmp_path: Path
) -> None:
    shutil.copytree(scanned_demo, tmp_path / "demo")
    room = ReadingRoom(qtbot, tmp_path / "window.ini")
    room.open_demo(tmp_path / "demo")
    assert room.context.preferences.inbox_folders
    assert not room.desk.inbox.is_watching
    room.close()


def test_a_share_that_does_not_answer_keeps_no_window_open(
    watching: ReadingRoom, share: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Path] = []
    answered: list[Path] = []
    over = threading.Event()

    def hang(folder: Path, _on_unreadable: object) -> Iterator[object]:
        asked.append(folder)
        over.wait(20)
        answered.append(folder)
        yield from ()

    for module in (inbox, ordering):
        monkeypatch.setattr(module, "walk", hang)
    watching.desk.orders.watch(share)
    watching.wait(lambda: len(asked) > 1)
    watching.close()
    assert answered == []
    over.set()
