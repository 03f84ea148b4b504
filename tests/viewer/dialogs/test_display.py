"""The sheets about mouse and screen."""

import pytest

from engine.domain.mouse import (
    DragAction,
    MouseButtons,
    MouseDirection,
    MouseHabits,
    MouseProfile,
    WheelAction,
)
from viewer.dialogs.millimetres import BAR, MeasureScreen
from viewer.dialogs.mouse import MouseSheet


def choose(box, value):
    box.setCurrentIndex(box.findData(value))
    box.activated.emit(box.currentIndex())


def test_a_ready_profile_is_shown_and_only_ones_own_is_changed(qtbot):
    sheet = MouseSheet(MouseHabits())
    qtbot.addWidget(sheet)
    choose(sheet.profile, "weasis")
    assert sheet.right.currentData() == "nothing"
    assert not sheet.right.isEnabled()
    assert sheet.habits == MouseHabits(profile=MouseProfile.WEASIS)
    choose(sheet.profile, "own")
    assert sheet.right.isEnabled()
    assert sheet.right.currentData() == "zoom"
    choose(sheet.middle, "window")
    choose(sheet.wheel, "films")
    choose(sheet.direction, "reversed")
    sheet.speed.setCurrentIndex(sheet.speed.findData(2.0))
    own = MouseButtons(middle=DragAction.WINDOW, wheel=WheelAction.FILMS)
    wanted = MouseHabits(
        profile=MouseProfile.OWN, own=own, direction=MouseDirection.REVERSED, speed=2.0
    )
    assert sheet.habits == wanted
    choose(sheet.profile, "standard")
    assert sheet.habits.buttons == MouseButtons()
    choose(sheet.profile, "own")
    assert sheet.habits == wanted
    again = MouseSheet(wanted)
    qtbot.addWidget(again)
    assert again.habits == wanted


def test_the_line_is_as_long_as_it_says_and_wants_a_length(qtbot):
    sheet = MeasureScreen()
    qtbot.addWidget(sheet)
    sheet.show()
    assert sheet.bar.width() == BAR
    assert sheet.pixels_per_mm is None
    assert not sheet.use.isEnabled()
    sheet.accept()
    assert sheet.isVisible()
    sheet.field.setText("100.0")
    assert sheet.pixels_per_mm == pytest.approx(BAR * sheet.devicePixelRatioF() / 100)
    sheet.accept()
    assert not sheet.isVisible()
