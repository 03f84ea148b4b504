"""Signed in the window: results go out beside the work, and what is not delivered is seen."""

from __future__ import annotations

import shutil

import pytest
from testkit.reading_room import ReadingRoom

from engine import paths
from engine.domain.report import Section
from engine.errors import StorageError
from engine.services.workspace import Workspace
from engine.settings import change_settings

PASSPHRASE = "correct horse battery"
FILM = "nunez-2026-03-18.dcm"


@pytest.fixture
def ward(qtbot, small_model, tmp_path, monkeypatch, warm_workers):
    """A window on a real workspace with one study, and its outbox, which is away."""
    monkeypatch.setenv(paths.HOME_VARIABLE, str(tmp_path / "home"))
    monkeypatch.setattr(paths, "model_bundle", lambda: small_model)
    outbox = tmp_path / "out"
    change_settings({"outbox_folder": str(outbox), "outbox_forms": ("hl7", "json")})
    root, folder = tmp_path / "workspace", tmp_path / "cd"
    folder.mkdir()
    shutil.copy(paths.demo_studies() / FILM, folder)
    with Workspace.create(root, user_name="Dr Ada Byron", passphrase=PASSPHRASE) as workspace:
        (study,) = workspace.library.add([folder]).studies
    room = ReadingRoom(qtbot, tmp_path / "window.ini")
    room.open_real(root, PASSPHRASE)
    room.show_study(study.uid)
    yield room, outbox
    room.close()


def sign(room: ReadingRoom) -> None:
    report = room.desk.report
    report.add(Section.FINDINGS, "Clear lungs.")
    done, failed = [], []
    report.sign(PASSPHRASE, "Author", lambda: done.append(True), failed.append)
    room.wait(lambda: bool(done or failed))
    assert not failed


def test_what_is_not_delivered_is_seen_until_the_folder_is_back(ward):
    room, outbox = ward
    line = room.view.standing.outbox
    assert not line.isVisible()
    sign(room)
    room.wait(line.isVisible)
    assert line.text() == "2 results not delivered: The outbox folder is not there."
    assert room.desk.outbox._again.isActive(), "it tries again by itself"
    outbox.mkdir()
    room.desk.outbox._again.timeout.emit()
    room.wait(lambda: not line.isVisible())
    assert len([path for path in outbox.iterdir() if path.suffix]) == 2
    assert not room.desk.outbox._again.isActive()


def test_a_database_that_cannot_be_read_is_said_in_the_line(ward, monkeypatch):
    room, outbox = ward
    outbox.mkdir()

    def fail(_cancel: object) -> None:
        raise StorageError("The database could not be read or written.")

    with monkeypatch.context() as patch:
        patch.setattr(room.desk.workspace.outbox, "deliver", fail)
        room.desk.outbox.deliver()
        room.wait(lambda: "could not be read" in room.view.standing.outbox.text())
    room.desk.outbox.deliver()
    room.wait(lambda: not room.view.standing.outbox.isVisible())
