"""The guards in the window: questions at the sentence, one key each, and no signature before."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtTest import QTest

from engine.domain.areas import AreaState
from engine.domain.guard import GuardRule
from engine.domain.report import Section, SentenceState
from engine.services.checking import OpenKind, stops_signing
from viewer.dialogs.sheet import Sheet
from viewer.dialogs.sign import SignSheet
from viewer.state.wording import open_text

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def checked(room) -> None:
    """Wait until the guards have read the report as it stands."""
    room.wait(lambda: room.desk.guards.is_current)


def draft(room):
    room.draft()
    checked(room)
    return room.report.sentences


def keys_of(room) -> list[str]:
    return [a.key for note in room.view.report.focused_row.notes.notes for a in note.answers]


def test_a_side_waits_for_the_reader_and_nothing_is_chosen_for_him(room_saying):
    room = room_saying("large left effusion .")
    (sentence,) = draft(room)
    row = room.view.report.focused_row
    assert keys_of(room) == ["L", "R", "B", "D"]
    (amber,) = row.editor.extraSelections()
    assert amber.cursor.selectedText() == "left"
    room.press("A")
    checked(room)
    assert room.report.sentences[0].state is SentenceState.AI_ACCEPTED
    assert room.view.report.footer.message.text().startswith("1 question  ·  no impression")
    assert not room.view.report.footer.sign.isEnabled()
    room.press(Qt.Key.Key_F, CTRL | SHIFT)
    room.wait(lambda: "Confirm the side" in room.window.status.message.text())
    room.view.report.show_sentence(sentence.id)
    room.press("L")
    checked(room)
    assert room.report.sentences[0].text == "Large left effusion."
    assert room.report.sentences[0].state is SentenceState.AI_ACCEPTED
    assert room.view.report.footer.sign.isEnabled()
    assert row.editor.extraSelections() == []
    room.press(Qt.Key.Key_F, CTRL | SHIFT)
    room.sheet(SignSheet).reject()


def test_the_other_side_is_put_in_and_counts_as_the_readers(room_saying):
    room = room_saying("large left effusion . right pneumothorax . left effusion .")
    draft(room)
    room.press("R")
    assert room.report.sentences[0].text == "Large right effusion."
    assert room.report.sentences[0].state is SentenceState.AI_EDITED
    room.view.report.show_sentence(room.report.sentences[1].id)
    room.press("B")
    assert room.report.sentences[1].text == "Bilateral pneumothorax."
    room.view.report.show_sentence(room.report.sentences[2].id)
    room.press("D")
    assert room.report.sentences[2].text == "Effusion."
    checked(room)
    assert GuardRule.LATERALITY not in {a.rule for a in room.desk.guards.result.alerts}


def test_several_sides_are_confirmed_together_and_asked_again_after_an_edit(room_saying):
    room = room_saying("left effusion and right consolidation .")
    draft(room)
    assert keys_of(room) == ["S"]
    room.press("S")
    checked(room)
    assert keys_of(room) == []
    room.press("E")
    room.type(" Large")
    room.press(Qt.Key.Key_Escape)
    checked(room)
    assert keys_of(room) == ["S"], "other words ask again"


def test_a_comparison_is_struck_through_and_only_a_linked_prior_lifts_it(room_saying):
    room = room_saying("the effusion is unchanged .")
    (sentence,) = draft(room)
    row = room.view.report.focused_row
    assert "no prior linked" in row.notes.notes[0].words
    (struck,) = row.editor.extraSelections()
    assert struck.cursor.selectedText() == "unchanged"
    assert struck.format.fontStrikeOut()
    room.press("A")
    assert room.report.sentences[0].state is SentenceState.AI_UNREVIEWED
    assert room.desk.library.priors, "the demo's newest study has one"
    room.press("P")
    checked(room)
    prior = room.desk.library.priors[0]
    assert room.report.prior_uid == prior.uid
    named = room.report.text(Section.COMPARISON)
    assert named == f"Chest AP, {prior.study_date.isoformat()}."
    assert row.editor.extraSelections() == []
    room.press("A")
    assert room.report.sentences[0].state is SentenceState.AI_ACCEPTED
    assert room.report.sentences[0].text == sentence.text


def test_a_comparison_or_a_number_can_be_taken_out(room_saying):
    room = room_saying("stable left effusion . 3 cm pneumothorax .")
    draft(room)
    asked = room.view.report.focused_row.notes.notes
    assert [[a.key for a in note.answers] for note in asked[:2]] == [
        ["L", "R", "B", "D"],
        ["P", "T"],
    ]
    room.press("T")
    assert room.report.sentences[0].text == "Left effusion."
    assert room.view.report.focused_row.is_editing
    room.press(Qt.Key.Key_Escape)
    room.view.report.show_sentence(room.report.sentences[1].id)
    assert keys_of(room) == ["T", "K"]
    room.press("A")
    assert room.report.sentences[1].state is SentenceState.AI_UNREVIEWED
    room.press("K")
    checked(room)
    room.press("A")
    assert room.report.sentences[1].state is SentenceState.AI_ACCEPTED
    checked(room)
    row = room.view.report.focused_row
    assert row.sentence.id == room.report.sentences[0].id, "all are decided, but this one asks"
    room.window.resize(1024, 600)
    areas, area = room.view.report.areas, room.view.report.page.viewport()
    room.wait(lambda: areas.line.isVisible() and not areas.drawing.isVisible())
    room.wait(lambda: area.rect().contains(row.mapTo(area, row.rect().center())))


def test_a_contradiction_stops_signing_until_it_is_kept_with_a_reason(room_saying):
    room = room_saying("large effusion .")
    draft(room)
    room.press("A")
    room.view.report.sections[Section.IMPRESSION].line.setFocus()
    room.type("No effusion.")
    room.press(Qt.Key.Key_Escape)
    checked(room)
    row, footer = room.view.report.rows[0], room.view.report.footer
    assert row.notes.notes[0].words == "Contradicts the impression: “No effusion”."
    assert not footer.sign.isEnabled()
    assert footer.message.text().startswith("1 contradiction  ·  ")
    room.view.report.show_sentence(row.sentence.id)
    room.press("2")
    checked(room)
    assert [kept.reason for kept in room.report.sentences[0].kept] == ["different time"]
    assert not any(note.is_question for note in row.notes.notes)
    assert footer.sign.isEnabled()


def test_a_field_of_a_macro_is_filled_and_never_kept(room):
    room.view.report.sections[Section.FINDINGS].line.setFocus()
    room.type("There is a [small|large] effusion.")
    room.press(Qt.Key.Key_Escape)
    checked(room)
    row = room.view.report.rows[0]
    assert not row.notes.keys
    room.press("K")
    assert not room.view.report.footer.sign.isEnabled()
    points = room.desk.open_points
    areas = sum(point.kind is OpenKind.AREA for point in points)
    footer = room.view.report.footer.message
    whole = f"1 unfilled field  ·  no impression  ·  {areas} areas not mentioned"
    assert footer.text() == whole, "all of it, not only what stops signing"
    room.desk.report.add(Section.FINDINGS, "The hart is enlargd. Small left efusion.")
    room.desk.report.add(Section.FINDINGS, "There is no left effusion.")
    room.desk.report.add(Section.FINDINGS, "Moderate left effusion.")
    room.wait(lambda: room.desk.is_checked)
    whole = open_text(room.desk.open_points)
    assert len({point.kind for point in room.desk.open_points}) > 4
    footer.resize(190, 36)
    assert footer.text() != whole, "too wide for the line"
    counted = sum(int(part.split()[0]) if part[0].isdigit() else 1
                  for part in footer.text().split("  ·  "))  # fmt: skip
    assert counted == len(room.desk.open_points), "shortened, but nothing left out"
    assert footer.toolTip().startswith(whole)


def test_the_next_open_point_is_one_key_away_until_none_is_left(room_saying):
    room = room_saying("old left rib fracture .")
    draft(room)
    report = room.view.report
    report.rows[0].setFocus()
    room.press("L")
    room.press("A")
    room.desk.report.add(Section.FINDINGS, "The trachea is centrall.")
    room.wait(lambda: room.desk.is_checked)
    report.rows[0].setFocus()
    room.press("N")
    assert report.sections[Section.IMPRESSION].line.hasFocus()
    room.type("Old left rib fracture.")
    room.wait(lambda: room.desk.is_checked)
    room.press("N", CTRL)
    assert report.rows[1].editor.textCursor().selectedText() == "centrall"
    room.type("central")
    room.wait(lambda: room.desk.is_checked)
    assert "areas not mentioned" in report.footer.message.text()
    QTest.mouseClick(report.footer.message, Qt.MouseButton.LeftButton)
    assert report.areas.hasFocus()
    while report.areas.chosen:
        room.press(Qt.Key.Key_Return)
        room.wait(lambda: room.desk.is_checked)
    assert report.footer.message.text() == "Ready to sign"
    room.press("N")
    assert report.footer.sign.hasFocus()
    room.press("N", CTRL)
    assert report.footer.sign.hasFocus()


def test_nothing_is_ready_before_it_has_been_checked_as_it_stands(room):
    begin = room.view.report.sections[Section.FINDINGS].line
    begin.setFocus()
    room.type("A [small|large] effusion.")
    assert room.view.report.footer.message.text() != "Ready to sign"
    room.press(Qt.Key.Key_F, CTRL | SHIFT)
    room.wait(lambda: "Not filled" in room.window.status.message.text())
    assert room.window.findChild(SignSheet) is None


def test_a_sentence_that_cannot_be_accepted_says_why_and_an_answer_counts_at_once(room_saying):
    room = room_saying("the effusion is unchanged .")
    draft(room)
    room.press("A")
    assert room.report.sentences[0].state is SentenceState.AI_UNREVIEWED
    assert "link a prior (P) or take it out (T)" in room.window.status.message.text()
    room.press("P")
    assert room.window.status.message.text() == "", "no longer true"
    room.press("A")
    assert room.report.sentences[0].state is SentenceState.AI_ACCEPTED


def test_the_last_answer_about_a_decided_sentence_leads_to_the_next_that_asks(room_saying):
    room = room_saying("large left effusion . left pneumothorax .")
    draft(room)
    room.press("A")
    room.press("A")
    checked(room)
    assert room.view.report.footer.message.text().startswith("2 questions  ·  ")
    first, second = room.view.report.rows
    first.setFocus()
    room.press("L")
    assert second.hasFocus()
    room.press("L")
    checked(room)
    assert "question" not in room.view.report.footer.message.text()


def test_the_sheet_shows_the_whole_report(room, monkeypatch):
    monkeypatch.setattr(Sheet, "available_size", lambda _sheet: QSize(1366, 768))
    room.wait(lambda: bool(room.desk.writing.templates))
    room.press(Qt.Key.Key_F9)
    room.press(Qt.Key.Key_F, CTRL | SHIFT)
    sheet = room.sheet(SignSheet)
    shown = sheet.report
    assert shown.document().size().height() <= shown.viewport().height()
    assert all(s.text in shown.text for s in room.report.kept())
    assert sheet.summary.text() == "8 template"
    below = sheet.passphrase.mapTo(sheet, sheet.passphrase.rect().bottomLeft()).y()
    assert below < sheet.sign.y(), "in sight without scrolling"
    sheet.reject()


def test_at_most_two_remarks_are_told_at_once_beside_what_stops_signing(room_saying):
    room = room_saying("stable effusion . 3 cm nodule . left consolidation . boy with effusion .")
    draft(room)
    result = room.desk.guards.result
    remarks = [alert for alert in result.shown if not stops_signing(alert)]
    assert len(remarks) <= 2
    assert GuardRule.AGE in {alert.rule for alert in result.shown}


@pytest.mark.parametrize("height", [1080, 600])
def test_a_silent_area_is_called_normal_by_keys_alone(room, height):
    room.window.resize(1366, height)
    room.desk.report.add(Section.FINDINGS, "The heart is of normal size.")
    areas, guards = room.view.report.areas, room.desk.guards
    room.wait(lambda: guards.is_current and areas.isVisible())
    areas.setFocus()
    first = areas.chosen
    assert first
    assert first in (areas.words if areas.words.isVisible() else areas.line).text()
    room.press(Qt.Key.Key_Right)
    second = areas.chosen
    assert second not in {"", first}
    room.press(Qt.Key.Key_Return)
    room.wait(lambda: guards.is_current and areas.chosen not in {first, second})
    states = {area.name: area.state for area in guards.result.areas}
    assert (states[first], states[second]) == (AreaState.UNMENTIONED, AreaState.TEMPLATE)
    assert areas.chosen, "on the next one"
    room.view.views.active_view.setFocus()
    assert areas.chosen == ""


def test_the_number_pad_answers_as_the_other_keys_do(room_saying):
    room = room_saying("there is a small effusion . the heart is normal .")
    pad = Qt.KeyboardModifier.KeypadModifier
    room.draft()
    row = room.view.report.rows[0]
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
    report, guards, held = room.desk.report, room.desk.guards, []
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
