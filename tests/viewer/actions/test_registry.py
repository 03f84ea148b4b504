"""Commands: one record, one action, one key."""

import re

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget

from viewer.actions import (
    annotation,
    display,
    file,
    first_reading,
    handout,
    layout,
    presentation,
    record,
    report,
    tool,
    view,
    workspace,
    writing,
)
from viewer.actions.registry import (
    Command,
    CommandConflictError,
    CommandRegistry,
    Scope,
    native_keys,
)

INVERT = Command(id="view.invert", text="Invert", group="Image", shortcut="I", scope=Scope.IMAGE)
SAVE = Command(id="file.save", text="Save", group="File", shortcut="Ctrl+S")


class Desk(QWidget):
    """A window with a film and an editor side by side."""

    def __init__(self):
        super().__init__()
        self.area = QWidget(self)
        self.film = QWidget(self.area)
        self.film.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.editor = QPlainTextEdit(self)
        column = QVBoxLayout(self)
        column.addWidget(self.area)
        column.addWidget(self.editor)
        self.registry = CommandRegistry(self)
        self.registry.add((INVERT, SAVE))
        self.registry.set_image_area(self.area)
        self.done = []
        self.registry.bind("view.invert", lambda: self.done.append("invert"))
        self.registry.bind("file.save", lambda: self.done.append("save"))


@pytest.fixture
def desk(qtbot):
    widget = Desk()
    qtbot.addWidget(widget)
    with qtbot.waitExposed(widget):
        widget.show()
    widget.activateWindow()
    return widget


def test_letters_act_on_the_film_and_type_in_the_editor(desk, qtbot):
    desk.film.setFocus()
    qtbot.keyClick(desk.film, Qt.Key.Key_I)
    assert desk.done == ["invert"]
    desk.editor.setFocus()
    qtbot.keyClick(desk.editor, Qt.Key.Key_I)
    assert desk.done == ["invert"]
    assert desk.editor.toPlainText() == "i"


def test_alt_and_the_letter_act_from_the_editor(desk, qtbot):
    desk.editor.setFocus()
    qtbot.keyClick(desk.editor, Qt.Key.Key_I, Qt.KeyboardModifier.AltModifier)
    assert desk.done == ["invert"]
    assert desk.editor.toPlainText() == ""


def test_window_keys_act_everywhere(desk, qtbot):
    for place in (desk.film, desk.editor):
        place.setFocus()
        qtbot.keyClick(place, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    assert desk.done == ["save", "save"]


@pytest.mark.parametrize(
    "other",
    [
        Command(id="file.save", text="Again", group="File"),
        Command(id="file.send", text="Send", group="File", shortcut="Ctrl+S"),
        Command(id="file.send", text="Send", group="File", also=("Ctrl+S",)),
        Command(id="file.send", text="Send", group="File", shortcut="Alt+I"),
        Command(id="file.send", text="Send", group="File", shortcut="Ctrl+Nonsense"),
    ],
    ids=["id", "key", "further key", "key of an image command with Alt", "no such key"],
)
def test_conflicts_are_found_at_construction(desk, other):
    with pytest.raises(CommandConflictError):
        desk.registry.add((other,))


def test_a_command_without_a_handler_is_disabled(desk):
    desk.registry.add((Command(id="help.about", text="About", group="Help"),))
    assert not desk.registry.action("help.about").isEnabled()
    assert desk.registry.action("view.invert").isEnabled()


def test_the_sheet_finds_text_group_and_keys(desk):
    assert [(c.text, c.group, native_keys(c)) for c in desk.registry.commands()] == [
        ("Invert", "Image", ("I",)),
        ("Save", "File", ("Ctrl+S",)),
    ]
    assert desk.registry.action("view.invert").toolTip().endswith("I")


def _words(text):
    return {word for word in re.findall(r"[a-z]+", text.lower()) if len(word) > 2}


def test_a_tool_tip_says_more_than_the_name_it_begins_with():
    tables = (
        annotation.ANNOTATION_COMMANDS,
        display.DISPLAY_COMMANDS,
        file.FILE_COMMANDS,
        first_reading.FIRST_READING_COMMANDS,
        handout.HANDOUT_COMMANDS,
        layout.LAYOUT_COMMANDS,
        presentation.PRESENTATION_COMMANDS,
        record.RECORD_COMMANDS,
        report.REPORT_COMMANDS,
        tool.TOOL_COMMANDS,
        view.VIEW_COMMANDS,
        workspace.WORKSPACE_COMMANDS,
        writing.WRITING_COMMANDS,
    )
    told = [command for table in tables for command in table if command.tip]
    assert len(told) > 40
    repeating = [
        (command.text, command.tip)
        for command in told
        if 2 * len(_words(command.text) & _words(command.tip)) >= len(_words(command.text)) > 0
    ]
    assert repeating == []
