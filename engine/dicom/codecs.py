"""Which decoder reads which transfer syntax.

Exactly one each, so that a film always gives the same pixels, to the reader and to the model.
JPEG lossless, 12-bit JPEG, JPEG-LS and grey JPEG 2000 come from imagecodecs through plug-ins for
pydicom's decoders: pyjpegls refuses valid streams whose last scan ends in a filler byte, and
pylibjpeg-openjpeg decodes a JPEG 2000 film on one processor only. Both are OpenJPEG.
Left out on purpose: GDCM and `jpegsof3` end the interpreter on bad data, pylibjpeg-rle panics
past `except Exception`, and pylibjpeg-libjpeg is GPL.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from typing import Any, Final

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from openjpeg.utils import get_parameters
from PIL import Image
from pydicom.dataset import Dataset
from pydicom.encaps import get_frame
from pydicom.pixels.decoders.base import DecodeRunner, get_decoder
from pydicom.uid import (
    HTJ2K,
    JPEG2000,
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEG2000TransferSyntaxes,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from engine.errors import (
    DamagedFileError,
    InputError,
    LimitExceededError,
    UnsupportedImageError,
)

_PILLOW = "pillow"
_PYLIBJPEG = "pylibjpeg"
_LJPEG = "negatoscope-ljpeg"
_JPEG12 = "negatoscope-jpeg12"
_JPEGLS = "negatoscope-jpegls"
_JPEG2000 = "negatoscope-jpeg2000"
_MOST_THREADS: Final = 4
_END_OF_IMAGE = b"\xff\xd9"
_JP2_MARK = b"\x00\x00\x00\x0cjP  "

PLUGINS: dict[UID, str] = {
    ImplicitVRLittleEndian: "",
    ExplicitVRLittleEndian: "",
    DeflatedExplicitVRLittleEndian: "",
    ExplicitVRBigEndian: "",
    RLELossless: "pydicom",
    JPEGBaseline8Bit: _PILLOW,
    JPEGExtended12Bit: _JPEG12,
    JPEGLossless: _LJPEG,
    JPEGLosslessSV1: _LJPEG,
    JPEGLSLossless: _JPEGLS,
    JPEGLSNearLossless: _JPEGLS,
    JPEG2000Lossless: _JPEG2000,
    JPEG2000: _JPEG2000,
    HTJ2KLossless: _PYLIBJPEG,
    HTJ2KLosslessRPCL: _PYLIBJPEG,
    HTJ2K: _PYLIBJPEG,
}

LOSSY = frozenset({JPEGBaseline8Bit, JPEGExtended12Bit, JPEGLSNearLossless})

# pydicom asks a plug-in's module for these two names.
DECODER_DEPENDENCIES = dict.fromkeys(
    (
        JPEGExtended12Bit,
        JPEGLossless,
        JPEGLosslessSV1,
        JPEGLSLossless,
        JPEGLSNearLossless,
        JPEG2000Lossless,
        JPEG2000,
    ),
    ("imagecodecs>=2026.3",),
)


def is_available(uid: str) -> bool:
    """Whether the plug-ins of this module decode the transfer syntax; asked by pydicom."""
    codecs = (imagecodecs.JPEG8, imagecodecs.LJPEG, imagecodecs.JPEGLS, imagecodecs.JPEG2K)
    return uid in DECODER_DEPENDENCIES and all(codec.available for codec in codecs)


def decoded_frame(dataset: Dataset, index: int) -> tuple[NDArray[Any], str]:
    """Decode one frame's stored samples, before any lookup table.

    Args:
        dataset: With its pixel data, limits already checked.
        index: Frame, from 0.

    Returns:
        `(rows, columns)` or `(rows, columns, samples)` integers, and the photometric
        interpretation that the samples now have (J2K arrives as RGB).

    Raises:
        UnsupportedImageError: No decoder for the transfer syntax.
        DamagedFileError: The pixel data is broken.
    """
    syntax = UID(dataset.file_meta.TransferSyntaxUID)
    if syntax not in PLUGINS:
        raise UnsupportedImageError(
            f"The image is stored as {syntax.name}, which is not read here.",
            what_to_do="Ask for the film again as uncompressed or lossless DICOM.",
        )
    plugin = PLUGINS[syntax]
    if plugin == _JPEG12 and dataset.BitsAllocated == 8:
        plugin = _PILLOW
    if plugin == _JPEG2000 and dataset.SamplesPerPixel > 1:
        plugin = _PYLIBJPEG
    try:
        if syntax in JPEG2000TransferSyntaxes or plugin == _PILLOW:
            src = get_frame(dataset.PixelData, index, number_of_frames=_frames(dataset))
            _check_boxes(src)
            _check_size(src, plugin, (dataset.Rows, dataset.Columns))
        array, properties = get_decoder(syntax).as_array(
            dataset, index=index, raw=True, decoding_plugin=plugin
        )
    except (InputError, MemoryError):
        raise
    except Exception as error:
        if _ran_out_of_memory(error):
            raise LimitExceededError("The image needs more memory than the limit.") from error
        raise DamagedFileError(
            "The image inside the file is damaged or cut short.",
            what_to_do="Copy it again from where it came from.",
        ) from error
    return array, str(properties["photometric_interpretation"])


def decode_lossless(src: bytes, runner: DecodeRunner) -> bytes:
    """Decode one JPEG lossless frame (Process 14) for pydicom."""
    return _as_expected(imagecodecs.ljpeg_decode(src), runner)


def decode_extended(src: bytes, runner: DecodeRunner) -> bytes:
    """Decode one 12-bit JPEG frame (Process 4) for pydicom."""
    return _as_expected(imagecodecs.jpeg8_decode(_complete(src)), runner)


def decode_jpegls(src: bytes, runner: DecodeRunner) -> bytes:
    """Decode one JPEG-LS frame for pydicom."""
    frame = imagecodecs.jpegls_decode(_complete(src))
    if frame.ndim == 3 and frame.shape[0] == runner.samples_per_pixel != frame.shape[2]:
        frame = np.moveaxis(frame, 0, -1)  # stored plane by plane
    return _as_expected(frame, runner)


def decode_jpeg2000(src: bytes, runner: DecodeRunner) -> bytes:
    """Decode one grey JPEG 2000 frame for pydicom, on several processors."""
    threads = min(os.cpu_count() or 1, _MOST_THREADS)
    return _as_expected(imagecodecs.jpeg2k_decode(src, numthreads=threads), runner)


def _check_boxes(src: bytes) -> None:
    """Refuse a JP2 box without a length: pydicom would look for the next one for ever."""
    place = 12
    while src.startswith(_JP2_MARK) and place < len(src):
        length, kind = int.from_bytes(src[place : place + 4], "big"), src[place + 4 : place + 8]
        if kind == b"jp2c":
            return
        if length == 0:
            raise DamagedFileError("The image inside the file is damaged.")
        place += length


def _jpeg_size(src: bytes) -> tuple[int, int]:
    """Rows and columns that a JPEG stream says it has."""
    with Image.open(io.BytesIO(src), formats=["JPEG"]) as picture:
        return picture.height, picture.width


def _jpeg2000_size(src: bytes) -> tuple[int, int]:
    """Rows and columns that a JPEG 2000 stream says it has."""
    parameters = get_parameters(src)
    return int(parameters["rows"]), int(parameters["columns"])


# pydicom looks at the number of bytes only where these decode: a turned film would be shown as
# slanting stripes.
_SIZES: dict[str, Callable[[bytes], tuple[int, int]]] = {
    _PILLOW: _jpeg_size,
    _PYLIBJPEG: _jpeg2000_size,
}


def _check_size(src: bytes, plugin: str, size: tuple[int, int]) -> None:
    if plugin in _SIZES and _SIZES[plugin](src) != size:
        raise _other_size()


def _other_size() -> DamagedFileError:
    return DamagedFileError("The image has another size than its header says.")


def _frames(dataset: Dataset) -> int:
    return int(dataset.get("NumberOfFrames") or 1)


def _complete(src: bytes) -> bytes:
    """The code stream, if it has its end; padding behind it is allowed.

    Without it libjpeg fills the rest with grey and only warns, and CharLS may search for more
    than a minute: half a film must be neither shown nor waited for.
    """
    if not src.rstrip(b"\0\xff").endswith(_END_OF_IMAGE):
        raise DamagedFileError("The image inside the file is cut short.")
    return src


def _as_expected(frame: NDArray[Any], runner: DecodeRunner) -> bytes:
    """Bytes of a decoded frame in the layout that pydicom expects next."""
    shape: tuple[int, ...] = (runner.rows, runner.columns)
    if runner.samples_per_pixel > 1:
        shape = (*shape, runner.samples_per_pixel)
    if frame.shape != shape:
        raise _other_size()
    if not _fits(frame, runner.bits_allocated):
        raise DamagedFileError("The image has more grey levels than its header says.")
    runner.set_option("bits_allocated", 8 * frame.dtype.itemsize)
    runner.set_option("planar_configuration", 0)
    return np.ascontiguousarray(frame).tobytes()


def _fits(frame: NDArray[Any], bits_allocated: int) -> bool:
    """Whether the samples fit into the header's container, into which pydicom would wrap them."""
    if 8 * frame.dtype.itemsize <= bits_allocated:
        return True
    lowest = -(2 ** (bits_allocated - 1)) if frame.dtype.kind == "i" else 0
    return bool(frame.min() >= lowest and frame.max() < 2**bits_allocated)


def _ran_out_of_memory(error: BaseException) -> bool:
    return "MemoryError" in repr(error) or "Unable to allocate" in str(error)


get_decoder(JPEGLossless).add_plugin(_LJPEG, (__name__, "decode_lossless"))
get_decoder(JPEGLosslessSV1).add_plugin(_LJPEG, (__name__, "decode_lossless"))
get_decoder(JPEGExtended12Bit).add_plugin(_JPEG12, (__name__, "decode_extended"))
for _syntax in (JPEG2000Lossless, JPEG2000):
    get_decoder(_syntax).add_plugin(_JPEG2000, (__name__, "decode_jpeg2000"))
for _syntax in (JPEGLSLossless, JPEGLSNearLossless):
    get_decoder(_syntax).add_plugin(_JPEGLS, (__name__, "decode_jpegls"))
