"""How a film is shown, as one value: what a reset, a prior or a saved state is compared with."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.domain.image import VoiLut, Window
from engine.imaging.transform import ViewTransform


@dataclass(frozen=True, slots=True, kw_only=True)
class Presentation:
    """How a film is shown.

    Attributes:
        voi: Window or VOI LUT in force.
        inverted: Whether the reader swapped black and white.
        turn: Mirror and rotation.
        zoom: Device pixels per image pixel; None for the whole film in the view.
        pan: Offset of the film's middle from the view's, in view pixels.
    """

    voi: Window | VoiLut
    inverted: bool = False
    turn: ViewTransform = field(default_factory=ViewTransform)
    zoom: float | None = None
    pan: tuple[float, float] = (0.0, 0.0)

    @property
    def place(self) -> tuple[ViewTransform, float | None, tuple[float, float]]:
        """What decides where the film lies."""
        return self.turn, self.zoom, self.pan
