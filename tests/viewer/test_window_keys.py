"""Other keys: chosen, refused where taken, kept over windows, carried as a file."""

import json

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from testkit.reading_room import ReadingRoom

from engine.domain.annotation_kind import AnnotationKind
from engine.domain.mouse import MouseHabits, MouseProfile
from engine.settings import Settings, load_settings, save_settings
from viewer.dialogs.edit_keys import EditKeys, keys_of_text
from viewer.dialogs.shortcut_sheet import ShortcutSheet


@pytest.fixture
def editor(room):
    room.do("help.edit_keys")
    return room.sheet(EditKeys)


def give(sheet, command_id, key):
    sheet.choose(command_id)
    sheet.key.setKeySequence(QKeySequence(key))
    sheet.give.click()


def test_a_new_key_acts_at_once_and_in_the_next_window(room, editor, qtbot, tmp_path):
    give(editor, "view.invert", "X")
    assert editor.problem.text() == ""
    room.wait(lambda: load_settings().keys == {"view.invert": ("X",)})
    editor.reject()
    room.wait(room.window.isActiveWindow)
    room.view.views.active_view.setFocus()
    room.press("I")
    assert not room.view.views.active.grey.is_inverted
    room.press("X")
    assert room.view.views.active.grey.is_inverted
    assert room.window.registry.action("view.invert").toolTip().endswith("X")
    room.close()
    again = ReadingRoom(qtbot, tmp_path / "other.ini")
    again.context.preferences.load()
    again.wait(lambda: again.window.registry.chosen_keys == {"view.invert": ("X",)})
    again.close()


def test_a_key_that_is_taken_is_refused_by_name(room, editor):
    give(editor, "view.invert", "R")
    assert "“Rotate right”" in editor.problem.text()
    assert room.window.registry.chosen_keys == {}
    give(editor, "view.invert", "Alt+R")
    assert "“Rotate right”" in editor.problem.text(), "Alt and the letter is taken with it"
    give(editor, "view.invert", "Y")
    editor.restore.click()
    assert room.window.registry.chosen_keys == {}
    editor.reject()


def test_keys_travel_as_a_file(room, editor, tmp_path):
    give(editor, "layout.prior", "Ctrl+7")
    editor.write_file(tmp_path / "keys.json")
    editor._take({})
    editor.read_file(tmp_path / "keys.json")
    assert room.window.registry.chosen_keys == {"layout.prior": ("Ctrl+7",)}
    content = json.loads((tmp_path / "keys.json").read_text())
    content["keys"]["view.fit"] = ["Ctrl+7"]
    content["keys"]["of.another.version"] = ["Ctrl+8"]
    (tmp_path / "keys.json").write_text(json.dumps(content))
    editor.read_file(tmp_path / "keys.json")
    assert "taken" in editor.problem.text()
    assert room.window.registry.chosen_keys == {"layout.prior": ("Ctrl+7",)}
    (tmp_path / "notes.json").write_text('{"keys": 3}')
    editor.read_file(tmp_path / "notes.json")
    assert "not a file of shortcuts" in editor.problem.text()
    editor.reject()


def test_the_search_finds_commands_by_word_and_key(editor):
    editor.search.setText("rotate")
    editor.search.returnPressed.emit()
    assert editor.table.topLevelItemCount() == 2
    editor.reject()


def test_a_file_written_by_this_version_names_every_command(room):
    from viewer.dialogs.edit_keys import keys_as_text

    commands = room.window.registry.commands()
    assert set(keys_of_text(keys_as_text(commands))) == {command.id for command in commands}


def test_a_letter_taken_from_the_loupe_goes_to_whom_it_is_given(room, editor):
    give(editor, "view.loupe", "X")
    give(editor, "tool.length", "M")
    assert editor.problem.text() == ""
    editor.reject()
    room.wait(room.window.isActiveWindow)
    view = room.view.views.active_view
    view.setFocus()
    room.press("M")
    assert view.loupe.position is None
    assert room.view.views.tool.tool is AnnotationKind.LENGTH
    QTest.keyPress(view, Qt.Key.Key_X)
    assert view.loupe.position is not None
    QTest.keyRelease(view, Qt.Key.Key_X)
    assert view.loupe.position is None


def test_keys_of_ones_own_outlive_a_version_that_gives_them_to_a_new_command(room, qtbot, tmp_path):
    own = {"view.invert": ("Ctrl+D",), "view.fit": ("Shift+5",)}
    save_settings(Settings(keys=own))
    again = ReadingRoom(qtbot, tmp_path / "other.ini")
    again.context.preferences.load()
    again.wait(lambda: bool(again.notices))
    registry = again.window.registry
    assert registry.chosen_keys == {**own, "report.changes": ()}
    assert "“Show changes to AI draft”" in again.notices[-1].sentence
    again.close()


def test_the_sheet_of_keys_tells_what_the_mouse_does_for_this_reader(room):
    room.context.preferences.keep_mouse(MouseHabits(profile=MouseProfile.WEASIS))
    room.wait(lambda: room.context.preferences.mouse.profile is MouseProfile.WEASIS)
    room.do("help.shortcuts")
    sheet = room.sheet(ShortcutSheet)
    words = [label.text() for label in sheet.findChildren(QLabel)]
    assert words[words.index("Wheel") - 1] == "Next or previous film"
    assert "Right button, drag" not in words
    groups = [word for word in words if word in {"Sentence", "Image", "Report", "Tools"}]
    assert groups[0] == "Sentence", "what is looked up most is not what a low screen cuts off"
    sheet.reject()
