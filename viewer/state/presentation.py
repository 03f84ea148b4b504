"""How a film is shown, as one value: what a reset, a prior or a saved state is compared with."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from engine.domain.annotation import FilmTurn
from engine.domain.image import PixelImage, VoiLut, Window
from engine.imaging.transform import ViewTransform
from engine.imaging.window import default_voi


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

    def rotated(self, quarter_turns: int) -> Presentation:
        """Turned clockwise; what is in the middle of the view stays there."""
        turns = quarter_turns % 4
        x, y = self.pan
        for _ in range(turns):
            x, y = -y, x
        return replace(self, turn=self.turn.rotated(turns), pan=(x, y))

    def flipped_horizontally(self) -> Presentation:
        """Left and right of the screen swapped, however the film is turned."""
        x, y = self.pan
        return replace(self, turn=self.turn.flipped_horizontally(), pan=(-x, y))

    def flipped_vertically(self) -> Presentation:
        """Top and bottom of the screen swapped, however the film is turned."""
        x, y = self.pan
        return replace(self, turn=self.turn.flipped_vertically(), pan=(x, -y))


def first_presentation(film: PixelImage, kept: FilmTurn | None = None) -> Presentation:
    """As a film's file asks; turned as a reader left it, if one did."""
    turn = ViewTransform()
    if kept is not None:
        turn = ViewTransform(quarter_turns=kept.quarter_turns, mirrored=kept.mirrored)
    return Presentation(voi=default_voi(film), turn=turn)
