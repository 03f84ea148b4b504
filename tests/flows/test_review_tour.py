"""The tour by keys alone: few of them for a normal film, one more for each thing to decide."""

from __future__ import annotations

from PySide6.QtCore import Qt

from engine.domain.areas import AreaState
from engine.domain.report import ReportStatus, SentenceSource, SentenceState
from engine.language.normal_report import NEVER_BY_ITSELF
from viewer.dialogs.sign import SignSheet

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
NORMAL = (
    "the heart is normal in size . the mediastinum is normal . the lungs are clear . "
    "no pleural effusion or pneumothorax . the bones are intact ."
)
MOST_ACTIONS = 12


def test_a_normal_film_is_signed_with_at_most_twelve_actions(room_saying):
    """A passphrase counts as one action, however long."""
    room = room_saying(NORMAL)
    actions = []

    def act(key, modifiers=None):
        actions.append(key)
        room.press(key, modifiers)

    room.wait(room.window.isActiveWindow)
    act(Qt.Key.Key_F5)
    assert room.desk.job.study is not None
    room.wait(lambda: room.report.draft_id is not None)
    while room.report.unreviewed:
        act("A")
    room.wait(lambda: room.desk.guards.is_current)
    act(Qt.Key.Key_F9)
    room.wait(lambda: room.desk.guards.is_current)
    areas = room.desk.guards.result.areas
    assert {a.name for a in areas if a.state is AreaState.UNMENTIONED} == {NEVER_BY_ITSELF}
    assert room.view.report.areas.isVisible()
    act(Qt.Key.Key_F, CTRL | SHIFT)
    room.sheet(SignSheet)
    actions.append("passphrase")
    room.type("demo")
    act(Qt.Key.Key_Return)
    act(Qt.Key.Key_Return)
    room.wait(lambda: room.report.status is ReportStatus.FINAL)
    assert len(actions) <= MOST_ACTIONS, actions
    assert not room.view.report.areas.isVisible(), "a signed report offers nothing to fill"
    filled = [s for s in room.report.sentences if s.source is SentenceSource.TEMPLATE]
    assert filled
    assert not {"The lungs are clear."} & {s.text for s in filled}, "that was the model's"


def test_a_rejection_takes_a_reason_afterwards_and_the_film_is_followed(room_saying):
    room = room_saying("large consolidation . no effusion . the heart is normal .")
    room.draft()
    first, second, _ = (s.id for s in room.report.sentences)
    room.press("X")
    assert room.report.sentence(first).state is SentenceState.AI_REJECTED
    assert room.view.report.focused_row.sentence.id == second
    room.press("1")
    assert room.report.sentence(first).reason == "not there"
    assert room.view.report.rows[0].collapsed.text().startswith("Rejected (not there)")
    room.press("A")
    room.press("1")
    assert room.report.sentence(second).state is SentenceState.AI_ACCEPTED
    assert room.report.sentence(second).reason == ""
    room.wait(lambda: room.desk.guards.is_current)
    unmentioned = {
        a.name for a in room.desk.guards.result.areas if a.state is AreaState.UNMENTIONED
    }
    assert "Lungs" in unmentioned, "what was rejected is not said"
    assert "lungs" in room.view.report.areas.words.text().lower()
