"""How a film is shown, as one value that can be reset, copied to a prior, saved and compared.

`Shown` holds the value of one viewport. `Grey` and `Placement` change it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from PySide6.QtCore import QObject, Signal

from engine.domain.annotation import FilmTurn
from engine.domain.image import PixelImage, VoiLut, Window
from engine.imaging.transform import ViewTransform
from engine.imaging.window import default_voi


@dataclass(frozen=True, slots=True, kw_only=True)
class Presentation:
    """How a film is shown.

    Attributes:
        voi: Window or VOI LUT.
        inverted: Whether the reader swapped black and white.
        turn: Mirroring and rotation.
        zoom: Device pixels per image pixel; None to fit the whole film.
        pan: Offset of the film's centre from the viewport's, in view pixels.
    """

    voi: Window | VoiLut
    inverted: bool = False
    turn: ViewTransform = field(default_factory=ViewTransform)
    zoom: float | None = None
    pan: tuple[float, float] = (0.0, 0.0)

    @property
    def placement(self) -> tuple[ViewTransform, float | None, tuple[float, float]]:
        """The fields that decide where the film lies."""
        return self.turn, self.zoom, self.pan

    def rotated(self, quarter_turns: int) -> Presentation:
        """Turned clockwise about the middle of the viewport."""
        turns = quarter_turns % 4
        x, y = self.pan
        for _ in range(turns):
            x, y = -y, x
        return replace(self, turn=self.turn.rotated(turns), pan=(x, y))

    def flipped_horizontally(self) -> Presentation:
        """Mirrored left to right as seen on the screen, however the film is turned."""
        x, y = self.pan
        return replace(self, turn=self.turn.flipped_horizontally(), pan=(-x, y))

    def flipped_vertically(self) -> Presentation:
        """Mirrored top to bottom as seen on the screen, however the film is turned."""
        x, y = self.pan
        return replace(self, turn=self.turn.flipped_vertically(), pan=(x, -y))


class Shown(QObject):
    """Holds how the film of one viewport is shown.

    Signals:
        grey_changed: The window, VOI LUT or inversion changed.
        placement_changed: The turn, zoom or offset changed.
    """

    grey_changed = Signal()
    placement_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._now: Presentation | None = None

    @property
    def now(self) -> Presentation | None:
        """The present value; None without a film."""
        return self._now

    def begin(self, first: Presentation | None) -> None:
        """Start with another film, or none. No signal: the caller reads everything again."""
        self._now = first

    def become(self, after: Presentation) -> None:
        """Show the film in another way."""
        before, self._now = self._now, after
        if before is None or after == before:
            return
        if (after.voi, after.inverted) != (before.voi, before.inverted):
            self.grey_changed.emit()
        if after.placement != before.placement:
            self.placement_changed.emit()

    def change(self, **changes: object) -> None:
        """Change some fields of the value; nothing happens without a film."""
        if self._now is not None:
            # `replace` checks the names at run time.
            self.become(replace(self._now, **changes))  # type: ignore[arg-type]


def first_presentation(film: PixelImage, kept: FilmTurn | None = None) -> Presentation:
    """The presentation that a film's file asks for, turned as a reader last left the film."""
    turn = ViewTransform()
    if kept is not None:
        turn = ViewTransform(quarter_turns=kept.quarter_turns, mirrored=kept.mirrored)
    return Presentation(voi=default_voi(film), turn=turn)
