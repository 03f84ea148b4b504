"""Commands that make no sense now stand grey, and none is forgotten."""

from __future__ import annotations

import pytest
from testkit.reading_room import ReadingRoom

from engine.domain.first_reading import FirstCall
from viewer.actions import file, first_reading, help, layout, report  # noqa: A004 - the menu's name


@pytest.fixture
def bare_room(qtbot, tmp_path):
    opened = ReadingRoom(qtbot, tmp_path / "window.ini")
    yield opened
    opened.close()


def enabled(room):
    registry = room.window.registry
    return {c.id for c in registry.commands() if registry.action(c.id).isEnabled()}


def test_without_a_workspace_only_the_program_itself_can_be_commanded(bare_room):
    assert enabled(bare_room) == {
        file.OPEN_WORKSPACE,
        file.QUIT,
        layout.LARGER,
        layout.SMALLER,
        layout.LARGER_REPORT,
        layout.SMALLER_REPORT,
        layout.MENU,
        help.EDIT_KEYS,
        help.SHORTCUTS,
        help.ABOUT,
    }


def test_with_a_study_everything_but_stopping_can_be_commanded(room):
    commands = {command.id for command in room.window.registry.commands()}
    # The demo has no passphrase to change, nothing is signed yet, and no draft waits for a reading.
    signed_only = {
        "file.export_as",
        "report.told",
        "report.withdraw",
        "report.addendum",
        "report.begin_anew",
    }
    calls = map(first_reading.call_command, FirstCall)
    no_step = {report.UNDO, report.REDO}
    secrets = {"file.passphrase", "file.recovery_key", "file.certificate"}
    not_yet = {*secrets, *signed_only, *no_step, *calls}
    assert commands - enabled(room) == {file.OPEN_WORKSPACE, report.STOP_DRAFT, *not_yet}


def test_the_button_in_the_tool_row_drafts(room):
    room.window.tools.draft.click()
    room.wait(lambda: room.report.draft_id is not None)
