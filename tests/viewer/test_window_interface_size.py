"""The size of words, buttons and icons: at once, within the screen, kept, and taken back whole."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QAbstractItemView, QLabel, QPushButton
from testkit.theme import dressed

from engine.errors import AccessError
from engine.settings import load_settings
from viewer.actions import layout
from viewer.dialogs.mouse import MouseSheet
from viewer.main import use_scale

CTRL = Qt.KeyboardModifier.ControlModifier
SAYS = "the heart is enlarged . small left effusion . no pneumothorax ."


@pytest.fixture(autouse=True)
def _dressed(qapp):
    with dressed(qapp):
        yield


def sizes(room):
    """Heights of letters, rows, bars and icons all over the window."""
    view, window = room.view, room.window
    rows = view.left.studies.findChild(QAbstractItemView)
    asked = next(row for row in view.report.rows if row.notes.keys)
    return {
        "banner": view.banner.height(),
        "name": view.banner.name.fontInfo().pixelSize(),
        "tools": window.tools.height(),
        "menu": window.tools.menu_button.iconSize().height(),
        "list": rows.sizeHintForRow(1),
        "left": view.left.width(),
        "sentence": view.report.rows[0].editor.fontInfo().pixelSize(),
        "answers": asked.notes.findChild(QPushButton).height(),
        "status": window.status.height(),
    }


def test_everything_grows_at_once_and_comes_back_as_it_was(room_saying):
    room = room_saying(SAYS)
    room.draft()
    room.wait(lambda: room.desk.guards.is_current)
    room.wait_for_layout(room.window)
    before, size = sizes(room), room.window.size()
    heights = [row.height() for row in room.view.report.rows]
    room.view.views.active_view.setFocus()
    for step in ("125 %", "150 %"):
        room.press("=", CTRL)
        assert room.notices[-1].line == f"The interface is {step}."
    room.wait_for_layout(room.window)
    after = sizes(room)
    assert room.window.size() == size
    wrong = {name: (before[name], after[name]) for name in before
             if not 1.35 * before[name] <= after[name] <= 1.65 * before[name]}  # fmt: skip
    assert set(wrong) <= {"left"}, wrong
    assert after["left"] == 72, "at 150 % a window of this width has room for a rail"
    room.do("window.mouse")
    sheet = room.sheet(MouseSheet)
    assert sheet.findChild(QLabel).fontInfo().pixelSize() > 18
    sheet.reject()
    room.wait(lambda: not sheet.isVisible())
    room.wait(lambda: load_settings().interface_scale == 1.5)
    for _ in range(3):
        room.do(layout.SMALLER)
    room.wait_for_layout(room.window)
    assert sizes(room) == before
    assert [row.height() for row in room.view.report.rows] == heights


def test_a_fixed_size_stays_as_it_is_drawn(room, monkeypatch):
    room.view.views.active_view.setFocus()

    def refuse(_changes):
        raise AccessError("This setting is fixed on this computer.")

    monkeypatch.setattr("engine.settings.change_settings", refuse)
    room.press("=", CTRL)
    room.wait(lambda: "fixed" in room.notices[-1].sentence)
    assert room.desk.preferences.scale == 1.0


def test_the_window_never_outgrows_the_screen_and_the_next_start_has_the_size(room):
    room.view.views.active_view.setFocus()
    assert room.window.size() == QSize(1920, 1080)
    for _ in range(6):
        room.press("=", CTRL)
    assert room.notices[-1].line == "200 % is the largest size that fits this screen."
    room.wait(lambda: load_settings().interface_scale == 2.0)
    assert room.window.size() == QSize(1920, 1080)
    environment = {}
    use_scale(environment)
    assert environment == {"QT_SCALE_FACTOR": "2"}
    for _ in range(6):
        room.do(layout.SMALLER)
    room.wait(lambda: load_settings().interface_scale == 1.0)
    environment = {}
    use_scale(environment)
    assert environment == {}


def test_the_names_of_the_tools_come_back_with_the_size(room):
    row = room.window.tools
    room.window.resize(1366, 768)
    room.wait_for_layout(room.window)
    beside = Qt.ToolButtonStyle.ToolButtonTextBesideIcon
    assert {button.toolButtonStyle() for button in row._named} == {beside}
    room.view.views.active_view.setFocus()
    room.press("=", CTRL)
    room.wait_for_layout(room.window)
    assert {button.toolButtonStyle() for button in row._named} != {beside}, "no room at 125 %"
    room.press("-", CTRL)
    room.wait_for_layout(room.window)
    assert {button.toolButtonStyle() for button in row._named} == {beside}
