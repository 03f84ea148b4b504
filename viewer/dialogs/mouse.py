"""Mouse settings for films: a profile, or the reader's own."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, TypeVar

from PySide6.QtWidgets import QComboBox, QPushButton, QWidget

from engine.domain.mouse import (
    DragAction,
    MouseButtons,
    MouseDirection,
    MouseHabits,
    MouseProfile,
    WheelAction,
)
from viewer.dialogs.sheet import Sheet
from viewer.state.wording import percent_text
from viewer.theme.palette import set_look

_Kind = TypeVar("_Kind", bound=StrEnum)
_PROFILES: Final = {
    MouseProfile.STANDARD: "Negatoscope",
    MouseProfile.OHIF: "As in OHIF",
    MouseProfile.WEASIS: "As in Weasis",
    MouseProfile.OWN: "Custom",
}
_DRAGS: Final = {
    DragAction.WINDOW: "Window",
    DragAction.ZOOM: "Zoom",
    DragAction.PAN: "Pan",
    DragAction.NOTHING: "Nothing",
}
_WHEELS: Final = {
    WheelAction.ZOOM: "Zooms at the pointer (with Ctrl: next film)",
    WheelAction.FILMS: "Goes through the films (with Ctrl: zooms)",
}
_DIRECTIONS: Final = {
    MouseDirection.STANDARD: "Makes brighter",
    MouseDirection.REVERSED: "Makes darker (IHE Basic Image Review)",
}
SPEEDS: Final = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0)
"""Selectable speeds of a window drag, as factors."""


class MouseSheet(Sheet):
    """Edits the mouse settings: `habits` after acceptance.

    Args:
        habits: The present settings.
    """

    def __init__(self, habits: MouseHabits, parent: QWidget | None = None) -> None:
        super().__init__("Mouse", 460, parent)
        self._own = habits.own
        self.add_heading("Mouse")
        self.profile = self._choice("Profile", _PROFILES, habits.profile)
        self.middle = self._choice("Dragging with the middle button", _DRAGS, habits.own.middle)
        self.right = self._choice(
            "Dragging with the right button (a click opens the menu)", _DRAGS, habits.own.right
        )
        self.wheel = self._choice("Wheel", _WHEELS, habits.own.wheel)
        self.direction = self._choice(
            "Dragging upwards in the window tool", _DIRECTIONS, habits.direction
        )
        self.speed = QComboBox()
        for speed in SPEEDS:
            self.speed.addItem(percent_text(speed), speed)
        nearest = min(range(len(SPEEDS)), key=lambda n: abs(SPEEDS[n] - habits.speed))
        self.speed.setCurrentIndex(nearest)
        self.add_field("Speed of the window tool", self.speed)
        self.add_label(
            "The left button drives the tool in hand. Shift makes any drag finer, Ctrl coarser; "
            "Space with the left button moves.",
            role="caption",
        )
        use, cancel = QPushButton("Apply"), QPushButton("Cancel")
        set_look(use, variant="primary")
        set_look(cancel, variant="quiet")
        use.clicked.connect(self.accept)
        cancel.clicked.connect(self.reject)
        self.add_buttons(cancel, use)
        self.profile.currentIndexChanged.connect(self._show_profile)
        for box in (self.middle, self.right, self.wheel):
            box.activated.connect(self._remember_own)
        self._show_profile()

    @property
    def habits(self) -> MouseHabits:
        """The settings chosen in the dialog."""
        return MouseHabits(
            profile=MouseProfile(self.profile.currentData()),
            own=self._own,
            direction=MouseDirection(self.direction.currentData()),
            speed=float(self.speed.currentData()),
        )

    def _choice(self, caption: str, words: Mapping[_Kind, str], chosen: _Kind) -> QComboBox:
        box = QComboBox()
        for value, text in words.items():
            box.addItem(text, value.value)
        box.setCurrentIndex(box.findData(chosen.value))
        self.add_field(caption, box)
        return box

    def _show_profile(self) -> None:
        """Show what the profile does; only the reader's own profile can be edited."""
        habits = self.habits
        for box, value in (
            (self.middle, habits.buttons.middle),
            (self.right, habits.buttons.right),
            (self.wheel, habits.buttons.wheel),
        ):
            box.setCurrentIndex(box.findData(value.value))
            box.setEnabled(habits.profile is MouseProfile.OWN)

    def _remember_own(self) -> None:
        self._own = MouseButtons(
            middle=DragAction(self.middle.currentData()),
            right=DragAction(self.right.currentData()),
            wheel=WheelAction(self.wheel.currentData()),
        )
