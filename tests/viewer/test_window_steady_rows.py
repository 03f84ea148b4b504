"""The rows of the report stay where they are, whichever of them is selected or written in."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from engine.domain.report import Section, SentenceState

SAYS = (
    "the heart is enlarged . small left effusion . no effusion . "
    "unchanged left and right opacity . 3 cm nodule . no pneumothorax ."
)


def places(room):
    body = room.view.report.page.widget()
    return [(row.mapTo(body, QPoint()).y(), row.height()) for row in room.view.report.rows]


def answers(row):
    return {b.text(): b for b in row.notes.findChildren(QPushButton) if b.isVisible()}


@pytest.mark.parametrize(("width", "height"), [(960, 540), (1920, 1080)])
def test_no_row_moves_when_another_is_selected_or_written_in(room_saying, width, height):
    room = room_saying(SAYS)
    room.window.resize(width, height)
    room.draft()
    room.wait(lambda: room.desk.guards.is_current)
    panel = room.view.report
    room.wait_for_layout(panel)
    before = places(room)
    assert sum(bool(row.notes.keys) for row in panel.rows) == 3
    for row in panel.rows:
        row.setFocus()
        room.wait_for_layout(panel)
        assert places(room) == before
        row.begin_editing()
        room.wait_for_layout(panel)
        assert places(room) == before
        room.press(Qt.Key.Key_Escape)
    room.view.views.active_view.setFocus()
    room.wait_for_layout(panel)
    assert places(room) == before


class Moves(QObject):
    """Notes which widgets are moved, shown or hidden, if only for a moment."""

    KINDS = frozenset({QEvent.Type.Move, QEvent.Type.ShowToParent, QEvent.Type.HideToParent})

    def __init__(self):
        super().__init__()
        self.seen = []

    def eventFilter(self, widget, event):  # noqa: N802  # Qt's
        if event.type() in self.KINDS:
            self.seen.append((event.type().name, type(widget).__name__))
        return False


def test_a_letter_moves_nothing_not_even_for_a_moment(room_saying):
    room = room_saying(SAYS)
    room.draft()
    room.wait(lambda: room.desk.guards.is_current)
    panel = room.view.report
    panel.sections[Section.IMPRESSION].line.setFocus()
    room.type("No")
    room.wait(lambda: room.desk.guards.is_current)
    room.wait_for_layout(panel)
    moves = Moves()
    for section in panel.sections.values():
        section.installEventFilter(moves)
    room.type("r")
    assert panel.rows[-1].sentence.text == "Nor"
    assert moves.seen == []


def test_keys_are_named_where_they_answer_and_a_click_answers_anywhere(room_saying):
    room = room_saying("large left effusion . no pneumothorax . the heart is normal .")
    room.draft()
    room.wait(lambda: room.desk.guards.is_current)
    asked, other, _ = room.view.report.rows
    assert list(answers(asked)) == ["L  Left", "R  Right", "B  Both", "D  No side"]
    plain = ["Left", "Right", "Both", "No side"]
    asked.begin_editing()
    assert list(answers(asked)) == plain, "letters are text here"
    room.press(Qt.Key.Key_Escape)
    assert next(iter(answers(asked))) == "L  Left"
    room.view.views.active_view.setFocus()
    assert list(answers(asked)) == plain, "letters are for the film"
    other.setFocus()
    assert list(answers(asked)) == plain
    QTest.mouseClick(answers(asked)["Right"], Qt.MouseButton.LeftButton)
    assert room.report.sentences[0].text == "Large right effusion."
    assert room.report.sentences[0].state is SentenceState.AI_EDITED
    assert room.view.report.focused_row is other
    room.press("X")
    assert room.view.report.focused_row is not other
    assert next(iter(answers(other))) == "1  not there", "its key is for the next sentence too"
    room.press("1")
    assert room.report.sentences[1].reason == "not there"
