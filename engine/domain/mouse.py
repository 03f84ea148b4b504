"""What the mouse does on a film: three presets and one profile of the reader's own."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

SLOWEST: Final = 0.25
FASTEST: Final = 4.0


class DragAction(StrEnum):
    """What dragging with a mouse button does."""

    WINDOW = "window"
    ZOOM = "zoom"
    PAN = "pan"
    NOTHING = "nothing"


class WheelAction(StrEnum):
    """What the wheel does; with Ctrl it does the other."""

    ZOOM = "zoom"
    FILMS = "films"


class MouseProfile(StrEnum):
    """Which program's mouse bindings are used, or the reader's own."""

    STANDARD = "standard"
    OHIF = "ohif"
    WEASIS = "weasis"
    OWN = "own"


class MouseDirection(StrEnum):
    """What a drag upwards does to the image: brighter, or darker as in IHE BIR."""

    STANDARD = "standard"
    REVERSED = "reversed"


@dataclass(frozen=True, slots=True, kw_only=True)
class MouseButtons:
    """What buttons and wheel do. The left button belongs to the active tool.

    Attributes:
        right: A click without dragging opens the menu, whatever this is.
    """

    middle: DragAction = DragAction.PAN
    right: DragAction = DragAction.ZOOM
    wheel: WheelAction = WheelAction.ZOOM


PROFILES: Final = {
    MouseProfile.STANDARD: MouseButtons(),
    # Both page through images with the wheel; Weasis keeps the right button for its menu.
    MouseProfile.OHIF: MouseButtons(wheel=WheelAction.FILMS),
    MouseProfile.WEASIS: MouseButtons(right=DragAction.NOTHING, wheel=WheelAction.FILMS),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MouseHabits:
    """The reader's mouse settings.

    Attributes:
        own: The bindings of the profile OWN.
        speed: Factor on the speed of a window drag, 0.25 to 4.
    """

    profile: MouseProfile = MouseProfile.STANDARD
    own: MouseButtons = MouseButtons()
    direction: MouseDirection = MouseDirection.STANDARD
    speed: float = 1.0

    @property
    def buttons(self) -> MouseButtons:
        """The bindings of the chosen profile."""
        return PROFILES.get(self.profile, self.own)
