"""Decoded pixels, windows, and the mapping from image pixels to the model's grid.

Image pixels have x right and y down; (0, 0) is the centre of the first stored pixel.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from engine.domain.film_graphics import Overlay, Shutter
from engine.domain.study import PixelSpacing


class VoiFunction(StrEnum):
    """Shape of a window (DICOM PS3.3 C.11.2.1.3)."""

    LINEAR = "LINEAR"
    LINEAR_EXACT = "LINEAR_EXACT"
    SIGMOID = "SIGMOID"


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Window centre and width in modality values (after rescale)."""

    center: float
    width: float
    function: VoiFunction = VoiFunction.LINEAR
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VoiLut:
    """One item of the VOI LUT Sequence (DICOM PS3.3 C.11.2.1.1).

    Attributes:
        first_value: Modality value that the first entry belongs to.
        entries: `(n,)` uint16.
        bits: Bits of an entry; the brightest entry is 2**bits - 1.
    """

    first_value: int
    entries: NDArray[np.uint16]
    bits: int
    name: str = ""

    def __post_init__(self) -> None:
        """Refuse entries that are not one-dimensional."""
        if self.entries.ndim != 1:
            raise ValueError("a curve is a list of values")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PixelImage:
    """One decoded greyscale frame.

    `modality value = samples * slope + intercept`, whatever the file's sign, bit depth or Modality
    LUT was: the decode worker shifts signed samples and applies a Modality LUT, so that every
    display table has at most 65,536 entries.

    Attributes:
        samples: `(rows, columns)` uint16, C-contiguous, read-only.
        padding: Inclusive range of `samples` that is padding, or None.
        monochrome1: Low values are bright (PhotometricInterpretation MONOCHROME1).
        inverse: PresentationLUTShape is INVERSE.
        windows: Windows of the file, in its order.
        voi_luts: VOI LUTs of the file, in its order; the first is the default if there is one.
        samples_sha256: Of frame 0's stored samples as little-endian int32 in row order, hex.
        pixel_aspect: Height of a pixel over its width, as the file declares it; spacing overrides
            it.
        stored_step: Stored samples are `samples * stored_step + stored_offset`; 0 if a table was
            applied in between.
        overlays: Overlay planes of the file.
        shutter: The part of the film to be shown; None for all of it.
        notes: Plain sentences shown beside the film, e.g. "The colour image is shown in grey."
        decoder: Name and version of what decoded the samples; empty for a picture.
        starts_like: The kind of program or document that the file also starts like; empty for none.
        lost_part: The sentence, also one of `notes`, that names rows that were probably never
            written; empty for none.
    """

    samples: NDArray[np.uint16]
    slope: float
    intercept: float
    bits_stored: int
    monochrome1: bool
    inverse: bool
    padding: tuple[int, int] | None
    windows: tuple[Window, ...]
    voi_luts: tuple[VoiLut, ...]
    spacing: PixelSpacing | None
    samples_sha256: str
    pixel_aspect: float = 1.0
    stored_step: float = 0.0
    stored_offset: int = 0
    overlays: tuple[Overlay, ...] = ()
    shutter: Shutter | None = None
    notes: tuple[str, ...] = ()
    decoder: str = ""
    starts_like: str = ""
    lost_part: str = ""

    def __post_init__(self) -> None:
        """Refuse samples that are not two-dimensional."""
        if self.samples.ndim != 2:
            raise ValueError("a film has rows and columns")

    @property
    def rows(self) -> int:
        """Height in pixels."""
        return int(self.samples.shape[0])

    @property
    def columns(self) -> int:
        """Width in pixels."""
        return int(self.samples.shape[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class GridTransform:
    """Maps between image pixels and the square, anisotropically resized model input.

    Attributes:
        rows: Rows of the image.
        columns: Columns of the image.
        size: Side of the model's input in pixels.
    """

    rows: int
    columns: int
    size: int

    def to_model(self, x: float, y: float) -> tuple[float, float]:
        """Image pixels to model pixels; in both frames whole numbers are pixel centres."""
        return (
            (x + 0.5) * self.size / self.columns - 0.5,
            (y + 0.5) * self.size / self.rows - 0.5,
        )

    def to_image(self, x: float, y: float) -> tuple[float, float]:
        """Model pixels to image pixels; the inverse of `to_model`."""
        return (
            (x + 0.5) * self.columns / self.size - 0.5,
            (y + 0.5) * self.rows / self.size - 0.5,
        )
