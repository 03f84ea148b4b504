"""Grey samples of a picture file, upright and in the bit depth that is stored."""

from __future__ import annotations

import struct
from typing import Any, BinaryIO, Final, cast

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

_ORIENTATION: Final = 0x0112
# Exif 2.3, tag 274: how the stored picture must be turned; a phone held upright writes 6.
# Pillow's own function for it fails on Exif data that are damaged elsewhere.
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
# End of Pillow's name for the raw mode of a 16-bit PNG.
_SIXTEEN_BITS: Final = ";16B"


def upright_samples(picture: Image.Image) -> NDArray[Any]:
    """Samples `(rows, columns)`, colours made grey: 8 bits, or the depth of a deeper picture.

    Raises what Pillow raises for a damaged picture.
    """
    # Before the picture is loaded, like `upright_size`: in some files the Exif data come last.
    turn = _TURNS.get(_orientation(picture))
    if _is_cut_to_bytes(picture):
        grey = Image.fromarray(_deep_grey(picture))
    else:
        # Pillow's conversion would clip deeper samples at 255 and show most of the film white.
        grey = picture if is_deep(picture) else picture.convert("L")
    return np.asarray(grey if turn is None else grey.transpose(turn))


def upright_size(picture: Image.Image) -> tuple[int, int]:
    """Rows and columns of the picture as it is shown."""
    width, height = picture.size
    return (width, height) if _orientation(picture) >= _SWAPS_SIDES else (height, width)


def is_deep(picture: Image.Image) -> bool:
    """Whether its grey has more than 8 bits; call it before the picture is loaded."""
    return picture.mode.startswith(("I", "F")) or _is_cut_to_bytes(picture)


def _is_cut_to_bytes(picture: Image.Image) -> bool:
    """Whether it is a 16-bit PNG with colours or alpha, of which Pillow reads only 8 bits."""
    if picture.format != "PNG" or picture.mode.startswith("I"):
        return False
    tiles = getattr(picture, "tile", ())
    return any(str(tile[3]).endswith(_SIXTEEN_BITS) for tile in tiles)


def _deep_grey(picture: Image.Image) -> NDArray[np.uint16]:
    """16-bit grey `(rows, columns)`; colours by luminance (ITU-R BT.601), alpha dropped."""
    stream = cast("BinaryIO", getattr(picture, "fp"))  # noqa: B009 - Pillow's stubs do not list it
    stream.seek(0)
    content = np.frombuffer(stream.read(), np.uint8)
    samples = cv2.imdecode(content, cv2.IMREAD_UNCHANGED)
    if samples is None or samples.dtype != np.uint16:
        raise ValueError("the picture does not hold what its header says")
    if samples.ndim == 2:
        return np.asarray(samples, np.uint16)
    blue, green, red = (samples[..., channel].astype(np.float32) for channel in range(3))
    grey: NDArray[np.uint16] = np.rint(0.299 * red + 0.587 * green + 0.114 * blue).astype(np.uint16)
    return grey


def _orientation(picture: Image.Image) -> int:
    """Exif orientation, 1 to 8; 1, as stored, if there is no valid one."""
    exif = Image.Exif()
    try:
        exif.load(picture.info.get("exif") or b"")
        value = exif.get(_ORIENTATION)
    except (OSError, SyntaxError, ValueError, TypeError, KeyError, struct.error):
        return 1
    return value if isinstance(value, int) and value in _TURNS else 1
