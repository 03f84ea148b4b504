"""From a file's stored samples to a `PixelImage`: the grey pipeline up to the VOI stage.

The stages are those of DICOM PS3.3 C.11.1 and C.11.2 and PS3.4 N.2: Modality LUT or rescale, then
windows and VOI LUTs. The latter are only collected here; `engine.imaging.window` applies them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import DTypeLike, NDArray
from pydicom.datadict import dictionary_description, dictionary_has_tag
from pydicom.dataset import Dataset, FileDataset
from pydicom.pixels.processing import apply_color_lut

from engine.dicom.codecs import LOSSY
from engine.dicom.functional_groups import of_frame
from engine.dicom.graphics import bits_of_planes, overlays_of, shutter_of
from engine.dicom.intent import RAW_NOTE, intent_of
from engine.dicom.reader import ReadDataset
from engine.dicom.spacing import has_unusable_spacing, pixel_aspect_of, spacing_of
from engine.dicom.stored import GREY, StoredFrame, stored_frame
from engine.dicom.values import is_stated, items_of, number_of, numbers_of, texts_of
from engine.domain.image import PixelImage, VoiFunction, VoiLut, Window
from engine.domain.study import PresentationIntent
from engine.errors import DamagedFileError
from engine.imaging.window import default_voi, file_vois

_LEVELS = 65_535
_SHUTTER = "The film's shutter makes no sense, or not all of it, and was left out."
_GREATEST_RESCALE = 1e300
_Value = TypeVar("_Value")


def pixel_image(dataset: FileDataset, index: int = 0) -> PixelImage:
    """Decode one frame for display.

    Args:
        dataset: With its pixel data.
        index: Frame, from 0.

    Raises:
        InputError: The image is damaged, too large or of a kind that is not read here.
    """
    planes = bits_of_planes(dataset)
    frame = stored_frame(dataset, index, planes)
    first = frame if index == 0 else stored_frame(dataset, 0, planes)
    notes = [*_unread(dataset), *frame.notes, *filter(None, [frame.lost_part])]
    dataset = of_frame(dataset, index)
    if frame.format.frames > 1:
        notes.append(_number_of_frame(frame, index))
    stored = _grey(frame, dataset, notes)
    modality = _modality(stored, frame, dataset, notes)
    samples = modality.samples
    samples.flags.writeable = False
    image = PixelImage(
        samples=samples,
        slope=modality.slope,
        intercept=modality.intercept,
        bits_stored=frame.format.bits_stored,
        monochrome1=frame.format.photometric == "MONOCHROME1",
        inverse="INVERSE" in texts_of(dataset, "PresentationLUTShape"),
        padding=modality.padding,
        windows=windows_of(dataset),
        voi_luts=voi_luts_of(dataset, notes),
        spacing=spacing_of(dataset),
        samples_sha256=first.sha256(),
        pixel_aspect=pixel_aspect_of(dataset),
        stored_step=modality.stored_step,
        stored_offset=modality.stored_offset,
        overlays=overlays_of(dataset, notes, index, frame.words),
        shutter=shutter_of(dataset, samples.shape, notes, _SHUTTER),
        decoder=frame.decoder,
        lost_part=frame.lost_part,
    )
    notes.extend(_remarks(image, dataset))
    return replace(image, notes=tuple(notes))


def _number_of_frame(frame: StoredFrame, index: int) -> str:
    frames, missing = frame.format.frames, frame.missing_frames
    holds = f"The file holds {frames} pictures"
    if missing:
        holds = f"The file lacks {missing} of the {frames} pictures that it should hold"
    return f"{holds}; this is number {index + 1}."


def _remarks(image: PixelImage, dataset: FileDataset) -> Iterator[str]:
    """Sentences for the reader about the film's raw data, spacing and windows."""
    if intent_of(dataset) is PresentationIntent.PROCESSING:
        yield RAW_NOTE
    if has_unusable_spacing(dataset):
        yield "The film's pixel spacing makes no sense, so that there are no millimetres."
    if len(image.windows) < len(_stated_windows(dataset)):
        yield "A window of the film makes no sense and was left out."
    function = _voi_function(dataset)
    if image.windows and function not in VoiFunction.__members__:
        yield "The film's window is of an unknown kind and was read as a linear one."
    own = file_vois(image)
    if own and default_voi(image) is not own[0]:
        kind = "display curve" if isinstance(own[0], VoiLut) else "window"
        yield f"The file's own {kind} leaves few greys of this film and was passed over."


