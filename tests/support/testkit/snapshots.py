"""Compares a picture of a widget with a stored one, and renews the stored ones when asked.

    NEGATOSCOPE_RENEW_SNAPSHOTS=1 python -m pytest tests/viewer -k snapshots

The fonts are the program's own and the platform is offscreen, so other machines draw nearly the
same; what may differ is the smoothing of edges. Compared is the mean difference of small tiles: a
word that is missing changes its tile far more than smoothing does. Look at each renewed picture.
"""

from __future__ import annotations

import io
import os
from pathlib import Path

from PIL import Image, ImageChops
from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtGui import QPixmap

RENEW = "NEGATOSCOPE_RENEW_SNAPSHOTS"
TILE = 16
"""Side of a tile, in pixels."""
TOLERANCE = 12
"""Largest mean difference of a tile's grey or colour values, of 255."""
_COLOURS = 64
"""A stored picture has so many colours at most: it stays small."""


def picture_of(pixmap: QPixmap, width: int | None = None) -> Image.Image:
    """What Qt drew, in RGB; scaled down to a width if one is given."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    pixmap.save(buffer, "PNG")
    picture = Image.open(io.BytesIO(bytes(buffer.data().data()))).convert("RGB")
    if width is not None:
        height = round(picture.height * width / picture.width)
        picture = picture.resize((width, height), Image.Resampling.BOX)
    return picture


def difference(one: Image.Image, other: Image.Image) -> int:
    """Mean difference of the tile that differs most, 0 to 255; 255 for another size."""
    if one.size != other.size:
        return 255
    tiles = ImageChops.difference(one, other).reduce(TILE)
    return int(max(high for _low, high in tiles.getextrema()))


def check(picture: Image.Image, stored: Path, *, colours: int = _COLOURS) -> None:
    """Fail with a sentence if the picture is not the stored one; store it if that was asked for.

    Args:
        picture: What was drawn.
        stored: File of the stored picture.
        colours: How many a stored picture keeps; more where a film and the window are in one.
    """
    if os.environ.get(RENEW):
        stored.parent.mkdir(parents=True, exist_ok=True)
        few = picture.quantize(colours, dither=Image.Dither.NONE)
        few.save(stored, optimize=True)
        return
    assert stored.is_file(), f"{stored.name} was never stored: see {__name__}"
    with Image.open(stored) as kept:
        found = difference(picture, kept.convert("RGB"))
    assert found <= TOLERANCE, f"{stored.name}: a tile differs by {found}, see {__name__}"
