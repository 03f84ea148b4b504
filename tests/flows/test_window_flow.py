"""The main job through the real window, by keys: folder → draft → edit → sign → find → PDF."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QFileDialog
from testkit.pdf_words import pdf_words
from testkit.reading_room import ReadingRoom

from engine import paths
from engine.domain.report import ReportStatus, Section, SentenceState
from engine.services.workspace import Workspace
from viewer.dialogs.sign import SignSheet

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
FILM = "nunez-2026-03-18.dcm"
PASSPHRASE = "correct horse battery"


@pytest.fixture
def desk(qtbot, small_model, tmp_path, monkeypatch):
    """A window on an empty real workspace, and a folder with one film beside a letter."""
    monkeypatch.setenv(paths.HOME_VARIABLE, str(tmp_path / "home"))
    monkeypatch.setattr(paths, "model_bundle", lambda: small_model)
    root, folder = tmp_path / "workspace", tmp_path / "cd"
    Workspace.create(root, user_name="Dr Ada Byron", passphrase=PASSPHRASE).close()
    folder.mkdir()
    shutil.copy(paths.demo_studies() / FILM, folder)
    (folder / "letter.txt").write_text("not a film")
    room = ReadingRoom(qtbot, tmp_path / "window.ini")
    room.open_real(root, PASSPHRASE)
    yield room, folder
    room.close()


def test_from_a_dropped_folder_to_a_pdf(desk, tmp_path, monkeypatch):
    room, folder = desk
    drop(room, folder)
    assert room.desk.library.study.patient.name == "Núñez-Åberg, Matías"
    assert room.view.left.studies.skipped.text() == "1 file skipped…"

    room.press(Qt.Key.Key_F5)
    room.wait(lambda: room.report.draft_id is not None)
    drafted = [sentence.text for sentence in room.report.sentences]
    assert {s.state for s in room.report.sentences} == {SentenceState.AI_UNREVIEWED}
    review(room)
    states = [s.state for s in room.report.sentences[: len(drafted)]]
    assert states[0] is SentenceState.AI_EDITED
    assert set(states[1:]) <= {SentenceState.AI_REJECTED, SentenceState.AI_ACCEPTED}

    sign(room)
    assert room.report.status is ReportStatus.FINAL
    assert room.report.signature.signer == "Dr Ada Byron"

    found = find_again(room, "façade")
    assert "Naïve façade." in found
    assert "No acute disease." in found

    pdf = tmp_path / "report.pdf"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(pdf), ""))
    room.press(Qt.Key.Key_P, CTRL)
    room.wait(lambda: room.window.status.message.text() == f"report.pdf was written to {tmp_path}.")
    words = pdf_words(pdf)
    for sentence in room.report.kept():
        assert sentence.text in words
    for rejected in (s for s in room.report.sentences if s.state is SentenceState.AI_REJECTED):
        assert rejected.draft_text not in words
    for name in ("Núñez-Åberg, Matías", "Dr Ada Byron", "DEMO-A-1003"):
        assert name in words
    assert "not a medical device" in words.lower()
    assert "DRAFT" not in words


def drop(room: ReadingRoom, folder: Path) -> None:
    """Drop a folder on the window and wait until its study is open."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(folder))])
    event = QDropEvent(
        QPointF(400, 400),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    room.window.dropEvent(event)
    room.wait(lambda: room.desk.report.report is not None)
    room.wait_for_films()


def review(room: ReadingRoom) -> None:
    """Edit the first sentence, reject the second, accept the rest, write an impression."""
    room.press("E")
    room.type(" Naïve façade.")
    room.press(Qt.Key.Key_Escape)
    room.press("N")
    room.press("X")
    for _ in room.report.unreviewed:
        room.press("A")
    room.view.report.sections[Section.IMPRESSION].line.setFocus()
    room.type("No acute disease.")
    room.press(Qt.Key.Key_Escape)


def sign(room: ReadingRoom) -> None:
    """Sign by keys; Return signs at its second press."""
    room.press(Qt.Key.Key_F, CTRL | SHIFT)
    sheet = room.sheet(SignSheet)
    assert "Núñez-Åberg, Matías" in sheet.name.text()
    room.type(PASSPHRASE)
    room.press(Qt.Key.Key_Return)
    assert room.report.status is ReportStatus.DRAFT
    room.press(Qt.Key.Key_Return)
    room.wait(lambda: room.report.status is ReportStatus.FINAL)
    room.wait(room.window.isActiveWindow)


def find_again(room: ReadingRoom, words: str) -> str:
    """Search the past reports and open the first; returns its text."""
    history = room.desk.history
    room.press(Qt.Key.Key_H, CTRL)
    room.type("xylophone")
    room.wait(lambda: history.query.text == "xylophone" and not history.rows)
    room.press(Qt.Key.Key_Escape)
    room.type(words)
    room.wait(lambda: history.query.text == words and len(history.rows) == 1)
    room.press(Qt.Key.Key_Down)
    room.press(Qt.Key.Key_Return)
    room.wait(lambda: history.reading is not None)
    return room.view.past_report.text