def _unread(dataset: FileDataset) -> list[str]:
    """Sentences about parts of the header that could not be read."""
    tags = dataset.left_out if isinstance(dataset, ReadDataset) else ()
    names = dict.fromkeys(dictionary_description(tag) for tag in tags if dictionary_has_tag(tag))
    return [f"A part of the header is damaged and was left out: {name}." for name in names]


def is_lossy(dataset: FileDataset) -> bool:
    """Whether (0028,2110) or the transfer syntax declares lossy compression."""
    declared = "01" in texts_of(dataset, "LossyImageCompression")
    return declared or dataset.file_meta.TransferSyntaxUID in LOSSY


def windows_of(dataset: Dataset) -> tuple[Window, ...]:
    """Usable windows of (0028,1050) and (0028,1051), in their order."""
    names = texts_of(dataset, "WindowCenterWidthExplanation")
    declared = _voi_function(dataset)
    known = declared in VoiFunction.__members__
    function = VoiFunction(declared) if known else VoiFunction.LINEAR
    narrowest = 1.0 if function is VoiFunction.LINEAR else 1e-9
    return tuple(
        Window(
            center=center,
            width=width,
            function=function,
            name=names[index] if index < len(names) else "",
        )
        for index, (center, width) in enumerate(_stated_windows(dataset))
        if center is not None and width is not None and width >= narrowest
    )


def _voi_function(dataset: Dataset) -> str:
    return next(iter(texts_of(dataset, "VOILUTFunction")), "").upper() or "LINEAR"


def _stated_windows(dataset: Dataset) -> list[tuple[float | None, float | None]]:
    """Centre and width of each window in the file, None for a value that is not a number."""
    keywords = ("WindowCenter", "WindowWidth")
    centers, widths = (numbers_of(dataset, keyword) for keyword in keywords)
    center_words, width_words = (texts_of(dataset, keyword) for keyword in keywords)
    indices = range(max(len(centers), len(widths)))
    return [
        (_at(centers, index), _at(widths, index))
        for index in indices
        # An empty value among several is not a window.
        if _at(center_words, index) or _at(width_words, index)
    ]


def _at(values: Sequence[_Value], index: int) -> _Value | None:
    return values[index] if index < len(values) else None


def voi_luts_of(dataset: FileDataset, notes: list[str]) -> tuple[VoiLut, ...]:
    """VOI LUTs of (0028,3010), in their order; an unreadable one becomes a note."""
    found = []
    for item in items_of(dataset, "VOILUTSequence"):
        if item.get("LUTData") is None:
            continue
        try:
            lut = lut_of(item, dataset)
        except (ValueError, TypeError, AttributeError, KeyError, IndexError, OverflowError):
            notes.append("One of the film's display curves is damaged and was left out.")
            continue
        found.append(lut)
        if lut.bits != declared_bits(item):
            notes.append(
                f"A display curve of the film says {declared_bits(item)} bits, its entries have "
                f"{lut.bits}; it is shown by its entries."
            )
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Modality:
    samples: NDArray[np.uint16]
    slope: float
    intercept: float
    padding: tuple[int, int] | None
    stored_step: float
    stored_offset: int


def _grey(frame: StoredFrame, dataset: FileDataset, notes: list[str]) -> NDArray[Any]:
    """Stored samples as one channel; colour becomes luminance (ITU-R BT.601)."""
    if frame.photometric in GREY:
        return frame.samples
    notes.append("The colour image is shown in grey.")
    if frame.photometric == "PALETTE COLOR":
        try:
            rgb = apply_color_lut(frame.samples, dataset)
        except Exception as error:
            raise DamagedFileError("The image's colour table is damaged.") from error
    elif frame.photometric.startswith("YBR_FULL"):
        return np.asarray(frame.samples[..., 0])
    else:
        rgb = frame.samples
    weights = np.array([0.299, 0.587, 0.114], np.float32)
    luminance: NDArray[np.float32] = rgb[..., :3].astype(np.float32) @ weights
    return np.rint(luminance).astype(np.int64)


