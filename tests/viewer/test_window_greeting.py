"""A draft that comes while the reader does something else decides nothing."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from engine.domain.report import Section, SentenceState
from viewer.canvas.viewport import Viewport
from viewer.dialogs.critical_result import CriticalResultSheet

SAYS = "large left effusion . no pneumothorax . the heart is enlarged ."
CTRL = Qt.KeyboardModifier.ControlModifier


def drafted_states(room):
    room.wait(lambda: room.report.draft_id is not None)
    room.wait(lambda: room.desk.guards.is_current)
    return {s.state for s in room.report.sentences if s.raw}


@pytest.mark.parametrize("place", ["search", "line"])
def test_words_typed_elsewhere_go_on_where_they_were_begun(room_saying, place):
    room = room_saying(SAYS)
    room.do("report.draft")
    search = room.view.left.studies.search
    field = search if place == "search" else room.view.report.sections[Section.FINDINGS].line
    field.setFocus()
    room.type("ax")
    assert drafted_states(room) == {SentenceState.AI_UNREVIEWED}
    room.type("el")
    assert {s.state for s in room.report.sentences if s.raw} == {SentenceState.AI_UNREVIEWED}


def test_keys_for_the_film_stay_keys_for_the_film(room_saying):
    room = room_saying(SAYS)
    film = room.focus
    assert isinstance(film, Viewport)
    room.do("report.draft")
    room.press("R")
    drafted_states(room)
    assert room.focus is film
    room.press("R")
    assert "left" in room.report.sentences[0].text


def test_who_waits_for_the_draft_goes_on_at_its_first_sentence(room_saying):
    room = room_saying(SAYS)
    room.draft()
    assert room.view.report.focused_row is room.view.report.rows[0]


@pytest.mark.parametrize("word", ["exam", "nasal tube", "axillary"])
def test_letters_after_a_click_on_a_rejected_sentence_decide_nothing(room_saying, word):
    room = room_saying(SAYS)
    room.draft()
    room.wait(lambda: room.desk.guards.is_current)
    room.press("X")
    before = [(s.state, s.text) for s in room.report.sentences]
    row = room.view.report.rows[0]
    QTest.mouseClick(row, Qt.MouseButton.LeftButton, pos=row.collapsed.geometry().center())
    room.type(word)
    assert [(s.state, s.text) for s in room.report.sentences] == before
    room.press(Qt.Key.Key_Down)
    room.press("A")
    assert room.report.sentences[1].state is SentenceState.AI_ACCEPTED


def test_clicks_one_after_the_other_open_one_sheet(room):
    room.desk.report.add(Section.FINDINGS, "Tension pneumothorax.")
    for _ in range(3):
        room.do("report.told")
    sheet = room.sheet(CriticalResultSheet)
    QTest.qWait(50)
    sheets = [w for w in QApplication.topLevelWidgets() if isinstance(w, CriticalResultSheet)]
    assert [each for each in sheets if each.isVisible()] == [sheet]
    room.press(Qt.Key.Key_Escape)
