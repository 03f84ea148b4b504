"""Whether a JPEG stream with loss (T.81 F and G) is complete."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

import imagecodecs
from numpy.typing import NDArray

from engine.dicom.streams import jpeg_progressive, jpeg_sequential
from engine.dicom.streams.jpeg import PROGRESSIVE, SEQUENTIAL, JpegStream
from engine.dicom.streams.jpeg_ends import check_before
from engine.dicom.streams.missing import damaged
from engine.errors import UnsupportedImageError

_MODELS: Final = {1: "GRAYSCALE", 3: "YCBCR", 4: "CMYK"}


def checked(src: bytes, stream: JpegStream) -> NDArray[Any] | None:
    """Check a stream.

    Args:
        src: The stream.
        stream: Its markers.

    Returns:
        The first component if it had to be decoded, else None.

    Raises:
        DamagedFileError: It is not complete.
        UnsupportedImageError: It is neither sequential nor progressive, or arithmetically coded, or
            has two components.
    """
    process, count = stream.frame.process, len(stream.frame.components)
    if process not in (*SEQUENTIAL, PROGRESSIVE) or count not in _MODELS:
        raise UnsupportedImageError("The image is a kind of JPEG that is not read here.")
    check_before(stream)
    if process == PROGRESSIVE:
        jpeg_progressive.check_whole(src, stream)
        return None
    return jpeg_sequential.checked(src, stream, partial(_first_component, count=count))


def components(src: bytes | bytearray, count: int) -> NDArray[Any]:
    """All components as they are coded: naming a colour model twice avoids a conversion."""
    model = _MODELS[count]
    return imagecodecs.jpeg8_decode(src, colorspace=model, outcolorspace=model)


def _first_component(src: bytes | bytearray, count: int) -> NDArray[Any]:
    """The first component as it is coded; with three, faster than all of them."""
    try:
        if _MODELS[count] == "CMYK":
            return components(src, count)[..., 0]
        return imagecodecs.jpeg8_decode(src, colorspace=_MODELS[count], outcolorspace="GRAYSCALE")
    except imagecodecs.Jpeg8Error as error:
        raise damaged() from error
