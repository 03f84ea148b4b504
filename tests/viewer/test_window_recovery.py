"""Nothing that was typed is lost: after a crash, on a full disk, when the window is closed."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime

import pytest
from PySide6.QtCore import Qt
from testkit.reading_room import ReadingRoom

from engine.domain.report import Section
from engine.errors import DiskFullError
from engine.services.workspace import Workspace
from viewer.dialogs.lock import LockSheet
from viewer.dialogs.questions import Unsaved
from viewer.main import offer
from viewer.state.report import SaveState

SAVED = "The left costophrenic angle is blunted."
SAVED_TOO = "The heart is enlarged."
CHANGED = "The heart is not enlarged."
TYPED = "A granuloma in the right apex, unch"


@pytest.fixture
def crashed(demo_root):
    """A workspace whose window was killed after a save and some typing."""
    with Workspace.open_demo(demo_root) as workspace:
        uid = workspace.library.studies()[0].uid
        now = datetime.now(UTC)
        report = workspace.reporting.open_for(uid).report
        report = report.with_sentence(Section.FINDINGS, SAVED, now)
        report = report.with_sentence(Section.FINDINGS, SAVED_TOO, now)
        report = workspace.reporting.save(report)
        report = report.with_text(report.sentences[1].id, CHANGED, now)
        workspace.reporting.keep(report.with_sentence(Section.FINDINGS, TYPED, now))
    return demo_root


def fill_the_disk(room, monkeypatch):
    """Let every write fail as on a full disk; returns what empties it again."""

    def full(_report):
        raise DiskFullError("There is no room left on the disk.")

    reporting = room.desk.workspace.reporting
    monkeypatch.setattr(reporting, "keep", full)
    monkeypatch.setattr(reporting, "save", full)
    return monkeypatch.undo


def type_a_finding(room, text):
    room.view.report.sections[Section.FINDINGS].line.setFocus()
    room.type(text)


def test_after_a_crash_the_window_shows_what_it_recovered_against_what_was_saved(
    qtbot, crashed, tmp_path
):
    room = ReadingRoom(qtbot, tmp_path / "window.ini")
    room.open_demo(crashed)
    panel = room.view.report.recovered
    room.wait(lambda: any("text from before a crash" in one.line for one in room.notices))
    room.wait(panel.isVisible)
    told = panel.changes.text
    assert f"{TYPED}   new since the last save" in told
    assert f"{CHANGED}   changed since the last save" in told
    assert SAVED not in told
    assert room.report.text(Section.FINDINGS) == f"{SAVED} {CHANGED} {TYPED}."
    room.press(Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    room.wait(lambda: not panel.isVisible())
    assert room.report.revision == 2
    room.close()


def test_r13_a_full_disk_is_said_the_text_stays_and_is_tried_again(room, monkeypatch):
    empty_the_disk = fill_the_disk(room, monkeypatch)
    type_a_finding(room, "Not on the disk yet.")
    room.wait(lambda: room.desk.report.save_state is SaveState.FAILED)
    status, standing = room.window.status, room.view.standing
    assert standing.saved.text() == "Not saved: the text is only here"
    assert status.message.text().startswith("There is no room left on the disk.")
    assert room.report.text(Section.FINDINGS) == "Not on the disk yet."
    empty_the_disk()
    room.wait(lambda: room.desk.report.save_state is SaveState.SAVED)
    assert status.message.text() == "Saved again."
    uid = room.desk.library.study.uid
    kept = room.desk.workspace.reporting.open_for(uid)
    assert kept.report.text(Section.FINDINGS) == "Not on the disk yet."


def test_closing_asks_before_text_is_lost_and_staying_keeps_it(room, monkeypatch):
    fill_the_disk(room, monkeypatch)
    type_a_finding(room, "Only here.")
    room.window.close()
    sheet = room.sheet(Unsaved)
    room.press(Qt.Key.Key_Escape)
    room.wait(lambda: not sheet.isVisible())
    assert room.window.isVisible()
    assert room.report.text(Section.FINDINGS) == "Only here."
    room.window.close()
    room.sheet(Unsaved).lose.click()
    room.wait(lambda: not room.window.isVisible())


def test_another_study_is_not_opened_while_the_text_cannot_be_saved(room, monkeypatch):
    fill_the_disk(room, monkeypatch)
    first = room.desk.library.study.uid
    type_a_finding(room, "Stay with me.")
    other = next(row.uid for row in room.desk.library.rows if row.uid != first)
    room.desk.open_study(other)
    room.wait(lambda: room.desk.report.save_state is SaveState.FAILED)
    assert room.desk.library.study.uid == first
    assert room.report.text(Section.FINDINGS) == "Stay with me."
    monkeypatch.undo()


def test_r13_a_folder_that_is_gone_is_said_and_nothing_is_called_saved(room, demo_root):
    room.view.standing.refresh_saved()
    shutil.rmtree(demo_root)
    room.desk.report.add(Section.FINDINGS, TYPED)
    room.do("report.save")
    room.wait(lambda: any("moved, deleted" in notice.sentence for notice in room.notices))
    assert room.desk.report.has_unsaved
    assert room.view.standing.saved.text().startswith("Not saved")
    assert not [
        notice
        for notice in room.notices
        if "aved" in notice.title + notice.sentence and "Not saved" not in notice.title
    ]
    room.do("file.lock")
    sheet = room.sheet(LockSheet)
    room.wait(lambda: "not saved" in sheet.kept.text())
    room.window._close_for_good()


def test_r60_the_report_of_a_crash_is_offered_once_the_workspace_is_open(
    qtbot, demo_root, tmp_path
):
    room = ReadingRoom(qtbot, tmp_path / "window.ini")
    offer(tmp_path / "crash-last.txt", room.window)
    assert room.notices == []
    room.open_demo(demo_root)
    assert "crash-last.txt" in room.notices[0].sentence
    room.close()
