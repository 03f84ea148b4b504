"""Typing is typing: no word decides about a sentence, by whatever keyboard or clipboard."""

from __future__ import annotations

import random

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, Qt
from PySide6.QtGui import QInputMethodEvent, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from engine.domain.report import Section, SentenceSource, SentenceState
from engine.paths import resources
from viewer.panels.pasted_text import pasted_lines

CTRL = Qt.KeyboardModifier.ControlModifier
LUNGS = "\U0001fac1"
FIELD = "野: nodule of [size] at the left base."


def begin(room, section=Section.FINDINGS):
    room.view.report.sections[section].line.setFocus()


def paste(room, *, text="", html=""):
    data = QMimeData()
    if text:
        data.setText(text)
    if html:
        data.setHtml(html)
    QApplication.clipboard().setMimeData(data)
    room.press(Qt.Key.Key_V, CTRL)


def findings(room):
    return [s.text for s in room.report.kept(Section.FINDINGS)]


def send(room, key, text, code=0, held=Qt.KeyboardModifier.NoModifier):
    event = QKeyEvent(QEvent.Type.KeyPress, key, held, code, 0, 0, text)
    QApplication.sendEvent(room.focus, event)


def click_words(row):
    at = row.editor.mapTo(row, QPoint(30, row.editor.height() // 2))
    QTest.mouseClick(row, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)


@pytest.fixture
def drafted(room_saying):
    room = room_saying("the heart is enlarged . small left effusion . no pneumothorax .")
    room.draft()
    return room


@pytest.mark.parametrize("count", [12, pytest.param(1000, marks=pytest.mark.slow)])
def test_words_typed_into_a_draft_decide_nothing(drafted, count):
    medical = (resources() / "dictionaries" / "medical.txt").read_text("utf-8").split()
    plain = [word for word in medical if word.isalpha() and word.isascii()]
    some = random.Random(7).choices(plain, k=count)  # noqa: S311  # a slice that stays the same
    for number, word in enumerate(["axillary", *some]):
        row = drafted.view.report.rows[number % 3]
        click_words(row)
        assert row.is_editing
        before = {s.id: s.state for s in drafted.report.sentences}
        drafted.type(word)
        assert word in row.editor.words
        after = {s.id: s.state for s in drafted.report.sentences}
        del before[row.sentence.id], after[row.sentence.id]
        assert after == before, word
        drafted.press(Qt.Key.Key_Escape)


def test_a_letter_typed_and_taken_out_again_decides_nothing(drafted):
    row = drafted.view.report.rows[0]
    before = row.sentence
    click_words(row)
    drafted.type("w")
    drafted.press(Qt.Key.Key_Backspace)
    (now,) = [s for s in drafted.report.sentences if s.id == before.id]
    assert (now.text, now.state) == (before.text, SentenceState.AI_UNREVIEWED)


def test_a_click_beside_the_words_selects_and_the_two_look_different(drafted):
    row = drafted.view.report.rows[1]
    click_words(row)
    written_in = row.grab().toImage()
    drafted.press(Qt.Key.Key_Escape)
    QTest.mouseClick(row, Qt.MouseButton.LeftButton, pos=QPoint(9, row.height() // 2))
    assert not row.is_editing
    assert row.hasFocus()
    selected = row.grab().toImage()
    edge = QPoint(row.width() // 2, 1)
    assert selected.pixelColor(edge) != written_in.pixelColor(edge)


def test_a_letter_that_is_no_command_begins_to_write_below(drafted):
    drafted.view.report.rows[0].setFocus()
    drafted.type("There is scoliosis.")
    assert findings(drafted)[1] == "There is scoliosis."
    assert {s.state for s in drafted.report.sentences if s.draft_text} == {
        SentenceState.AI_UNREVIEWED
    }


def test_accept_does_not_bring_back_what_was_rejected(drafted):
    row = drafted.view.report.rows[0]
    row.setFocus()
    drafted.press("X")
    row.setFocus()
    drafted.press("A")
    assert drafted.report.sentences[0].state is SentenceState.AI_REJECTED
    drafted.press("X")
    assert drafted.report.sentences[0].state is SentenceState.AI_UNREVIEWED


@pytest.mark.parametrize(
    ("key", "text", "code", "state"),
    [
        (0x424, "ф", 38, SentenceState.AI_ACCEPTED),
        (0x3A7, "χ", 53, SentenceState.AI_REJECTED),
        (0x5E9, "ש", 38, SentenceState.AI_ACCEPTED),
    ],
)
def test_commands_answer_on_keyboards_without_latin_letters(drafted, key, text, code, state):
    drafted.view.report.rows[0].setFocus()
    send(drafted, key, text, code)
    assert drafted.report.sentences[0].state is state


@pytest.mark.parametrize(
    ("key", "text", "code", "held"),
    [
        (Qt.Key.Key_Ampersand, "&", 10, Qt.KeyboardModifier.NoModifier),
        (Qt.Key.Key_1, "1", 10, Qt.KeyboardModifier.ShiftModifier),
    ],
)
def test_a_french_keyboard_gives_the_reason(drafted, key, text, code, held):
    drafted.view.report.rows[0].setFocus()
    drafted.press("X")
    send(drafted, key, text, code, held)
    assert drafted.report.sentences[0].reason == "not there"


def test_positions_behind_an_emoji_or_a_rare_letter_are_right(room):
    begin(room)
    paste(room, text=f"{LUNGS}{LUNGS} No effusion. Small left pneumothorax.")
    cursor = room.focus.textCursor()
    cursor.setPosition(room.focus.toPlainText().encode("utf-16-le").index(b"S\0m\0") // 2)
    room.focus.setTextCursor(cursor)
    room.press(Qt.Key.Key_Return)
    assert findings(room) == [f"{LUNGS}{LUNGS} No effusion.", "Small left pneumothorax."]
    room.press(Qt.Key.Key_Escape)
    begin(room)
    paste(room, text=f"\U00020bb7{FIELD}")
    room.press(Qt.Key.Key_Tab)
    room.type("8 mm")
    assert findings(room)[-1] == f"\U00020bb7{FIELD}".replace("[size]", "8 mm")


LIST = "•\tNo pleural effusion\n•\tSmall left apical pneumothorax\n•\tNo rib fracture"
ITEMS = ["No pleural effusion", "Small left apical pneumothorax", "No rib fracture"]


def test_a_pasted_list_is_a_sentence_for_each_item(room):
    begin(room)
    paste(room, text=LIST)
    assert findings(room) == ITEMS
    begin(room, Section.IMPRESSION)
    room.type("Seen: ")
    paste(room, text=LIST)
    assert [s.text for s in room.report.kept(Section.IMPRESSION)] == [
        f"Seen: {ITEMS[0]}",
        *ITEMS[1:],
    ]


def test_what_stands_behind_the_caret_follows_the_last_line_of_a_pasted_list(room):
    begin(room)
    room.type("Heart normal")
    for _ in range(len(" normal")):
        room.press(Qt.Key.Key_Left)
    paste(room, text="X\nY\nZ")
    assert findings(room) == ["HeartX", "Y", "Z normal"]


def test_a_table_and_html_come_in_as_readable_lines(room):
    begin(room)
    paste(room, text="Heart\tnormal\nLungs\tclear\tboth sides")
    assert findings(room) == ["Heart: normal", "Lungs, clear, both sides"]
    begin(room, Section.IMPRESSION)
    rows = "<tr><td>Heart</td><td>normal</td></tr>"
    paste(room, html=f"<p>Seen:</p><ul><li>No <b>effusion</b></li></ul><table>{rows}</table>")
    impression = [s.text for s in room.report.kept(Section.IMPRESSION)]
    assert impression == ["Seen:", "No effusion", "Heart: normal"]


def test_a_line_that_a_mail_program_broke_is_one_sentence(room):
    begin(room)
    paste(
        room,
        text="There is a small left pleural effusion, and there is no\nright pleural effusion.",
    )
    assert findings(room) == [
        "There is a small left pleural effusion, and there is no right pleural effusion."
    ]


def test_an_input_method_composes_in_an_empty_sentence(room):
    begin(room)
    room.type("Heart normal.")
    room.press(Qt.Key.Key_Return)
    editor = room.focus
    QApplication.sendEvent(editor, QInputMethodEvent("da", []))
    assert editor.document().firstBlock().layout().preeditAreaText() == "da"
    commit = QInputMethodEvent("", [])
    commit.setCommitString("大")
    QApplication.sendEvent(editor, commit)
    assert findings(room)[-1] == "大"


def test_the_empty_line_keeps_nothing_to_undo(room):
    begin(room)
    room.type("Left pneumothorax.")
    room.press(Qt.Key.Key_Escape)
    begin(room)
    room.press(Qt.Key.Key_Z, CTRL)
    assert "L" not in findings(room)


def test_a_sentence_has_a_name_for_screen_readers(room):
    begin(room)
    room.type("Heart normal.")
    assert room.focus.accessibleName() == "Sentence"


def test_marks_stand_in_a_sentence_with_odd_blanks(room):
    room.desk.report.add(Section.FINDINGS, "Nodule\u00a0of [size]\u2028at the base.")
    editor = room.view.report.rows[0].editor
    room.wait(lambda: bool(editor.extraSelections()))
    (highlight,) = editor.extraSelections()
    assert highlight.cursor.selectedText() == "[size]"


def test_delete_on_a_rejected_sentence_leaves_its_reason(drafted):
    drafted.view.report.rows[0].setFocus()
    drafted.press("X")
    drafted.press("1")
    drafted.view.report.rows[0].setFocus()
    drafted.press(Qt.Key.Key_Delete)
    assert drafted.report.sentences[0].reason == "not there"


def test_a_sentence_that_comes_from_a_film_comes_into_view(room):
    for number in range(30):
        room.desk.report.add(Section.FINDINGS, f"Sentence {number}.")
    room.view.views.active_view.setFocus()
    page = room.view.report.page
    page.verticalScrollBar().setValue(0)
    QTest.qWait(50)
    room.desk.report.add(Section.FINDINGS, "Length 3 cm.", source=SentenceSource.MEASUREMENT)
    row = room.view.report.rows[-1]
    seen = page.viewport()
    room.wait(lambda: seen.rect().contains(row.mapTo(seen, row.rect().center())))


def test_a_paste_on_a_selected_sentence_writes_below_it(drafted):
    drafted.view.report.rows[0].setFocus()
    before = drafted.report.sentences
    paste(drafted, text="- Old rib fracture.\n- Scoliosis.")
    assert findings(drafted)[1:3] == ["Old rib fracture.", "Scoliosis."]
    assert drafted.view.report.focused_row.is_editing
    assert tuple(s for s in drafted.report.sentences if s in before) == before
    drafted.press(Qt.Key.Key_Escape)
    paste(drafted, text="")
    assert len(drafted.report.sentences) == len(before) + 2
    assert pasted_lines(None) == (), "a clipboard without an owner"


def test_an_input_method_on_a_selected_sentence_writes_below_it(drafted):
    row = drafted.view.report.rows[1]
    row.setFocus()
    before = drafted.report.sentences
    assert row.testAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled), "it is asked at all"
    composing = QInputMethodEvent("ha", [])
    QApplication.sendEvent(drafted.focus, composing)
    assert drafted.report.sentences == before, "not finished yet"
    done = QInputMethodEvent()
    done.setCommitString("肺")
    QApplication.sendEvent(drafted.focus, done)
    assert findings(drafted)[2] == "肺"
    assert drafted.view.report.focused_row.is_editing
    QApplication.sendEvent(drafted.focus, done)
    assert findings(drafted)[2] == "肺肺"
    assert tuple(s for s in drafted.report.sentences if s in before) == before


def test_a_stray_letter_is_no_sentence(room):
    room.desk.report.add(Section.FINDINGS, "The heart is normal.")
    steps = len(room.desk.undo._history.done)
    room.view.report.rows[0].setFocus()
    room.type("w")
    assert findings(room) == ["The heart is normal.", "w"]
    room.press(Qt.Key.Key_Escape)
    assert findings(room) == ["The heart is normal."]
    assert room.notices[-1].line == "“w” alone is no sentence and was removed."
    assert len(room.desk.undo._history.done) == steps
    for kept in ("肺", "3"):
        begin(room)
        room.type(kept)
        room.press(Qt.Key.Key_Escape)
        assert kept in findings(room)


def test_a_sentence_shortened_to_one_letter_comes_back(room):
    begin(room)
    room.type("Clear lungs.")
    room.press(Qt.Key.Key_Escape)
    room.view.report.rows[0].begin_editing()
    room.press(Qt.Key.Key_A, CTRL)
    room.type("q")
    room.press(Qt.Key.Key_Escape)
    assert findings(room) == []
    room.view.report.page.setFocus()
    while not findings(room):
        room.press(Qt.Key.Key_Z, CTRL)
    room.press(Qt.Key.Key_Z, CTRL)
    assert findings(room) == ["Clear lungs."]
