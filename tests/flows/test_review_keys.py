"""How few keys it takes to review a draft, and to take a decision back."""

from __future__ import annotations

from PySide6.QtCore import Qt

from engine.domain.report import SentenceState

CTRL = Qt.KeyboardModifier.ControlModifier


class Hand:
    """Counts what it does."""

    def __init__(self, room):
        self.room = room
        self.actions = 0

    def press(self, key, modifiers=None):
        self.actions += 1
        self.room.press(key, modifiers)


def test_a_wrong_accept_is_undone_with_one_and_three_sentences_are_reviewed_with_five(room_saying):
    room = room_saying("the heart is enlarged . small left effusion . no pneumothorax .")
    room.draft()
    room.wait(lambda: room.desk.guards.is_current)
    hand = Hand(room)
    room.press("A")
    hand.press(Qt.Key.Key_Z, CTRL)
    assert hand.actions == 1
    assert {s.state for s in room.report.sentences} == {SentenceState.AI_UNREVIEWED}

    hand.actions = 0
    room.view.report.rows[0].setFocus()
    while room.report.unreviewed:
        if "L" in room.view.report.focused_row.notes.keys:
            hand.press("L")
            hand.press("A")
        elif "pneumothorax" in room.view.report.focused_row.sentence.text:
            hand.press("X")
            hand.press("1")
        else:
            hand.press("A")
    room.wait(lambda: room.desk.guards.is_current)
    assert hand.actions == 5
    assert not room.desk.guards.result.blocking