def _modality(
    stored: NDArray[Any], frame: StoredFrame, dataset: FileDataset, notes: list[str]
) -> _Modality:
    """Apply the Modality LUT or keep the rescale, and shift the values to unsigned 16 bits."""
    ends = _padding(dataset, frame)
    slope, intercept = 1.0, 0.0
    is_plain = frame.photometric in GREY and not _has_modality_table(dataset)
    if _has_modality_table(dataset):
        table = _modality_table(dataset)
        stored = _looked_up(stored, table)
        if ends is not None:
            mapped = _looked_up(np.array(ends), table)
            ends = (int(mapped.min()), int(mapped.max()))
    else:
        if is_stated(dataset, "ModalityLUTSequence"):
            notes.append("The film's modality table makes no sense and was left out.")
        slope, intercept = _rescale(dataset, notes)
    low, high = int(stored.min()), int(stored.max())
    offset = _offset(frame, low, high)
    step = max(1.0, (high - offset) / _LEVELS)
    if step > 1.0:
        offset, step = low, max(1.0, (high - low) / _LEVELS)
        notes.append("The image has more grey levels than can be shown; they were rounded.")
    samples = _shifted(stored, offset, step)
    padding = _shifted_ends(ends, offset, step)
    return _Modality(
        samples=samples,
        slope=slope * step,
        intercept=intercept + slope * offset,
        padding=padding,
        stored_step=step if is_plain else 0.0,
        stored_offset=offset,
    )


def _has_modality_table(dataset: Dataset) -> bool:
    """Whether the Modality LUT Sequence has a table; an empty item counts as none."""
    items = items_of(dataset, "ModalityLUTSequence")
    return any(item.get("LUTData") is not None for item in items)


def _modality_table(dataset: FileDataset) -> VoiLut:
    """The first table of (0028,3000), built like a VOI LUT.

    pydicom is not used for it: it accepts entries of 8 or 16 bits only, and its 16-bit index
    overflows if a table for signed samples starts at their lowest value.
    """
    items = items_of(dataset, "ModalityLUTSequence")
    try:
        return lut_of(next(item for item in items if item.get("LUTData") is not None), dataset)
    except (ValueError, TypeError, AttributeError, KeyError, IndexError, OverflowError) as error:
        raise DamagedFileError("The image's modality table is damaged.") from error


def _looked_up(stored: NDArray[Any], table: VoiLut) -> NDArray[np.uint16]:
    """Entries of the table; samples outside its range get its first or last entry."""
    wide: DTypeLike = np.int32 if stored.dtype.itemsize <= 2 else np.int64
    index = np.subtract(stored, table.first_value, dtype=wide)
    np.clip(index, 0, len(table.entries) - 1, out=index)
    looked_up: NDArray[np.uint16] = table.entries[index]
    return looked_up


def _offset(frame: StoredFrame, low: int, high: int) -> int:
    """The offset subtracted from the samples; fixed by the format, so films stay comparable."""
    if low >= 0 and high <= _LEVELS:
        return 0
    lowest = -(2 ** (min(16, frame.format.bits_stored) - 1))
    return lowest if low >= lowest and high - lowest <= _LEVELS else low


def _shifted(stored: NDArray[Any], offset: int, step: float) -> NDArray[np.uint16]:
    if step > 1.0:
        scaled = np.rint((stored.astype(np.float64) - offset) / step)
        return np.ascontiguousarray(np.clip(scaled, 0, _LEVELS).astype(np.uint16))
    if offset == 0:
        return np.ascontiguousarray(stored.astype(np.uint16))
    return np.ascontiguousarray((stored.astype(np.int64) - offset).astype(np.uint16))


