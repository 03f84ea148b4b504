"""Compares a picture of a widget with a stored one; renews stored ones on request.

    NEGATOSCOPE_RENEW_SNAPSHOTS=1 python -m pytest tests/viewer -k snapshots

The fonts are the program's own and the platform is offscreen, so other machines draw nearly the
same picture; only the smoothing of edges may differ. The comparison is of mean differences of small
tiles: a missing word changes its tile far more than smoothing does. Look at each renewed picture.
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
"""Most colours of a stored picture, to keep the file small."""


def picture_of(pixmap: QPixmap, width: int | None = None) -> Image.Image:
    """A pixmap as RGB, scaled down if a width is given."""
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
    """Fail if the picture differs from the stored one; if renewal was asked for, store it.

    Args:
        picture: The picture drawn.
        stored: File of the stored picture.
        colours: Most colours of the stored picture; more are needed with a film and the window in
            one.
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
