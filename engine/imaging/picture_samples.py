"""Grey samples of a picture file, the right way up and as deep as they are stored."""

from __future__ import annotations

import struct
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_ORIENTATION: Final = 0x0112
# Exif 2.3, tag 274: how what is stored has to be turned; a phone held upright writes 6. Pillow's
# own function for it stops at Exif data that are damaged elsewhere.
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SWAPS_SIDES: Final = 5


def upright_samples(picture: Image.Image) -> NDArray[Any]:
    """Samples `(rows, columns)`, colours as their grey: 8 bits, or what a deeper picture holds.

    Raises what Pillow raises where the picture is damaged.
    """
    # Before the picture is loaded, as `upright_size` must: some files have their Exif data last.
    turn = _TURNS.get(_orientation(picture))
    # Pillow would cut deeper samples to the lowest 255 levels, and show all else white.
    grey = picture if is_deep(picture) else picture.convert("L")
    return np.asarray(grey if turn is None else grey.transpose(turn))


def upright_size(picture: Image.Image) -> tuple[int, int]:
    """Rows and columns of the picture as it is shown."""
    width, height = picture.size
    return (width, height) if _orientation(picture) >= _SWAPS_SIDES else (height, width)


def is_deep(picture: Image.Image) -> bool:
    """Whether its grey has more than 8 bits."""
    return picture.mode.startswith(("I", "F"))


def _orientation(picture: Image.Image) -> int:
    """Exif orientation, 1 to 8; 1, as it is stored, where there is none that makes sense."""
    exif = Image.Exif()
    try:
        exif.load(picture.info.get("exif") or b"")
        value = exif.get(_ORIENTATION)
    except (OSError, SyntaxError, ValueError, TypeError, KeyError, struct.error):
        return 1
    return value if isinstance(value, int) and value in _TURNS else 1
