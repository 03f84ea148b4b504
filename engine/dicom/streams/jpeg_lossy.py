"""The picture of a JPEG stream with loss (T.81 F and G), if the stream is complete."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from engine.dicom.streams import jpeg_progressive, jpeg_sequential
from engine.dicom.streams.jpeg import PROGRESSIVE, SEQUENTIAL, JpegStream
from engine.dicom.streams.jpeg_ends import Decode, check_before
from engine.errors import UnsupportedImageError


def whole_picture(src: bytes, stream: JpegStream, decode: Decode) -> NDArray[Any]:
    """Check a stream and decode it.

    Args:
        src: The stream.
        stream: Its markers.
        decode: The decoder.

    Raises:
        DamagedFileError: It is not complete.
        UnsupportedImageError: It is neither sequential nor progressive, or arithmetically coded.
    """
    process = stream.frame.process
    if process not in (*SEQUENTIAL, PROGRESSIVE):
        raise UnsupportedImageError("The image is a kind of JPEG that is not read here.")
    check_before(stream)
    if process == PROGRESSIVE:
        jpeg_progressive.check_whole(src, stream)
        return decode(src)
    return jpeg_sequential.whole_picture(src, stream, decode)
