"""Backups beside the work."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engine.domain.report import Section
from engine.paths import HOME_VARIABLE
from engine.services.backing_up import BackupLane
from engine.services.restoring import restore
from engine.services.workspace import Workspace
from engine.settings import Settings
from engine.storage.folder import WorkspaceFolder

WAIT_S = 60.0


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "home"))
    return tmp_path


def test_r08_a_signature_does_not_wait_for_its_backup(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()
    now = [datetime(2026, 3, 18, 9, tzinfo=UTC)]
    with Workspace.open_demo(home / "demo", clock=lambda: now[0]) as workspace:
        study = workspace.library.studies()[0]
    real = WorkspaceFolder.back_up

    def slow(*args: object) -> None:
        begun.set()
        assert go_on.wait(WAIT_S)
        real(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(WorkspaceFolder, "back_up", slow)
    now[0] += timedelta(minutes=20)
    with Workspace.open_demo(home / "demo", clock=lambda: now[0]) as workspace:
        report = workspace.reporting.open_for(study.uid).report
        report = report.with_sentence(Section.FINDINGS, "Clear.", now[0])
        signed = workspace.reporting.sign(report, passphrase="demo", meaning="Author")
        assert signed.signature is not None
        assert begun.wait(WAIT_S)
        # The lane is at work; typing and the lock go on.
        workspace.access.note_lock()
        go_on.set()
    assert len(list((home / "demo" / "backups").glob("*.db"))) == 2


def test_r08_many_signatures_make_one_backup() -> None:
    made, waited = [], threading.Event()

    def seconds_left() -> float:
        waited.set()
        return 0.0 if not made else 3600.0

    lane = BackupLane(lambda _cancelled: made.append(1), seconds_left)
    for _ in range(50):
        lane.ask()
    assert waited.wait(WAIT_S)
    lane.close()
    lane.ask()
    assert len(made) <= 1


def test_a_backup_that_fails_does_not_end_the_lane() -> None:
    made, second = [], threading.Event()

    def make(_cancelled: threading.Event) -> None:
        made.append(1)
        if len(made) == 1:
            raise RuntimeError("whatever")
        second.set()

    lane = BackupLane(make, lambda: 0.0)
    lane.ask()
    while not second.wait(0.01):
        lane.ask()
    lane.close()
    assert len(made) >= 2


def test_r11_a_folder_that_cannot_be_written_to_is_read(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Workspace.open_demo(home / "demo") as workspace:
        study = workspace.library.studies()[0]
    monkeypatch.setattr(WorkspaceFolder, "is_writable", property(lambda _folder: False))
    before = {p: p.read_bytes() for p in (home / "demo").rglob("*") if p.is_file()}
    with Workspace.open_demo(home / "demo") as workspace:
        assert workspace.is_read_only
        assert workspace.reporting.open_for(study.uid).report.study_uid == study.uid
        assert workspace.verify().problems == ()
    after = {p: p.read_bytes() for p in (home / "demo").rglob("*") if p.is_file()}
    names = {p for p in before if p.name != "workspace.lock"}
    assert {p: after[p] for p in names} == {p: before[p] for p in names}


def test_each_automatic_backup_goes_to_the_second_place_too(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "share"
    place.mkdir()
    settings = Settings(backup_folder=str(place))
    monkeypatch.setattr("engine.services.workspace.load_settings", lambda: settings)
    now = [datetime(2026, 3, 18, 9, tzinfo=UTC)]
    with Workspace.create(
        home / "own", user_name="Dr Ada Byron", passphrase="five words", clock=lambda: now[0]
    ):
        pass
    now[0] += timedelta(days=2)
    with Workspace.open(home / "own", passphrase="five words", clock=lambda: now[0]):
        pass
    (copy,) = place.glob("*/*20260320*.db")
    restore(tmp_path / "drill", copy, passphrase="five words")
    with Workspace.open(tmp_path / "drill", passphrase="five words") as drill:
        assert drill.verify().problems == ()


def test_a_second_place_that_is_not_there_is_not_made_and_costs_nothing(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    settings = Settings(backup_folder=str(tmp_path / "unplugged"))
    monkeypatch.setattr("engine.services.workspace.load_settings", lambda: settings)
    with Workspace.create(home / "own", user_name="Dr Ada Byron", passphrase="five words"):
        pass
    with Workspace.open(home / "own", passphrase="five words"):
        pass
    assert len(list((home / "own" / "backups").glob("*.db"))) == 1
    assert not (tmp_path / "unplugged").exists()
    assert "the second place for backups is not there" in caplog.messages


def test_r20_a_database_that_is_older_than_its_backups_is_found(home: Path) -> None:
    database = home / "demo" / "workspace.db"
    with Workspace.open_demo(home / "demo"):
        pass
    early = database.read_bytes()
    with Workspace.open_demo(home / "demo") as workspace:
        backup = workspace.backup()
        assert workspace.verify().problems == ()
    database.write_bytes(early)
    with Workspace.open_demo(home / "demo") as workspace:
        (problem,) = workspace.verify().problems
        assert "older copy of itself" in problem
    restore(home / "demo", backup, passphrase=None)
    with Workspace.open_demo(home / "demo") as workspace:
        assert workspace.verify().problems == ()
