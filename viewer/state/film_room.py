"""How a film fills its view: the zoom that fits it, and where it is after zooming or moving.

Pure: from a film, how it is shown and the size of its view to the next way of showing it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from engine.domain.image import PixelImage
from engine.domain.presentation_state import DisplayedArea, SizeMode
from engine.domain.study import PixelSpacing
from viewer.state.film_geometry import FilmGeometry, clamp_zoom, fit_zoom, pixel_stretch, snapped
from viewer.state.presentation import Presentation

KEPT_IN_VIEW: Final = 48
"""View pixels of the film that panning always leaves visible."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmRoom:
    """A film in its view.

    Attributes:
        pixels: The film.
        shown: How it is shown.
        spacing: Its spacing in force; None for none.
        view_size: Width and height of the view in device pixels.
        shared_scale: Device pixels per mm that the whole film is shown at, at most; None for
            its own.
    """

    pixels: PixelImage
    shown: Presentation
    spacing: PixelSpacing | None
    view_size: tuple[int, int]
    shared_scale: float | None

    @property
    def zoom(self) -> float:
        """Device pixels per image pixel in force."""
        return self._fit if self.shown.zoom is None else self.shown.zoom

    @property
    def finer_mm(self) -> float | None:
        """Size of a pixel's finer side in mm; None where it is not known."""
        spacing = self.spacing
        if spacing is None or min(spacing.row_mm, spacing.column_mm) <= 0:
            return None
        return min(spacing.row_mm, spacing.column_mm)

    @property
    def own_fit(self) -> float:
        """Zoom at which the whole film just fits, whatever others are shown at."""
        stretch_x, stretch_y = pixel_stretch(self.pixels)
        extent = (self.pixels.columns * stretch_x, self.pixels.rows * stretch_y)
        is_transposed = self.shown.turn.quarter_turns % 2 == 1
        return fit_zoom(self.view_size, extent, is_transposed=is_transposed)

    @property
    def geometry(self) -> FilmGeometry:
        """Where the film lies in the view."""
        stretch_x, stretch_y = pixel_stretch(self.pixels)
        return snapped(
            FilmGeometry(
                rows=self.pixels.rows,
                columns=self.pixels.columns,
                scale_x=self.zoom * stretch_x,
                scale_y=self.zoom * stretch_y,
                turn=self.shown.turn,
                center_x=self.view_size[0] / 2 + self.shown.pan[0],
                center_y=self.view_size[1] / 2 + self.shown.pan[1],
            )
        )

    @property
    def area(self) -> DisplayedArea:
        """What of the film is in view, by its edges in image pixels."""
        rows, columns = self.pixels.rows, self.pixels.columns
        if self.shown.zoom is None:
            return DisplayedArea.whole(rows, columns)
        one, other = (self.geometry.to_image(*at) for at in ((0, 0), self.view_size))
        (left, right), (top, bottom) = sorted((one[0], other[0])), sorted((one[1], other[1]))
        return DisplayedArea(left=left, top=top, right=right, bottom=bottom)

    def framed(self, area: DisplayedArea, life_size_zoom: float | None) -> Presentation:
        """With an area in the middle of the view, as large as it asks to be.

        Args:
            area: What is to be seen.
            life_size_zoom: Zoom at which the film is life-size; None where that is not known.
        """
        if area.is_whole(self.pixels.rows, self.pixels.columns):
            return replace(self.shown, zoom=None, pan=(0.0, 0.0))
        stretch_x, stretch_y = pixel_stretch(self.pixels)
        extent = (
            (area.right - area.left) * stretch_x,
            (area.bottom - area.top) * stretch_y,
        )
        is_transposed = self.shown.turn.quarter_turns % 2 == 1
        zoom = fit_zoom(self.view_size, extent, is_transposed=is_transposed)
        if area.mode is SizeMode.MAGNIFY:
            zoom = clamp_zoom(area.magnification)
        elif area.mode is SizeMode.TRUE_SIZE and life_size_zoom is not None:
            zoom = clamp_zoom(life_size_zoom)
        middle = replace(self, shown=replace(self.shown, zoom=zoom, pan=(0.0, 0.0)))
        geometry = middle.geometry
        x, y = geometry.to_view((area.left + area.right) / 2, (area.top + area.bottom) / 2)
        pan = (self.view_size[0] / 2 - x, self.view_size[1] / 2 - y)
        return replace(self.shown, zoom=zoom, pan=pan)

    def zoomed_at(self, factor: float, x: float, y: float) -> Presentation:
        """Zoomed so that the film's point at a place of the view stays there."""
        zoom = clamp_zoom(self.zoom * factor)
        kept = zoom / self.zoom
        from_middle_x, from_middle_y = x - self.view_size[0] / 2, y - self.view_size[1] / 2
        pan_x, pan_y = self.shown.pan
        pan = (
            from_middle_x + (pan_x - from_middle_x) * kept,
            from_middle_y + (pan_y - from_middle_y) * kept,
        )
        return replace(self.shown, zoom=zoom, pan=pan)

    def panned_by(self, dx: float, dy: float) -> Presentation:
        """Moved by view pixels, but never out of the view.

        Moving a fitted film leaves the fit: a later resize must not change its size.
        """
        x, y = self.shown.pan
        return replace(self.shown, zoom=self.zoom, pan=self._within_reach(x + dx, y + dy))

    @property
    def _fit(self) -> float:
        finer = self.finer_mm
        if self.shared_scale is None or finer is None:
            return self.own_fit
        return min(self.own_fit, clamp_zoom(self.shared_scale * finer))

    def _within_reach(self, x: float, y: float) -> tuple[float, float]:
        left, top, right, bottom = self.geometry.view_extent
        reach_x = max(0.0, (self.view_size[0] + right - left) / 2 - KEPT_IN_VIEW)
        reach_y = max(0.0, (self.view_size[1] + bottom - top) / 2 - KEPT_IN_VIEW)
        return min(max(x, -reach_x), reach_x), min(max(y, -reach_y), reach_y)
