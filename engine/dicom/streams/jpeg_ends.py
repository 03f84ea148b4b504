"""What the tests with the decoder itself have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from numpy.typing import NDArray

from engine.dicom.streams.jpeg import JpegStream
from engine.dicom.streams.missing import cut_short
from engine.errors import UnsupportedImageError

Decode = Callable[[bytes | bytearray], NDArray[Any]]
MOST_PADDING_BITS: Final = 39
"""Some encoders end their code with up to this many unused bits."""


def check_before(stream: JpegStream) -> None:
    """Refuse streams for which the decoder is no test.

    Raises:
        DamagedFileError: There is no end mark.
        UnsupportedImageError: It is arithmetically coded.
    """
    if stream.is_arithmetic:
        raise UnsupportedImageError("The JPEG stream is arithmetically coded, which is not read.")
    if not stream.has_end:
        raise cut_short()
