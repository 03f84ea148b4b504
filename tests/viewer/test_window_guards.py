"""The guards in the window: questions at the sentence, one key each, and no signature before."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from engine.domain.areas import AreaState
from engine.domain.guard import GuardRule
from engine.domain.report import Section, SentenceState
from viewer.dialogs.sign import SignSheet

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def checked(room) -> None:
    """Wait until the guards have read the report as it stands."""
    room.wait(lambda: room.context.guards.is_current)


def draft(room):
    room.draft()
    checked(room)
    return room.report.sentences


def keys_of(room) -> list[str]:
    return [a.key for note in room.window.report.focused_row.notes.notes for a in note.answers]


def test_a_side_waits_for_the_reader_and_nothing_is_chosen_for_him(room_saying):
    room = room_saying("large left effusion .")
    (sentence,) = draft(room)
    row = room.window.report.focused_row
    assert keys_of(room) == ["L", "R", "B", "D"]
    (amber,) = row.editor.extraSelections()
    assert amber.cursor.selectedText() == "left"
    room.press("A")
    checked(room)
    assert room.report.sentences[0].state is SentenceState.AI_ACCEPTED
    assert room.window.report.footer.message.text() == "1 question to answer before signing"
    assert not room.window.report.footer.sign.isEnabled()
    room.press(Qt.Key.Key_F, CTRL | SHIFT)
    assert "confirm left or right" in room.window.status.message.text()
    room.window.report.show_sentence(sentence.id)
    room.press("L")
    checked(room)
    assert room.report.sentences[0].text == "Large left effusion."
    assert room.report.sentences[0].state is SentenceState.AI_ACCEPTED
    assert room.window.report.footer.message.text() == "Ready to sign"
    assert row.editor.extraSelections() == []
    room.press(Qt.Key.Key_F, CTRL | SHIFT)
    room.sheet(SignSheet).reject()


def test_the_other_side_is_put_in_and_counts_as_the_readers(room_saying):
    room = room_saying("large left effusion . right pneumothorax . left effusion .")
    draft(room)
    room.press("R")
    assert room.report.sentences[0].text == "Large right effusion."
    assert room.report.sentences[0].state is SentenceState.AI_EDITED
    room.window.report.show_sentence(room.report.sentences[1].id)
    room.press("B")
    assert room.report.sentences[1].text == "Bilateral pneumothorax."
    room.window.report.show_sentence(room.report.sentences[2].id)
    room.press("D")
    assert room.report.sentences[2].text == "Effusion."
    checked(room)
    assert GuardRule.LATERALITY not in {a.rule for a in room.context.guards.result.alerts}


def test_several_sides_are_confirmed_together_and_asked_again_after_an_edit(room_saying):
    room = room_saying("left effusion and right consolidation .")
    draft(room)
    assert keys_of(room) == ["S"]
    room.press("S")
    checked(room)
    assert room.window.report.focused_row.notes.notes[0].answers == ()
    room.press("E")
    room.type(" Large")
    room.press(Qt.Key.Key_Escape)
    checked(room)
    assert keys_of(room) == ["S"], "other words ask again"


def test_a_comparison_is_struck_through_and_only_a_linked_prior_lifts_it(room_saying):
    room = room_saying("the effusion is unchanged .")
    (sentence,) = draft(room)
    row = room.window.report.focused_row
    assert "no prior linked" in row.notes.notes[0].words
    (struck,) = row.editor.extraSelections()
    assert struck.cursor.selectedText() == "unchanged"
    assert struck.format.fontStrikeOut()
    room.press("A")
    assert room.report.sentences[0].state is SentenceState.AI_UNREVIEWED
    assert room.context.library.priors, "the demo's newest study has one"
    room.press("P")
    checked(room)
    assert room.report.prior_uid == room.context.library.priors[0].uid
    assert row.editor.extraSelections() == []
    room.press("A")
    assert room.report.sentences[0].state is SentenceState.AI_ACCEPTED
    assert room.report.sentences[0].text == sentence.text


def test_a_comparison_or_a_number_can_be_taken_out(room_saying):
    room = room_saying("stable left effusion . 3 cm pneumothorax .")
    draft(room)
    asked = room.window.report.focused_row.notes.notes
    assert [[a.key for a in note.answers] for note in asked[:2]] == [
        ["L", "R", "B", "D"],
        ["P", "T"],
    ]
    room.press("T")
    assert room.report.sentences[0].text == "Left effusion."
    assert room.window.report.focused_row.is_editing
    room.press(Qt.Key.Key_Escape)
    room.window.report.show_sentence(room.report.sentences[1].id)
    assert keys_of(room) == ["T", "K"]
    room.press("A")
    assert room.report.sentences[1].state is SentenceState.AI_UNREVIEWED
    room.press("K")
    checked(room)
    room.press("A")
    assert room.report.sentences[1].state is SentenceState.AI_ACCEPTED
    checked(room)
    room.press("N")
    row = room.window.report.focused_row
    assert row.sentence.id == room.report.sentences[0].id, "all are decided, but this one asks"
    room.window.resize(1024, 600)
    silence, area = room.window.report.silence, room.window.report.page.viewport()
    room.wait(lambda: silence.line.isVisible() and not silence.drawing.isVisible())
    room.wait(lambda: area.rect().contains(row.mapTo(area, row.rect().center())))


def test_what_contradicts_is_told_at_the_sentence_and_does_not_stop_signing(room_saying):
    room = room_saying("large effusion .")
    draft(room)
    room.press("A")
    room.window.report.sections[Section.IMPRESSION].line.setFocus()
    room.type("No effusion.")
    room.press(Qt.Key.Key_Escape)
    checked(room)
    row = room.window.report.rows[0]
    assert "cannot both be true" in row.notes.notes[0].words
    assert room.window.report.footer.sign.isEnabled()
    room.window.report.show_sentence(row.sentence.id)
    room.press("K")
    checked(room)
    assert all("cannot both" not in n.words for n in row.notes.notes)
    assert room.window.report.footer.message.text() == "Ready to sign"


def test_at_most_two_alerts_are_told_at_once(room_saying):
    room = room_saying("stable effusion . 3 cm nodule . left consolidation . boy with effusion .")
    draft(room)
    assert len(room.context.guards.result.alerts) >= 3
    assert len(room.context.guards.result.shown) == 2


@pytest.mark.parametrize("height", [1080, 600])
def test_a_silent_area_is_called_normal_by_keys_alone(room, height):
    room.window.resize(1366, height)
    room.context.report.add(Section.FINDINGS, "The heart is of normal size.")
    silence, guards = room.window.report.silence, room.context.guards
    room.wait(lambda: guards.is_current and silence.isVisible())
    silence.setFocus()
    first = silence.chosen
    assert first
    assert first in (silence.words if silence.words.isVisible() else silence.line).text()
    room.press(Qt.Key.Key_Right)
    second = silence.chosen
    assert second not in {"", first}
    room.press(Qt.Key.Key_Return)
    room.wait(lambda: guards.is_current and silence.chosen not in {first, second})
    states = {area.name: area.state for area in guards.result.areas}
    assert (states[first], states[second]) == (AreaState.SILENT, AreaState.TEMPLATE)
    assert silence.chosen, "on the next one"
    room.window.views.active_view.setFocus()
    assert silence.chosen == ""


def test_the_number_pad_answers_as_the_other_keys_do(room_saying):
    room = room_saying("there is a small effusion . the heart is normal .")
    pad = Qt.KeyboardModifier.KeypadModifier
    room.draft()
    row = room.window.report.rows[0]
    row.setFocus()
    room.press("X")
    room.press(Qt.Key.Key_2, pad)
    assert room.report.sentences[0].reason == "wrong side or place"
    room.press(Qt.Key.Key_Up, pad)
    assert row.hasFocus()
    count = len(room.report.sentences)
    room.press(Qt.Key.Key_Enter, pad)
    room.type("New")
    assert len(room.report.sentences) == count + 1


def test_an_older_answer_that_comes_last_is_not_the_last_word(room, monkeypatch):
    report, guards, held = room.context.report, room.context.guards, []
    room.wait(lambda: guards.is_current)
    with monkeypatch.context() as patch:
        patch.setattr(room.context.runner, "query", lambda *asked: held.append(asked))
        for text in ("There is a large effusion.", "The heart is normal in size."):
            report.add(Section.FINDINGS, text)
            guards._run()
        for call, done in reversed(held):
            done(call())
    assert not guards.is_current
    room.wait(lambda: guards.is_current)
    states = {area.name: area.state for area in guards.result.areas}
    assert states["Heart"] is AreaState.MENTIONED
