"""Where a film lies in its viewport: rotation, flip, zoom and pan as one invertible affine map.

Two frames. "Image pixels": x right along the stored rows, y down, (0, 0) the centre of the first
stored pixel. "View pixels": device pixels of the widget, x right, y down, (0, 0) its top left
corner. Mirroring and rotation are `engine.imaging.transform.ViewTransform`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from engine.domain.image import PixelImage
from engine.imaging.spacing import aspect_of, stretched
from engine.imaging.transform import ViewTransform

ZOOM_LIMITS: Final = (0.02, 40.0)
"""Smallest and largest zoom, in device pixels per image pixel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmGeometry:
    """The affine map from image pixels to view pixels.

    Attributes:
        rows: Rows of the image.
        columns: Columns of the image.
        scale_x: Device pixels per image column.
        scale_y: Device pixels per image row.
        turn: Mirroring and rotation.
        center_x: Centre of the image in view pixels.
        center_y: Centre of the image in view pixels.
    """

    rows: int
    columns: int
    scale_x: float
    scale_y: float
    turn: ViewTransform
    center_x: float
    center_y: float

    def to_view(self, x: float, y: float) -> tuple[float, float]:
        """Map image pixels to view pixels."""
        xx, xy, yx, yy = self.matrix
        u = x - (self.columns - 1) / 2
        v = y - (self.rows - 1) / 2
        return self.center_x + xx * u + xy * v, self.center_y + yx * u + yy * v

    def to_image(self, x: float, y: float) -> tuple[float, float]:
        """Map view pixels to image pixels; the inverse of `to_view`."""
        xx, xy, yx, yy = self.matrix
        u, v = x - self.center_x, y - self.center_y
        # The matrix has orthogonal columns, so its inverse is the scaled transpose.
        along_x = (xx * u + yx * v) / (self.scale_x * self.scale_x)
        along_y = (xy * u + yy * v) / (self.scale_y * self.scale_y)
        return along_x + (self.columns - 1) / 2, along_y + (self.rows - 1) / 2

    @property
    def matrix(self) -> tuple[float, float, float, float]:
        """(xx, xy, yx, yy): directions of image columns and rows, in view pixels."""
        xx, yx, xy, yy, *_ = self.turn.matrix(self.rows, self.columns)
        return xx * self.scale_x, xy * self.scale_y, yx * self.scale_x, yy * self.scale_y

    @property
    def is_transposed(self) -> bool:
        """Whether image rows run vertically in the viewport."""
        return self.turn.quarter_turns % 2 == 1

    @property
    def view_extent(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom edge of the film in view pixels."""
        width, height = self.columns * self.scale_x, self.rows * self.scale_y
        if self.is_transposed:
            width, height = height, width
        left, top = self.center_x - width / 2, self.center_y - height / 2
        return left, top, left + width, top + height


def snapped(geometry: FilmGeometry) -> FilmGeometry:
    """Move a film by less than a device pixel, so that whole zooms hit device pixels exactly.

    At 1:1 every stored pixel is then one device pixel and not a mixture of two.
    """
    if geometry.scale_x % 1.0 or geometry.scale_y % 1.0:
        return geometry
    left, top, right, bottom = geometry.view_extent
    return replace(
        geometry,
        center_x=round(left) + (right - left) / 2,
        center_y=round(top) + (bottom - top) / 2,
    )


def pixel_stretch(film: PixelImage) -> tuple[float, float]:
    """Relative width and height of a pixel, the finer side 1 (DICOM PS3.3 10.7.1.1, C.7.6.3.1.7).

    A film with oblong pixels is stretched along their longer side only, so that a zoom of 1 drops
    no stored pixel.
    """
    return stretched(aspect_of(film.spacing, film.pixel_aspect))


def fit_zoom(size: tuple[int, int], extent: tuple[float, float], *, is_transposed: bool) -> float:
    """Zoom at which the whole film is just visible.

    Args:
        size: Width and height of the viewport in device pixels.
        extent: Width and height of the upright film at zoom 1.
        is_transposed: Whether the film lies on its side.
    """
    width, height = extent[::-1] if is_transposed else extent
    return clamp_zoom(min(size[0] / max(width, 1.0), size[1] / max(height, 1.0)))


def clamp_zoom(zoom: float) -> float:
    """Limit a zoom to `ZOOM_LIMITS`."""
    return min(max(zoom, ZOOM_LIMITS[0]), ZOOM_LIMITS[1])
