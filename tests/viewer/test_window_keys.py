"""Other keys: chosen, refused where taken, kept over windows, carried as a file; and the size."""

import json

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from testkit.reading_room import ReadingRoom

from engine.settings import load_settings
from viewer.actions.key_file import keys_of_text
from viewer.dialogs.edit_keys import EditKeys
from viewer.main import use_scale


@pytest.fixture
def editor(room):
    room.do("help.edit_keys")
    return room.sheet(EditKeys)


def give(sheet, command_id, key):
    sheet.choose(command_id)
    sheet.key.setKeySequence(QKeySequence(key))
    sheet.give.click()


def test_a_new_key_acts_at_once_and_in_the_next_window(room, editor, qtbot, tmp_path):
    give(editor, "view.invert", "S")
    assert editor.problem.text() == ""
    room.wait(lambda: load_settings().keys == {"view.invert": ("S",)})
    editor.reject()
    room.wait(room.window.isActiveWindow)
    room.window.views.active_view.setFocus()
    room.press("I")
    assert not room.window.views.active.is_inverted
    room.press("S")
    assert room.window.views.active.is_inverted
    assert room.window.registry.action("view.invert").toolTip().endswith("S")
    room.close()
    again = ReadingRoom(qtbot, tmp_path / "other.ini")
    again.context.preferences.load()
    again.wait(lambda: again.window.registry.chosen_keys == {"view.invert": ("S",)})
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
    assert "not a file of keys" in editor.problem.text()
    editor.reject()


def test_the_search_finds_commands_by_word_and_key(editor):
    editor.search.setText("rotate")
    editor.search.returnPressed.emit()
    assert editor.table.topLevelItemCount() == 2
    editor.reject()


def test_a_file_written_by_this_version_names_every_command(room):
    from viewer.actions.key_file import keys_as_text

    commands = room.window.registry.commands()
    assert set(keys_of_text(keys_as_text(commands))) == {command.id for command in commands}


def test_words_and_buttons_grow_in_steps_from_the_next_start_on(room):
    room.window.views.active_view.setFocus()
    for _ in range(8):
        room.press("=", Qt.KeyboardModifier.ControlModifier)
    room.wait(lambda: load_settings().interface_scale == 3.0)
    room.wait(lambda: "300 %" in room.notices[-1].sentence)
    environment = {}
    use_scale(environment)
    assert environment == {"QT_SCALE_FACTOR": "3"}
    for _ in range(8):
        room.press("-", Qt.KeyboardModifier.ControlModifier)
    room.wait(lambda: load_settings().interface_scale == 1.0)
    environment = {}
    use_scale(environment)
    assert environment == {}
