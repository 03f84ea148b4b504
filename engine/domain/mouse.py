"""What the mouse does on a film: three ready profiles and one of the reader's own."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

SLOWEST: Final = 0.25
FASTEST: Final = 4.0


class DragAction(StrEnum):
    """What dragging with a button does."""

    WINDOW = "window"
    ZOOM = "zoom"
    PAN = "pan"
    NOTHING = "nothing"


class WheelAction(StrEnum):
    """What the wheel does; with Ctrl it does the other."""

    ZOOM = "zoom"
    FILMS = "films"


class MouseProfile(StrEnum):
    """Whose habits the mouse follows."""

    STANDARD = "standard"
    OHIF = "ohif"
    WEASIS = "weasis"
    OWN = "own"


class MouseDirection(StrEnum):
    """Which way a drag upwards changes the window: brighter, or darker as IHE BIR has it."""

    STANDARD = "standard"
    REVERSED = "reversed"


@dataclass(frozen=True, slots=True, kw_only=True)
class MouseButtons:
    """What buttons and wheel do. Left drives the tool in hand, and is not among them.

    Attributes:
        right: A click without travel opens the menu, whatever this is.
    """

    middle: DragAction = DragAction.PAN
    right: DragAction = DragAction.ZOOM
    wheel: WheelAction = WheelAction.ZOOM


PROFILES: Final = {
    MouseProfile.STANDARD: MouseButtons(),
    # Both go through images with the wheel; Weasis keeps the right button for its menu.
    MouseProfile.OHIF: MouseButtons(wheel=WheelAction.FILMS),
    MouseProfile.WEASIS: MouseButtons(right=DragAction.NOTHING, wheel=WheelAction.FILMS),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MouseHabits:
    """All that a reader chose about the mouse.

    Attributes:
        own: Used by the profile of that name.
        speed: Factor on the speed of a window drag, 0.25 to 4.
    """

    profile: MouseProfile = MouseProfile.STANDARD
    own: MouseButtons = MouseButtons()
    direction: MouseDirection = MouseDirection.STANDARD
    speed: float = 1.0

    @property
    def buttons(self) -> MouseButtons:
        """What buttons and wheel do by this profile."""
        return PROFILES.get(self.profile, self.own)
