"""Blind-first reading: the draft waits for the reader's own call, through a crash too."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from testkit.reading_room import ReadingRoom

from engine.domain.first_reading import FirstCall
from engine.domain.ledger import EditKind
from engine.domain.report import Section, SentenceSource

CTRL_ALT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier


@pytest.fixture
def blind(room):
    room.do("report.blind_first")
    room.wait(lambda: room.context.preferences.blind_first)
    return room


def drafted_behind_the_question(room):
    room.do("report.draft")
    panel = room.view.report.first_reading
    assert panel.isVisible()
    room.wait(lambda: room.desk.blind.has_draft)
    return panel


def test_the_draft_is_hidden_until_the_reader_has_said_something(blind):
    panel = drafted_behind_the_question(blind)
    assert blind.report.sentences == ()
    assert blind.report.draft_id is None
    assert not blind.view.report.draft.isVisible()
    blind.desk.report.add(Section.FINDINGS, "Seen by me.")
    blind.do("report.revisions")
    card = blind.view.past_report
    blind.wait(card.isVisible)
    assert not card.tabs[5].isVisible(), "a draft that waits is not among the past ones"
    card.close_card.click()
    panel.impression.setText("No acute disease.")
    blind.press(Qt.Key.Key_1, CTRL_ALT)
    blind.wait(lambda: blind.report.draft_id is not None)
    assert not panel.isVisible()
    reading = blind.report.first_reading
    assert (reading.call, reading.impression) == (FirstCall.NORMAL, "No acute disease.")
    (impression,) = blind.report.kept(Section.IMPRESSION)
    assert (impression.text, impression.source) == ("No acute disease.", SentenceSource.TYPED)


def test_what_was_said_stands_in_ledger_and_revision_before_the_draft(blind):
    panel = drafted_behind_the_question(blind)
    panel.impression.setText("Mine.")
    panel.calls[FirstCall.UNSURE].click()
    blind.wait(lambda: blind.report.draft_id is not None)
    blind.desk.report.save()
    blind.wait(lambda: not blind.desk.report.has_unsaved)
    reporting = blind.desk.workspace.reporting
    kinds = [entry.edit.kind for entry in reporting.ledger(blind.report.id)]
    assert kinds[0] is EditKind.ADDED
    assert set(kinds[1:]) == {EditKind.DRAFTED}
    assert reporting.revision(blind.report.id, 1).first_reading.call is FirstCall.UNSURE
    assert reporting.revision(blind.report.id, 1).draft_id is None


def test_a_draft_that_waits_is_not_shown_after_the_study_is_opened_again(blind):
    drafted_behind_the_question(blind)
    uid = blind.report.study_uid
    other = next(row.uid for row in blind.desk.library.rows if row.uid != uid)
    blind.show_study(other)
    blind.show_study(uid)
    blind.wait(lambda: blind.desk.blind.has_draft)
    assert blind.report.sentences == ()
    blind.view.report.first_reading.say(FirstCall.ABNORMAL)
    blind.wait(lambda: blind.report.draft_id is not None)


def test_a_draft_that_waits_is_not_shown_at_the_next_start(blind, qtbot, demo_root, tmp_path):
    drafted_behind_the_question(blind)
    blind.close()
    again = ReadingRoom(qtbot, tmp_path / "window.ini")
    shown_early = []
    again.context.desk_opened.connect(
        lambda desk: desk.report.changed.connect(
            lambda: shown_early.append(desk.report.report.draft_id)
        )
    )
    again.open_demo(demo_root)
    again.wait(lambda: again.desk.blind.has_draft)
    assert again.report.sentences == ()
    assert not any(shown_early)
    again.close()


def test_a_reading_is_said_once_and_switching_off_shows_the_draft(blind):
    drafted_behind_the_question(blind)
    blind.do("report.blind_first")
    blind.wait(lambda: blind.report.draft_id is not None)
    assert blind.report.first_reading is None
    blind.desk.blind.read(FirstCall.NORMAL)
    assert blind.report.first_reading is None
