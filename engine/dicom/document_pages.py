"""Draws pages of an untrusted PDF with PDFium, without a script engine.

Loaded in the decode worker only. Nothing in the document is executed and no link is followed. The
number of pages and the size of the picture are limited, because a page may claim any size.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import numpy as np
import pypdfium2
from numpy.typing import NDArray

from engine.errors import DamagedFileError, LimitExceededError, UnsupportedImageError

MOST_BYTES: Final = 64 * 2**20
MOST_PAGES: Final = 500
MOST_SIDE: Final = 4_000
"""Longest side of a page's picture, in pixels."""


def page_count(pdf: bytes) -> int:
    """Number of pages, at most 500.

    Raises:
        DamagedFileError: It is no readable PDF.
        UnsupportedImageError: It is locked by a password.
        LimitExceededError: It is larger than 64 MiB.
    """
    with _opened(pdf) as document:
        return min(len(document), MOST_PAGES)


def page_picture(pdf: bytes, index: int, width: int) -> NDArray[np.uint8]:
    """One page drawn on white.

    Args:
        pdf: The document.
        index: Page, from 0.
        width: Of the picture, in pixels; reduced if a side would exceed `MOST_SIDE`.

    Returns:
        `(rows, columns, 3)`, red, green, blue.

    Raises:
        DamagedFileError, UnsupportedImageError, LimitExceededError: As in `page_count`.
    """
    with _opened(pdf) as document:
        if not 0 <= index < min(len(document), MOST_PAGES):
            raise DamagedFileError("The document has fewer pages than asked for.")
        page = document[index]
        across, down = page.get_size()
        if min(across, down) < 1.0:
            raise DamagedFileError("The page has no size.")
        scale = min(max(1, width) / across, MOST_SIDE / across, MOST_SIDE / down)
        # Form fields are not drawn: they would need PDFium's form engine, one more attack surface.
        bitmap = page.render(scale=scale, may_draw_forms=False, rev_byteorder=True)
        return np.ascontiguousarray(bitmap.to_numpy()[..., :3])


@contextmanager
def _opened(pdf: bytes) -> Iterator[pypdfium2.PdfDocument]:
    if len(pdf) > MOST_BYTES:
        raise LimitExceededError("The document is larger than 64 MiB.")
    try:
        document = pypdfium2.PdfDocument(pdf)
        with document:
            if len(document) < 1:
                raise DamagedFileError("The document has no pages.")
            yield document
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise UnsupportedImageError("The document is locked by a password.") from error
        raise DamagedFileError("The document is damaged and cannot be shown.") from error
