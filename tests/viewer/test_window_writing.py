"""Writing in the window: templates, fields, macros, the normal report, spelling, all by keys."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QMenu

from engine.domain.areas import AreaState
from engine.domain.fields import fields_in
from engine.domain.report import Section, SentenceSource
from engine.domain.template import Macro
from viewer.actions.registry import CommandConflictError
from viewer.dialogs.macros import MacrosSheet
from viewer.widgets.choice_list import ChoiceList

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def ready(room) -> None:
    room.wait(lambda: bool(room.desk.writing.templates and room.desk.writing.macros))


def aid(room):
    return room.view.report.aid


def selected(room) -> str:
    return room.focus.textCursor().selectedText()


def begin(room, section=Section.FINDINGS) -> None:
    room.view.report.sections[section].line.setFocus()


def apply_first_template(room) -> None:
    room.press(Qt.Key.Key_T, CTRL)
    menu = room.view.writing.menu
    assert isinstance(menu, QMenu)
    assert menu.activeAction() is menu.actions()[0]
    menu.actions()[0].trigger()
    menu.close()


def test_a_template_for_the_study_is_filled_by_tab_and_pick_list(room):
    ready(room)
    room.press(Qt.Key.Key_F3)
    room.wait(lambda: not room.desk.films.priors_in_view)
    apply_first_template(room)
    assert room.report.text(Section.TECHNIQUE)
    assert selected(room) == "[symptom or question]"
    assert aid(room).choices == (), "nothing to pick in a field that is typed over"
    room.type("Cough")
    assert room.report.text(Section.INDICATION) == "Cough."
    room.press(Qt.Key.Key_Tab)
    assert selected(room).startswith("[None|")
    assert aid(room).choices == ("1  None", "2  Earlier chest radiographs")
    room.press(Qt.Key.Key_Down)
    room.press(Qt.Key.Key_Return)
    assert room.report.text(Section.COMPARISON) == "Earlier chest radiographs."
    assert aid(room).choices == ()


def test_template_and_normal_report_name_the_prior_that_hangs(room):
    ready(room)
    library = room.desk.workspace.library
    uid, prior = next((r.uid, p[0]) for r in library.studies() if (p := library.priors(r.uid)))
    room.show_study(uid)
    room.wait(lambda: [one.uid for one in room.desk.films.priors_in_view] == [prior.uid])
    ready(room)
    apply_first_template(room)
    words = room.report.text(Section.COMPARISON)
    assert words.startswith("Chest ")
    assert words.endswith(f", {prior.study_date.isoformat()}.")
    room.desk.report.remove(room.report.kept(Section.COMPARISON)[0].id)
    room.do("report.normal")
    assert room.report.text(Section.COMPARISON) == words


def test_unfilled_fields_stop_signing_and_shift_tab_goes_back(room):
    ready(room)
    begin(room)
    room.type("A [small|large] and [size] one.")
    room.wait(lambda: room.desk.guards.is_current)
    assert room.view.report.footer.message.text().startswith("1 unfilled field  ·  ")
    room.press(Qt.Key.Key_Tab)
    assert selected(room) == "[small|large]"
    room.press(Qt.Key.Key_Tab)
    assert selected(room) == "[size]"
    room.press(Qt.Key.Key_Tab, SHIFT)
    assert selected(room) == "[small|large]"
    room.press("2")
    room.press(Qt.Key.Key_Tab)
    room.type("3 cm")
    assert room.report.text(Section.FINDINGS) == "A large and 3 cm one."
    room.wait(lambda: room.desk.guards.is_current)
    assert room.view.report.footer.sign.isEnabled()


def test_defaults_are_taken_by_one_key(room):
    ready(room)
    begin(room)
    room.type("[None=date] and [size].")
    room.do("report.defaults")
    assert room.report.text(Section.FINDINGS) == "None and [size]."


def test_a_macro_is_previewed_and_written_by_tab(room):
    ready(room)
    begin(room)
    room.type(".n")
    assert aid(room).choices == (), ".na and .nod begin so"
    room.type("o")
    (preview,) = aid(room).choices
    assert preview.startswith("Return  .nod  There is a [size] nodule")
    room.press(Qt.Key.Key_Tab)
    first, second = room.report.kept(Section.FINDINGS)
    assert first.text.startswith("There is a [size] nodule")
    assert second.text == "A CT of the chest is recommended."
    assert {first.source, second.source} == {SentenceSource.MACRO}
    assert selected(room) == "[size]"
    room.type("8 mm")
    room.press(Qt.Key.Key_Tab)
    room.press("1")
    assert room.report.kept(Section.FINDINGS)[0].text.startswith("There is a 8 mm nodule")


def test_return_after_a_typed_field_begins_the_next_sentence(room):
    ready(room)
    begin(room)
    room.type(".no")
    room.press(Qt.Key.Key_Tab)
    whole = room.report.kept(Section.FINDINGS)[0].text
    fields = fields_in(whole)
    for number, _ in enumerate(fields):
        room.type("word")
        if number + 1 < len(fields):
            room.press(Qt.Key.Key_Tab)
    room.press(Qt.Key.Key_Return)
    room.type("Next.")
    first, second, *_ = [s.text for s in room.report.kept(Section.FINDINGS)]
    assert first == "There is a word nodule in the word word zone."
    assert second == "Next."


def test_the_line_that_is_typed_stays_in_view_and_no_list_covers_it(room):
    ready(room)
    room.window.resize(1366, 768)
    begin(room)
    for _ in range(8):
        room.type("The left costophrenic angle is blunted")
        room.press(Qt.Key.Key_Return)
    room.type("The angle is there, more than before and on both sides, .eff")
    panel, page = room.view.report, room.view.report.page
    editor = panel.focused_row.editor

    def caret_in(widget):
        caret = editor.cursorRect()
        caret.moveTopLeft(editor.viewport().mapTo(widget, caret.topLeft()))
        return caret

    def is_in_view():
        return page.viewport().rect().contains(caret_in(page.viewport()))

    room.wait(is_in_view)
    assert aid(room).choices
    shown = panel.findChild(ChoiceList)
    line = caret_in(panel)
    room.wait(lambda: not shown.geometry().intersects(line.adjusted(-400, 0, 400, 0)))
    assert panel.rect().contains(shown.geometry())


def test_return_takes_the_macro_that_is_shown_and_leaves_no_letters(room):
    ready(room)
    begin(room)
    room.type(".eff")
    assert aid(room).choices
    room.press(Qt.Key.Key_Return)
    assert ".eff" not in room.report.text(Section.FINDINGS)
    assert room.report.text(Section.FINDINGS).startswith("There is a [small|")


def test_return_after_pick_lists_begins_the_next_sentence_and_cuts_none(room):
    ready(room)
    begin(room)
    room.type("A [small|large] [left|right] effusion")
    room.press(Qt.Key.Key_Tab)
    room.press(Qt.Key.Key_Return)
    room.press(Qt.Key.Key_Return)
    assert selected(room) == "[left|right]", "an open field comes before another sentence"
    room.press(Qt.Key.Key_Return)
    room.press(Qt.Key.Key_Return)
    room.type("No pneumothorax")
    kept = [row.text for row in room.report.kept(Section.FINDINGS)]
    assert kept == ["A small left effusion", "No pneumothorax"]


def test_letters_of_a_macro_stay_letters_before_a_blank(room):
    ready(room)
    begin(room)
    room.type(".eff ")
    assert aid(room).choices == ()
    assert [row.text for row in room.report.kept(Section.FINDINGS)] == [".eff "]


def test_a_key_of_ones_own_writes_a_macro_and_no_key_is_given_twice(room):
    ready(room)
    room.do("report.macros")
    sheet = room.sheet(MacrosSheet)
    sheet.letters.setText(".mine")
    sheet.text.setPlainText("Mine.")
    sheet.key.setKeySequence(QKeySequence("Ctrl+S"))
    sheet.keep.click()
    assert sheet.problem.text().startswith("Ctrl+S is taken by “Save”")
    sheet.key.setKeySequence(QKeySequence("M"))
    sheet.keep.click()
    room.wait(lambda: "Ctrl or Alt" in sheet.problem.text() or "taken" in sheet.problem.text())
    sheet.key.setKeySequence(QKeySequence("Ctrl+Alt+M"))
    sheet.keep.click()
    mine = Macro(shortcut=".mine", text="Mine.", key="Ctrl+Alt+M")
    room.wait(lambda: mine in room.desk.writing.macros)
    sheet.reject()
    room.wait(room.window.isActiveWindow)
    with pytest.raises(
        CommandConflictError, match=r"Ctrl.Alt.M is taken by “Save”, so “Macro .mine"
    ):
        room.window.registry.choose_keys({"report.save": ("Ctrl+Alt+M",)})
    begin(room)
    room.type("All is well. ")
    room.press("m", CTRL | Qt.KeyboardModifier.AltModifier)
    assert room.report.text(Section.FINDINGS) == "All is well. Mine."
    room.press(Qt.Key.Key_Escape)
    room.press("m", CTRL | Qt.KeyboardModifier.AltModifier)
    _first, second = room.report.kept(Section.FINDINGS)
    assert (second.text, second.source) == ("Mine.", SentenceSource.MACRO)


def test_own_macros_are_kept_and_used(room):
    ready(room)
    room.do("report.macros")
    sheet = room.sheet(MacrosSheet)
    sheet.letters.setText("x")
    sheet.text.setPlainText("Mine.")
    sheet.keep.click()
    room.wait(lambda: "two to twenty" in sheet.problem.text())
    sheet.letters.setText(".mine")
    sheet.keep.click()
    room.wait(lambda: Macro(shortcut=".mine", text="Mine.") in room.desk.writing.macros)
    sheet.reject()
    room.wait(room.window.isActiveWindow)
    begin(room)
    room.type(".mi")
    room.press(Qt.Key.Key_Tab)
    assert room.report.text(Section.FINDINGS) == "Mine."


def test_the_normal_report_fills_only_what_is_not_touched(room):
    ready(room)
    begin(room)
    room.type("There is marked cardiomegaly.")
    room.press(Qt.Key.Key_Escape)
    room.press(Qt.Key.Key_F9)
    report = room.report
    assert report.kept(Section.FINDINGS)[0].text == "There is marked cardiomegaly."
    assert report.text(Section.TECHNIQUE)
    assert report.kept(Section.IMPRESSION) == ()
    room.wait(lambda: room.desk.guards.is_current)
    areas = room.desk.guards.result.areas
    unmentioned = {area.name for area in areas if area.state is AreaState.UNMENTIONED}
    assert unmentioned == {"Mediastinum", "Lines and tubes"}, (
        "beside the heart, and never by itself"
    )
    words = room.view.report.areas.words
    assert words.text().endswith("Click an area to report it as normal"), "F9 has done its part"
    before = report.sentences
    room.press(Qt.Key.Key_F9)
    assert room.report.sentences == before
    assert room.window.status.message.text().endswith("Nothing is left to report as normal.")


def test_a_slip_is_underlined_and_put_right_by_keys(room):
    ready(room)
    begin(room)
    room.type("Small efusion and zyxomatic.")
    room.wait(lambda: bool(room.desk.writing.slips_of(room.report.sentences[0])))
    row = room.view.report.rows[0]
    waves = [one.cursor.selectedText() for one in row.editor.extraSelections()]
    assert waves == ["efusion", "zyxomatic"]
    room.press(Qt.Key.Key_Period, CTRL)
    room.wait(lambda: bool(aid(room).choices))
    assert aid(room).choices[0] == "1  effusion"
    room.press(Qt.Key.Key_Return)
    assert room.report.sentences[0].text == "Small effusion and zyxomatic."
    room.wait(lambda: len(room.desk.writing.slips_of(room.report.sentences[0])) == 1)
    room.press(Qt.Key.Key_Period, CTRL)
    room.wait(lambda: bool(aid(room).choices))
    assert aid(room).choices[-1].endswith("  Add to my words")
    room.press(Qt.Key.Key_Up)
    room.press(Qt.Key.Key_Return)
    room.wait(lambda: row.editor.extraSelections() == [])


def test_the_models_own_words_are_not_checked(room_saying):
    room = room_saying("large effusion .")
    room.draft()
    ready(room)
    (sentence,) = room.report.sentences
    assert room.desk.writing.slips_of(sentence) == ()


def test_an_imported_template_is_offered(room, tmp_path):
    ready(room)
    path = tmp_path / "mine.html"
    path.write_text(
        "<html><head><title>My chest</title></head><body><section data-section-name='Impression'>"
        "<p>Nothing <select><option>new</option><option>old</option></select>.</p></section>",
        encoding="utf-8",
    )
    room.view.writing.import_template(path)
    room.wait(lambda: any(one.title == "My chest" for one in room.desk.writing.templates))
    (tmp_path / "bad.html").write_bytes(b"\xff\xfe\x00")
    room.view.writing.import_template(tmp_path / "bad.html")
    room.wait(lambda: any("no report template" in n.sentence for n in room.notices))


def test_macros_are_chosen_by_a_key_and_narrowed_by_letters(room):
    ready(room)
    begin(room)
    room.press(Qt.Key.Key_Space, CTRL)
    room.wait(lambda: len(aid(room).choices) == len(room.desk.writing.macros))
    room.type("nodu")
    assert len(aid(room).choices) == 1
    assert ".nod" in aid(room).choices[0]
    room.press(Qt.Key.Key_Return)
    assert room.report.text(Section.FINDINGS).startswith("There is a [size] nodule")
    assert "nodu" not in room.report.text(Section.FINDINGS).replace("nodule", "")
    assert selected(room) == "[size]"


def test_ctrl_return_takes_the_defaults_while_writing(room):
    ready(room)
    begin(room)
    room.type("[None=date] and [size].")
    room.press(Qt.Key.Key_Return, CTRL)
    assert room.report.text(Section.FINDINGS) == "None and [size]."
    assert len(room.report.kept(Section.FINDINGS)) == 1


def test_escape_keeps_a_macro_that_is_being_written(room):
    room.do("report.macros")
    sheet = room.sheet(MacrosSheet)
    sheet.list.setCurrentRow(0)
    room.press(Qt.Key.Key_Escape)
    room.wait(lambda: not sheet.isVisible())
    room.do("report.macros")
    sheet = room.sheet(MacrosSheet)
    sheet.text.setFocus()
    room.type("Half a sen")
    room.press(Qt.Key.Key_Escape)
    assert sheet.isVisible()
    assert sheet.text.toPlainText() == "Half a sen"
    sheet._question.discard.click()
    room.wait(lambda: not sheet.isVisible())
