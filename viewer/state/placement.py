"""Where a film lies in its viewport: the zoom that fits it, and zooming, panning and turning.

Positions and offsets are view pixels (device pixels of the viewport, x right, y down); zoom is
device pixels per image pixel along the finer spacing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from engine.domain.image import PixelImage
from engine.domain.presentation_state import DisplayedArea, SizeMode
from engine.domain.study import PixelSpacing
from viewer.state.annotations_in_view import AnnotationsInView
from viewer.state.film_geometry import FilmGeometry, clamp_zoom, fit_zoom, pixel_stretch, snapped
from viewer.state.film_in_view import FilmInView
from viewer.state.presentation import Presentation, Shown

KEPT_IN_VIEW: Final = 48
"""View pixels of the film that always stay visible when panning."""
REST_MS: Final = 120
"""Time without a further move after which the film counts as at rest."""


class Placement(QObject):
    """Zoom, offset and turn of the film in one viewport.

    Args:
        film: The film.
        shown: How the film is shown. It signals every change of placement.
        annotations: Source of the pixel spacing.

    Signals:
        changed: The viewport's size or the shared scale of fitted films changed.
        turned: The reader turned or mirrored the film.
    """

    changed = Signal()
    turned = Signal()

    def __init__(
        self,
        film: FilmInView,
        shown: Shown,
        annotations: AnnotationsInView,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._film = film
        self._shown = shown
        self._annotations = annotations
        self._view_size = (1, 1)
        self._shared_scale: float | None = None
        self.screen_pixels_per_mm: float | None = None
        """Device pixels per mm of the viewport's screen; None if nobody measured it."""
        self.motion = Motion(self)

    @property
    def zoom(self) -> float:
        """Device pixels per image pixel; 1 without a film."""
        placed = self._placed()
        return 1.0 if placed is None else placed.zoom

    @property
    def is_fitted(self) -> bool:
        """Whether the zoom follows the size of the viewport."""
        return self._shown.now is not None and self._shown.now.zoom is None

    @property
    def pixels_per_mm(self) -> float | None:
        """Scale in device pixels per mm; None without a known pixel size."""
        placed = self._placed()
        return None if placed is None or placed.finer_mm is None else placed.zoom / placed.finer_mm

    @property
    def fitting_pixels_per_mm(self) -> float | None:
        """Scale at which this film alone would just fit; None without a known pixel size."""
        placed = self._placed()
        if placed is None or placed.finer_mm is None:
            return None
        return placed.own_fit / placed.finer_mm

    @property
    def area(self) -> DisplayedArea | None:
        """The visible part of the film; None without a film."""
        placed = self._placed()
        return None if placed is None else placed.area

    @property
    def life_size_zoom(self) -> float | None:
        """Zoom that shows the film life-size; None if the size of a pixel is unknown."""
        placed = self._placed()
        if placed is None or placed.finer_mm is None or self.screen_pixels_per_mm is None:
            return None
        return self.screen_pixels_per_mm * placed.finer_mm

    @property
    def geometry(self) -> FilmGeometry | None:
        """The map from image pixels to view pixels; None without a film."""
        placed = self._placed()
        return None if placed is None else placed.geometry

    @property
    def view_size(self) -> tuple[int, int]:
        """Width and height of the viewport in device pixels."""
        return self._view_size

    def set_view_size(self, width: int, height: int) -> None:
        """Set the size of the viewport, in device pixels."""
        size = (max(width, 1), max(height, 1))
        if size != self._view_size:
            self._view_size = size
            self.changed.emit()

    def rotate(self, degrees: int) -> None:
        """Turn clockwise by a multiple of 90 degrees about the middle of the viewport."""
        if self._shown.now is not None:
            self._turn(self._shown.now.rotated(degrees // 90))

    def flip_horizontal(self) -> None:
        """Mirror left and right as seen on the screen, however the film is turned."""
        if self._shown.now is not None:
            self._turn(self._shown.now.flipped_horizontally())

    def flip_vertical(self) -> None:
        """Mirror top and bottom as seen on the screen, however the film is turned."""
        if self._shown.now is not None:
            self._turn(self._shown.now.flipped_vertically())

    def fit(self) -> None:
        """Fit the whole film, also when the viewport is resized later."""
        self._shown.change(zoom=None, pan=(0.0, 0.0))

    def share_scale(self, pixels_per_mm: float | None) -> None:
        """Limit the scale of the fitted film, so that it compares with others; None for no limit.

        Args:
            pixels_per_mm: Device pixels per mm.
        """
        if pixels_per_mm != self._shared_scale:
            self._shared_scale = pixels_per_mm
            if self.is_fitted:
                self.changed.emit()

    def place(self, zoom: float | None, pan: tuple[float, float]) -> None:
        """Set zoom and offset; zoom None fits the whole film."""
        self._shown.change(zoom=None if zoom is None else clamp_zoom(zoom), pan=pan)

    def frame(self, area: DisplayedArea) -> None:
        """Centre an area of the film, at the size that it asks for."""
        placed = self._placed()
        if placed is not None:
            self._shown.become(placed.framed(area, self.life_size_zoom))

    def one_to_one(self) -> None:
        """Show one image pixel per device pixel, about the middle of the viewport."""
        self.zoom_by(1.0 / self.zoom)

    def life_size(self) -> bool:
        """Show the film life-size; False if its size is unknown."""
        zoom = self.life_size_zoom
        if zoom is not None:
            self.zoom_by(zoom / self.zoom)
        return zoom is not None

    def zoom_by(self, factor: float) -> None:
        """Zoom about the middle of the viewport."""
        self.zoom_at(factor, self._view_size[0] / 2, self._view_size[1] / 2)

    def zoom_at(self, factor: float, x: float, y: float) -> None:
        """Zoom so that the point of the film at (x, y), in view pixels, stays there."""
        placed = self._placed()
        if placed is not None:
            self._shown.become(placed.zoomed_at(factor, x, y))

    def pan_by(self, dx: float, dy: float) -> None:
        """Move the film by view pixels. Part of it always stays visible."""
        placed = self._placed()
        if placed is not None:
            self._shown.become(placed.panned_by(dx, dy))

    def _turn(self, after: Presentation) -> None:
        self._shown.become(after)
        self.turned.emit()

    def _placed(self) -> PlacedFilm | None:
        pixels, shown = self._film.pixels, self._shown.now
        if pixels is None or shown is None:
            return None
        return PlacedFilm(
            pixels=pixels,
            shown=shown,
            spacing=self._annotations.spacing,
            view_size=self._view_size,
            shared_scale=self._shared_scale,
        )


class Motion(QObject):
    """Whether the reader is dragging or zooming a film, so that frames must be quick.

    Only the mouse starts it: a command or key moves the film once, and that frame can be exact.

    Signals:
        ended: The movement ended; paint an exact frame.
    """

    ended = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._is_on = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(REST_MS)
        self._timer.timeout.connect(self.stop)

    @property
    def is_on(self) -> bool:
        """Whether the film is moving, so that a frame may be quick instead of exact."""
        return self._is_on

    def start(self) -> None:
        """Note a movement; the motion ends `REST_MS` after the last one."""
        self._is_on = True
        self._timer.start()

    def stop(self) -> None:
        """End the motion, at rest or because an exact frame is needed now."""
        self._timer.stop()
        if self._is_on:
            self._is_on = False
            self.ended.emit()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedFilm:
    """A film in its viewport.

    Attributes:
        pixels: The film.
        shown: How the film is shown.
        spacing: The spacing used for the film; None if unknown.
        view_size: Width and height of the viewport in device pixels.
        shared_scale: Most device pixels per mm for the fitted film; None for no limit.
    """

    pixels: PixelImage
    shown: Presentation
    spacing: PixelSpacing | None
    view_size: tuple[int, int]
    shared_scale: float | None

    @property
    def zoom(self) -> float:
        """Device pixels per image pixel."""
        return self._fit if self.shown.zoom is None else self.shown.zoom

    @property
    def finer_mm(self) -> float | None:
        """Length of a pixel's shorter side in mm; None if unknown."""
        spacing = self.spacing
        if spacing is None or min(spacing.row_mm, spacing.column_mm) <= 0:
            return None
        return min(spacing.row_mm, spacing.column_mm)

    @property
    def own_fit(self) -> float:
        """Zoom at which this film alone would just fit."""
        stretch_x, stretch_y = pixel_stretch(self.pixels)
        extent = (self.pixels.columns * stretch_x, self.pixels.rows * stretch_y)
        is_transposed = self.shown.turn.quarter_turns % 2 == 1
        return fit_zoom(self.view_size, extent, is_transposed=is_transposed)

    @property
    def geometry(self) -> FilmGeometry:
        """The map from image pixels to view pixels."""
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
        """The visible part of the film, by its edges in image pixels."""
        rows, columns = self.pixels.rows, self.pixels.columns
        if self.shown.zoom is None:
            return DisplayedArea.whole(rows, columns)
        one, other = (self.geometry.to_image(*at) for at in ((0, 0), self.view_size))
        (left, right), (top, bottom) = sorted((one[0], other[0])), sorted((one[1], other[1]))
        return DisplayedArea(left=left, top=top, right=right, bottom=bottom)

    def framed(self, area: DisplayedArea, life_size_zoom: float | None) -> Presentation:
        """The presentation with an area centred, at the size that it asks for.

        Args:
            area: The area to show.
            life_size_zoom: Zoom at which the film is life-size; None if unknown.
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
        """The presentation zoomed about the point of the film at (x, y), in view pixels."""
        zoom = clamp_zoom(self.zoom * factor)
        # The film's centre moves away from the fixed point by the factor of the zoom.
        kept = zoom / self.zoom
        from_middle_x, from_middle_y = x - self.view_size[0] / 2, y - self.view_size[1] / 2
        pan_x, pan_y = self.shown.pan
        pan = (
            from_middle_x + (pan_x - from_middle_x) * kept,
            from_middle_y + (pan_y - from_middle_y) * kept,
        )
        return replace(self.shown, zoom=zoom, pan=pan)

    def panned_by(self, dx: float, dy: float) -> Presentation:
        """The presentation moved by view pixels, but never out of the viewport.

        Panning a fitted film ends the fit: a later resize must not change its size.
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
