"""All commands together, and those of the image on a real state."""

import re

import pytest
from PySide6.QtWidgets import QWidget
from testkit.pixel_films import film_header, pixel_film, slope_samples

from engine.domain.mouse import DragAction
from viewer.actions.file import FILE_COMMANDS
from viewer.actions.help import HELP_COMMANDS
from viewer.actions.registry import CommandRegistry
from viewer.actions.report import REPORT_COMMANDS
from viewer.actions.tool import MOUSE_GESTURES, TOOL_COMMANDS, bind_tools
from viewer.actions.view import VIEW_COMMANDS, bind_view, preset_id
from viewer.desk_view import TOOL_GROUPS
from viewer.state.film_in_view import FilmCaption
from viewer.state.tool_choice import ToolChoice
from viewer.state.viewport import ViewportState


@pytest.fixture
def registry(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    made = CommandRegistry(window)
    made.add(VIEW_COMMANDS)
    made.add(TOOL_COMMANDS)
    return made


@pytest.fixture
def state():
    pixels = pixel_film(slope_samples(50, 40))
    made = ViewportState()
    made.placement.set_view_size(200, 200)
    made.show_image(film_header(pixels), pixels, FilmCaption())
    return made


def test_no_two_commands_of_the_program_share_a_key(registry):
    for commands in (FILE_COMMANDS, REPORT_COMMANDS, HELP_COMMANDS):
        registry.add(commands)
    assert len(registry.commands()) > 30


def test_commands_act_on_the_current_view(registry, state):
    bind_view(registry, lambda: state)
    registry.action("view.invert").trigger()
    assert state.grey.is_inverted
    registry.action("view.rotate_left").trigger()
    assert state.presentation.turn.quarter_turns == 3
    registry.action("view.one_to_one").trigger()
    assert state.placement.zoom == 1.0
    registry.action(preset_id(3)).trigger()
    assert state.grey.voi == state.grey.presets()[2].voi
    registry.action("view.reset").trigger()
    assert not state.grey.is_inverted
    assert state.placement.is_fitted


def test_commands_do_nothing_without_a_view(registry):
    bind_view(registry, lambda: None)
    for command in VIEW_COMMANDS:
        registry.action(command.id).trigger()


def test_choosing_a_tool_shows_which_is_chosen(registry):
    choice = ToolChoice()
    bind_tools(registry, choice)
    assert registry.action("tool.window").isChecked()
    registry.action("tool.pan").trigger()
    assert choice.tool is DragAction.PAN
    assert registry.action("tool.pan").isChecked()
    assert not registry.action("tool.window").isChecked()
    choice.choose(DragAction.ZOOM)
    assert registry.action("tool.zoom").isChecked()


def test_no_command_or_gesture_calls_an_annotation_a_mark(room):
    said = [(c.text, c.tip, c.group) for c in room.window.registry.commands()]
    said += list(MOUSE_GESTURES)
    assert [words for words in said if re.search(r"\bmark", " ".join(words), re.IGNORECASE)] == []


def test_every_tool_tip_begins_with_the_tools_name(room):
    registry = room.window.registry
    for group in TOOL_GROUPS:
        for command_id in group:
            action = registry.action(command_id)
            assert action.toolTip().startswith(action.text().rstrip("…"))
            assert action.toolTip() != action.text(), "and goes on with its use or its key"
