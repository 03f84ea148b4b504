"""Chooses the decoder for each kind of compressed stream.

Each kind has exactly one decoder, so that a film always has the same pixels, for the reader and for
the model. `engine.dicom.streams` determines beforehand what a stream is and whether it is complete,
because decoders silently invent missing parts.
Deliberately not used: GDCM and `jpegsof3` crash the interpreter on bad data, imagecodecs' `ljpeg`
ignores restart intervals and point transforms, pyjpegls refuses valid streams whose last scan ends
in a filler byte, pylibjpeg-openjpeg decodes on one processor only, pylibjpeg-rle panics past
`except Exception`, and pylibjpeg-libjpeg is GPL.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, Final

import imagecodecs
import numpy as np
import pydicom
from numpy.typing import NDArray
from openjpeg._version import __version__ as openjpeg_version
from openjpeg.utils import decode as decode_openjpeg
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.pixels.decoders.base import get_decoder
from pydicom.uid import (
    UID,
    ExplicitVRLittleEndian,
    JPEGLSNearLossless,
)

from engine.dicom.streams import (
    jpeg,
    jpeg2000,
    jpeg_lossless,
    jpeg_lossy,
    rle,
)
from engine.dicom.streams.fragments import (
    encapsulated,
    frame_of,
    frame_starts,
    is_encapsulated,
    is_nothing_but_items,
)
from engine.dicom.streams.kinds import KINDS, StreamKind, stream_kind
from engine.dicom.streams.missing import cut_short, rows_missing
from engine.dicom.values import number_of
from engine.dicom.zero_rows import lost_part
from engine.errors import (
    DamagedFileError,
    InputError,
    LimitExceededError,
    UnsupportedImageError,
)

LOSSY: Final = frozenset(
    {*(uid for uid, kind in KINDS.items() if kind is StreamKind.JPEG), JPEGLSNearLossless}
)
_PYDICOM: Final = f"pydicom {pydicom.__version__}"
_PYLIBJPEG: Final = f"pylibjpeg-openjpeg {openjpeg_version}"
_IMAGECODECS: Final = f"imagecodecs {imagecodecs.__version__}"
_MOST_THREADS: Final = 4
_YBR_RGB = ("YBR_ICT", "YBR_RCT")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DecodedFrame:
    """One frame's stored samples, before any lookup table.

    Attributes:
        samples: `(rows, columns)` or `(rows, columns, samples)` integers, signed for signed data.
        photometric: The photometric interpretation of `samples` (J2K is decoded to RGB).
        precision: Bits per sample of the coded stream.
        decoder: Name and version of the decoder.
        missing_frames: How many frames the file has less than its header says.
        notes: Sentences about the file's claims that its pixel data contradicts.
        lost_part: The sentence that names rows that were probably never written; empty for none.
    """

    samples: NDArray[Any]
    photometric: str
    precision: int
    decoder: str
    missing_frames: int = 0
    notes: tuple[str, ...] = ()
    lost_part: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Coded:
    """A decoded stream: its samples, their bits, and whether the stream itself states a sign."""

    samples: NDArray[Any]
    photometric: str
    precision: int
    decoder: str
    has_own_sign: bool = False
    keeps_unused_bits: bool = False


def decoded_frame(dataset: Dataset, index: int) -> DecodedFrame:
    """Decode one frame.

    Args:
        dataset: With its pixel data; the limits must have been checked.
        index: Frame, from 0.

    Raises:
        UnsupportedImageError: No decoder for the transfer syntax.
        DamagedFileError: The pixel data is broken or incomplete.
    """
    syntax = UID(dataset.file_meta.TransferSyntaxUID)
    if syntax not in KINDS:
        raise UnsupportedImageError(
            f"The image is stored as {syntax.name}, which is not read here.",
            what_to_do="Ask for the film again as uncompressed or lossless DICOM.",
        )
    try:
        return _decoded(dataset, index, KINDS[syntax])
    except (InputError, MemoryError):
        raise
    except Exception as error:
        if _ran_out_of_memory(error):
            raise LimitExceededError("The image needs more memory than the limit.") from error
        raise DamagedFileError(
            "The image inside the file is damaged or cut short.",
            what_to_do="Copy it again from where it came from.",
        ) from error


def _decoded(dataset: Dataset, index: int, declared: StreamKind) -> DecodedFrame:
    value = dataset.PixelData
    notes: tuple[str, ...] = ()
    missing = 0
    bare = _bare_stream(dataset, value)
    if bare is not None:
        src, kind = value, bare
    elif not is_encapsulated(value) or (
        declared is StreamKind.NATIVE and not (_is_open(dataset) or is_nothing_but_items(value))
    ):
        src, kind = value, StreamKind.NATIVE
    else:
        parts, frames = encapsulated(value), _frames(dataset)
        starts = frame_starts(parts, frames, _extended_offsets(dataset))
        src = frame_of(parts, index, starts)
        kind = stream_kind(src) or _markless(src, dataset, declared)
        index = 0
        missing = max(0, frames - len(starts))
        notes += _unnamed_frames(parts.frames, frames)
    if kind is not declared:
        notes += (_contradiction(kind, declared),)
    if kind is StreamKind.NATIVE:
        frame = _native_frame(dataset, src, index, is_frame=src is not value)
        missing = max(missing, frame.missing_frames)
        return replace(frame, missing_frames=missing, notes=(*notes, *frame.notes))
    coded = _DECODERS[kind](src, dataset)
    shape = (dataset.Rows, dataset.Columns)
    if coded.samples.shape[:2] != shape or coded.samples[0, 0].size != dataset.SamplesPerPixel:
        raise DamagedFileError("The image has another size than its header says.")
    samples = _signed(coded, dataset)
    if not _fits(samples, dataset.BitsAllocated):
        raise DamagedFileError("The image has more grey levels than its header says.")
    return DecodedFrame(
        samples=samples,
        photometric=coded.photometric,
        precision=coded.precision,
        decoder=coded.decoder,
        missing_frames=missing,
        notes=notes,
    )


def _unnamed_frames(there: int, frames: int) -> tuple[str, ...]:
    """The note for a file with more frames than its header says."""
    if there <= frames:
        return ()
    if frames == 1:
        return (f"The file holds {there} pictures and names one; it is the first.",)
    return (f"The file holds more pictures than the {frames} that its header names.",)


def _lost_part(samples: NDArray[Any], dataset: Dataset) -> str:
    """The sentence for an uncompressed image with rows that seem never to have been written."""
    ends = [number_of(dataset, f"PixelPadding{which}") for which in ("Value", "RangeLimit")]
    stated = [end for end in ends if end is not None]
    may_be_padding = bool(stated) and min(stated) <= 0 <= max(stated)
    return lost_part(samples, may_be_padding=may_be_padding)


def _bare_stream(dataset: Dataset, value: bytes) -> StreamKind | None:
    """The kind of a compressed stream stored without items; None if there is none."""
    frames = _frames(dataset)
    is_shorter = len(value) < frames * _bytes_of_frame(dataset)
    return stream_kind(value) if frames == 1 and is_shorter else None


def _is_open(dataset: Dataset) -> bool:
    """Whether the pixel data has undefined length and so is encapsulated in any syntax."""
    return bool(dataset["PixelData"].is_undefined_length)


def _markless(src: bytes, dataset: Dataset, declared: StreamKind) -> StreamKind:
    """The kind of a stream without a mark: native if its length is that of raw samples."""
    if declared is StreamKind.NATIVE or 0 <= len(src) - _bytes_of_frame(dataset) <= 1:
        return StreamKind.NATIVE
    if declared is StreamKind.RLE:
        return declared
    raise DamagedFileError(
        f"The image does not start like {declared.value}, which the file says that it is.",
        what_to_do="Copy it again, or ask for it as uncompressed DICOM.",
    )


def _contradiction(kind: StreamKind, declared: StreamKind) -> str:
    """The note for a stream of another kind; "JPEG with loss" in a lossless syntax included."""
    return f"The image is {kind.value} although the file says that it is {declared.value}."


def _frames(dataset: Dataset) -> int:
    return int(dataset.get("NumberOfFrames") or 1)


def _extended_offsets(dataset: Dataset) -> tuple[int, ...]:
    """Extended Offset Table (7FE0,0001), whose entries have eight bytes."""
    value = dataset.get("ExtendedOffsetTable")
    if not isinstance(value, bytes) or len(value) % 8:
        return ()
    return tuple(np.frombuffer(value, "<u8").tolist())


def _bytes_of_frame(dataset: Dataset) -> int:
    """Bytes of an uncompressed frame."""
    bits = dataset.Rows * dataset.Columns * dataset.SamplesPerPixel * dataset.BitsAllocated
    if dataset.PhotometricInterpretation == "YBR_FULL_422":
        bits = bits // 3 * 2
    return -(-int(bits) // 8)


def _native_frame(dataset: Dataset, src: bytes, index: int, *, is_frame: bool) -> DecodedFrame:
    """An uncompressed frame, with what the length of the pixel data says of the others."""
    samples, photometric = _native(dataset, src, index, is_frame=is_frame)
    frames = _frames(dataset)
    is_counted = not is_frame and dataset.BitsAllocated >= 8
    there = len(src) // _bytes_of_frame(dataset) if is_counted else frames
    return DecodedFrame(
        samples=samples,
        photometric=photometric,
        precision=int(dataset.BitsAllocated),
        decoder=_PYDICOM,
        missing_frames=max(0, frames - there),
        notes=_unnamed_frames(there, frames),
        lost_part=_lost_part(samples, dataset),
    )


def _native(
    dataset: Dataset, src: bytes, index: int, *, is_frame: bool
) -> tuple[NDArray[Any], str]:
    """Samples as stored, from the whole pixel data or from one fragment's frame."""
    size = _bytes_of_frame(dataset)
    if dataset.BitsAllocated >= 8 and len(src) < (index + 1) * size:
        by_plane = dataset.get("PlanarConfiguration") == 1 and dataset.SamplesPerPixel > 1
        there = max(0, len(src) - index * size)
        rows = int(dataset.Rows)
        raise cut_short() if by_plane else rows_missing(there * rows // size, rows, rows)
    if not is_frame and not _is_encapsulated_syntax(dataset):
        if dataset.BitsAllocated >= 8 and len(src) // size != _frames(dataset):
            counted = _single(dataset, dataset.file_meta.TransferSyntaxUID)
            counted["PixelData"] = dataset["PixelData"]
            counted.NumberOfFrames = len(src) // size
            dataset = counted
        decoder = get_decoder(dataset.file_meta.TransferSyntaxUID)
        array, properties = decoder.as_array(dataset, index=index, raw=True)
    else:
        single = _single(dataset, ExplicitVRLittleEndian)
        single.PixelData = src[index * size : (index + 1) * size] + b"\0" * (size % 2)
        array, properties = get_decoder(ExplicitVRLittleEndian).as_array(single, index=0, raw=True)
    return array, str(properties["photometric_interpretation"])


def _is_encapsulated_syntax(dataset: Dataset) -> bool:
    return bool(UID(dataset.file_meta.TransferSyntaxUID).is_encapsulated)


def _single(dataset: Dataset, syntax: UID) -> Dataset:
    """A data set with the Image Pixel module of one frame, for pydicom's decoders."""
    single = Dataset()
    for keyword in (
        "Rows",
        "Columns",
        "SamplesPerPixel",
        "BitsAllocated",
        "BitsStored",
        "PixelRepresentation",
        "PhotometricInterpretation",
        "PlanarConfiguration",
    ):
        if keyword in dataset:
            single[keyword] = dataset[keyword]
    single.file_meta = FileMetaDataset()
    single.file_meta.TransferSyntaxUID = syntax
    return single


def _jpeg(src: bytes, dataset: Dataset) -> _Coded:
    """Decodes baseline and extended JPEG of 8 or 12 bits."""
    stream = jpeg.read_jpeg(src)
    frame = stream.frame
    _check_jpeg_size(frame, dataset)
    count = len(frame.components)
    if count == 1:
        picture = jpeg_lossy.checked(src, stream)
        samples = jpeg_lossy.components(src, count) if picture is None else picture
    else:
        with ThreadPoolExecutor(1) as pool:
            pending = pool.submit(jpeg_lossy.components, src, count)
            jpeg_lossy.checked(src, stream)
        samples = pending.result()
    return _Coded(
        samples=samples,
        photometric=stream.photometric or str(dataset.PhotometricInterpretation),
        precision=frame.precision,
        decoder=_IMAGECODECS,
        keeps_unused_bits=True,  # values rounded up beyond the stored bits must not wrap
    )


def _jpeg_lossless(src: bytes, dataset: Dataset) -> _Coded:
    """Decodes JPEG lossless (Process 14) of 2 to 16 bits."""
    stream = jpeg.read_jpeg(src)
    _check_jpeg_size(stream.frame, dataset)
    jpeg_lossless.check_understood(src, stream)
    if stream.frame.process != jpeg.LOSSLESS:
        raise UnsupportedImageError("The image is a kind of JPEG lossless that is not read here.")
    model = "GRAYSCALE" if len(stream.frame.components) == 1 else "RGB"
    samples = imagecodecs.jpeg8_decode(src, colorspace=model, outcolorspace=model)
    jpeg_lossless.check_whole(stream, samples)
    return _Coded(
        samples=samples,
        photometric=str(dataset.PhotometricInterpretation),
        precision=stream.frame.precision,
        decoder=_IMAGECODECS,
    )


def _check_jpeg_size(frame: jpeg.Frame, dataset: Dataset) -> None:
    """Refuses another size than the header's, before a decoder allocates memory for it."""
    size = (frame.rows, frame.columns, len(frame.components))
    if size != (dataset.Rows, dataset.Columns, dataset.SamplesPerPixel):
        raise DamagedFileError("The image has another size than its header says.")


def _jpeg_ls(src: bytes, dataset: Dataset) -> _Coded:
    """Decodes JPEG-LS; CharLS itself refuses inconsistent streams."""
    if not src.rstrip(b"\0\xff").endswith(b"\xff\xd9"):
        raise cut_short()  # CharLS may search for the end for more than a minute
    frame = jpeg.read_frame(src)
    _check_jpeg_size(frame, dataset)
    samples = imagecodecs.jpegls_decode(src)
    if samples.ndim == 3 and samples.shape[0] == dataset.SamplesPerPixel != samples.shape[2]:
        samples = np.moveaxis(samples, 0, -1)  # stored plane by plane
    return _Coded(
        samples=samples,
        photometric=str(dataset.PhotometricInterpretation),
        precision=frame.precision,
        decoder=_IMAGECODECS,
    )


def _jpeg_2000(src: bytes, dataset: Dataset) -> _Coded:
    """Decodes JPEG 2000, on several processors, and High-Throughput JPEG 2000, both by OpenJPEG."""
    stream = jpeg2000.code_stream(src)
    header = jpeg2000.checked(stream)
    size = (header.rows, header.columns, header.components)
    if size != (dataset.Rows, dataset.Columns, dataset.SamplesPerPixel):
        raise DamagedFileError("The image has another size than its header says.")
    photometric = str(dataset.PhotometricInterpretation)
    is_by_pylibjpeg = header.is_high_throughput or header.components > 1
    if is_by_pylibjpeg:
        samples = decode_openjpeg(stream)
        photometric = "RGB" if photometric in _YBR_RGB else photometric
    else:
        threads = min(os.cpu_count() or 1, _MOST_THREADS)
        samples = imagecodecs.jpeg2k_decode(stream, numthreads=threads)
    return _Coded(
        samples=samples,
        photometric=photometric,
        precision=header.precision,
        decoder=_PYLIBJPEG if is_by_pylibjpeg else _IMAGECODECS,
        has_own_sign=header.is_signed,
        keeps_unused_bits=True,
    )


def _rle(src: bytes, dataset: Dataset) -> _Coded:
    """Decodes run-length coding, segment by segment."""
    if dataset.BitsAllocated % 8:
        raise UnsupportedImageError("Single-bit samples compressed by run length are not read.")
    shape = (int(dataset.Rows), int(dataset.Columns), int(dataset.SamplesPerPixel))
    samples = rle.decode(src, shape, int(dataset.BitsAllocated) // 8)
    return _Coded(
        samples=samples[..., 0] if shape[2] == 1 else samples,
        photometric=str(dataset.PhotometricInterpretation),
        precision=int(dataset.BitsAllocated),
        decoder=_IMAGECODECS,
    )


_DECODERS: Final[dict[StreamKind, Callable[[bytes, Dataset], _Coded]]] = {
    StreamKind.RLE: _rle,
    StreamKind.JPEG: _jpeg,
    StreamKind.JPEG_LOSSLESS: _jpeg_lossless,
    StreamKind.JPEG_LS: _jpeg_ls,
    StreamKind.JPEG_2000: _jpeg_2000,
    StreamKind.HTJ2K: _jpeg_2000,
}


def _signed(coded: _Coded, dataset: Dataset) -> NDArray[Any]:
    """The samples with their sign.

    The stream's own sign takes precedence (PS3.5 8.2.4). Otherwise the header's applies to the bits
    that are both coded and stored; higher bits are not part of the image (PS3.5 8.1.1).
    """
    samples = np.ascontiguousarray(coded.samples)
    if coded.has_own_sign:
        return samples
    bits = coded.precision
    if not coded.keeps_unused_bits:
        bits = min(bits, int(dataset.BitsStored))
    unused = 8 * samples.dtype.itemsize - bits
    if dataset.PixelRepresentation == 1:
        samples = samples.view(f"i{samples.dtype.itemsize}")
        return (samples << unused) >> unused if unused else samples
    if not coded.keeps_unused_bits and bits < coded.precision:
        return samples & ((1 << bits) - 1)
    return samples


def _fits(samples: NDArray[Any], bits_allocated: int) -> bool:
    """Whether the samples fit into the header's Bits Allocated."""
    if 8 * samples.dtype.itemsize <= bits_allocated:
        return True
    lowest = -(2 ** (bits_allocated - 1)) if samples.dtype.kind == "i" else 0
    return bool(samples.min() >= lowest and samples.max() < 2**bits_allocated)


def _ran_out_of_memory(error: BaseException) -> bool:
    return "MemoryError" in repr(error) or "Unable to allocate" in str(error)
