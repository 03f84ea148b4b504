"""Splitting and merging in the editor, and the draft against the report in the past reports."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor

from engine.domain.report import SentenceOrigin
from viewer.dialogs.questions import Redraft


def test_return_between_words_parts_and_backspace_joins_again(room):
    room.draft()
    panel = room.view.report
    row = panel.rows[0]
    whole = row.sentence.text
    assert whole.count(" ") > 1
    at = whole.index(" ")
    row.setFocus()
    room.press("e")
    caret = row.editor.textCursor()
    caret.setPosition(at)
    row.editor.setTextCursor(caret)
    room.press(Qt.Key.Key_Return)
    head, tail = room.report.sentences[:2]
    assert f"{head.text} {tail.text}" == whole
    assert f"{head.draft_text} {tail.draft_text}" == whole
    second = panel.rows[1]
    assert second.is_editing
    assert second.editor.textCursor().position() == 0
    room.press(Qt.Key.Key_Backspace)
    assert room.report.sentences[0].text == whole
    assert room.report.sentences[0].origin is SentenceOrigin.MODEL
    assert panel.rows[0].is_editing
    assert panel.rows[0].editor.textCursor().position() == at


def test_backspace_at_the_first_word_of_the_first_sentence_does_nothing(room):
    room.draft()
    row = room.view.report.rows[0]
    before = room.report.sentences
    row.begin_editing()
    row.editor.moveCursor(QTextCursor.MoveOperation.Start)
    room.press(Qt.Key.Key_Backspace)
    assert room.report.sentences == before


def test_a_past_report_opens_on_its_text_with_its_changes_to_the_draft_beside(room):
    room.draft()
    first, second = room.report.sentences[:2]
    room.desk.report.set_text(first.id, f"{first.text} Mild <b>scoliosis</b>.")
    room.desk.report.reject(second.id)
    room.do("report.save")
    room.wait(lambda: not room.desk.report.has_unsaved and bool(room.desk.history.rows))
    row = next(r for r in room.desk.history.rows if r.study_uid == room.report.study_uid)
    room.desk.history.read(row)
    card = room.view.past_report
    room.wait(card.isVisible)
    assert card.tabs[3].isChecked()
    assert first.text in card.text
    card.tabs[1].click()
    assert card.pages.currentWidget() is card.changes
    shown = card.changes.text
    assert "Mild <b>scoliosis</b>." in shown
    assert f"{second.draft_text}   draft, rejected" in shown
    assert not card.tabs[5].isVisible(), "the report took the only draft"
    card.tabs[3].click()
    assert card.pages.currentWidget() is not card.changes
    assert second.draft_text not in card.text
    card.tabs[1].click()


def test_a_draft_that_no_report_took_can_still_be_read(room):
    room.draft()
    first = room.report.draft_id
    room.do("report.draft")
    room.sheet(Redraft)
    room.press(Qt.Key.Key_Space)
    room.wait(lambda: room.report.draft_id != first)
    room.do("report.revisions")
    card = room.view.past_report
    room.wait(card.isVisible)
    card.tabs[5].click()
    assert card.pages.currentWidget() is card.drafts
    assert card.drafts.text.count("tiny 0.0") == 2
    assert card.drafts.text.count("in this report") == 1


def test_one_key_shows_the_draft_against_the_report_in_hand_and_puts_it_away(room_saying):
    room = room_saying("there is a small effusion .")
    card = room.view.past_report
    room.do("report.changes")
    room.wait(lambda: bool(room.notices))
    assert "No draft" in room.notices[-1].title
    room.draft()
    sentence = room.report.sentences[0].id
    room.desk.report.set_text(sentence, "There is a large effusion.")
    room.do("report.changes")
    room.wait(card.isVisible)
    assert card.pages.currentWidget() is card.changes
    assert "small" in card.changes.text
    assert "large" in card.changes.text
    room.do("report.changes")
    room.wait(lambda: not card.isVisible())