def _shifted_ends(ends: tuple[int, int] | None, offset: int, step: float) -> tuple[int, int] | None:
    if ends is None:
        return None
    low, high = (round((end - offset) / step) for end in ends)
    return (max(low, 0), min(high, _LEVELS)) if high >= 0 and low <= _LEVELS else None


def _padding(dataset: Dataset, frame: StoredFrame) -> tuple[int, int] | None:
    """Inclusive range of stored values that is padding (PS3.3 C.7.5.1.1.2)."""
    value = _stored_number(dataset, "PixelPaddingValue", frame)
    if value is None or frame.photometric not in GREY:
        return None
    limit = _stored_number(dataset, "PixelPaddingRangeLimit", frame)
    other = value if limit is None else limit
    return min(value, other), max(value, other)


def _stored_number(dataset: Dataset, keyword: str, frame: StoredFrame) -> int | None:
    """A US-or-SS value with the samples' sign, whatever its VR is."""
    number = number_of(dataset, keyword)
    if number is None:
        return None
    value = int(number) & 0xFFFF
    return value - 0x10000 if frame.format.signed and value >= 0x8000 else value


def _rescale(dataset: Dataset, notes: list[str]) -> tuple[float, float]:
    keywords = ("RescaleSlope", "RescaleIntercept")
    slope, intercept = (number_of(dataset, keyword) for keyword in keywords)
    has_slope, has_intercept = (is_stated(dataset, keyword) for keyword in keywords)
    is_readable = has_slope == (slope is not None) and has_intercept == (intercept is not None)
    # Larger values overflow, and the film has neither greys nor a window.
    is_absurd = slope == 0 or max(abs(slope or 0.0), abs(intercept or 0.0)) > _GREATEST_RESCALE
    if not is_readable or is_absurd:
        notes.append("The film's rescale values make no sense and were left out.")
        return 1.0, 0.0
    return 1.0 if slope is None else slope, 0.0 if intercept is None else intercept


def lut_of(item: Dataset, dataset: FileDataset) -> VoiLut:
    """The table of an item of a LUT sequence; raises `ValueError` and similar if it is damaged.

    The descriptor's bits apply only if they fit the entries: some devices write the bits that an
    entry is stored in, which would show the film black, or too few, which would show it white.

    Args:
        item: With LUT Descriptor and LUT Data.
        dataset: The data set of the item; gives byte order and sign of the values.
    """
    count, first = (int(value) for value in item.LUTDescriptor[:2])
    count = (count & 0xFFFF) or 65_536
    data = item.LUTData
    if isinstance(data, bytes):
        order = "<" if dataset.original_encoding[1] is not False else ">"
        width = "u1" if len(data) in (count, count + 1) else f"{order}u2"
        entries = np.frombuffer(data, width).astype(np.uint16)
    else:
        entries = np.array(data, np.int64).astype(np.uint16)
    if len(entries) < count:
        raise ValueError("curve shorter than its descriptor")
    entries = entries[:count]
    may_be_negative = (
        dataset.get("PixelRepresentation") == 1
        or (number_of(dataset, "RescaleIntercept") or 0.0) < 0
    )
    if may_be_negative and first >= 0x8000:
        first -= 0x10000
    name = " ".join(texts_of(item, "LUTExplanation"))
    bits = _fitting_bits(declared_bits(item), int(entries.max()))
    return VoiLut(first_value=first, entries=entries, bits=bits, name=name)


def declared_bits(item: Dataset) -> int:
    """Bits per entry that the LUT Descriptor declares, right or wrong."""
    return int(item.LUTDescriptor[2])


def _fitting_bits(declared: int, highest: int) -> int:
    """The declared bits if plausible, else those of the highest entry.

    Plausible are declared bits one above the needed ones, unless the highest entry is all ones
    (4095): that is the maximum of its own bits.
    """
    needed = max(1, highest.bit_length())
    is_dim = declared == needed + 1 <= 16 and highest < 2**needed - 1
    return declared if is_dim else needed
