"""From a file's stored samples to a `PixelImage`: everything of the grey pipeline before the VOI.

The stages are those of DICOM PS3.3 C.11.1 and C.11.2 and PS3.4 N.2: Modality LUT or rescale,
then windows and VOI LUTs, which are only collected here; `engine.imaging.window` applies them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray
from pydicom.dataset import Dataset, FileDataset
from pydicom.pixels.processing import apply_color_lut

from engine.dicom.codecs import LOSSY
from engine.dicom.graphics import overlays_of, shutter_of
from engine.dicom.spacing import pixel_aspect_of, spacing_of
from engine.dicom.stored import GREY, StoredFrame, stored_frame
from engine.domain.image import PixelImage, VoiFunction, VoiLut, Window
from engine.errors import DamagedFileError
from engine.imaging.window import default_voi, file_vois

_LEVELS = 65_535


def pixel_image(dataset: FileDataset, index: int = 0) -> PixelImage:
    """Decode one frame for display.

    Args:
        dataset: With its pixel data.
        index: Frame, from 0.

    Raises:
        InputError: The image is damaged, too large or of a kind that is not read here.
    """
    frame = stored_frame(dataset, index)
    notes: list[str] = []
    if frame.format.frames > 1:
        notes.append(f"The file holds {frame.format.frames} pictures; this is number {index + 1}.")
    stored = _grey(frame, dataset, notes)
    modality = _modality(stored, frame, dataset, notes)
    samples = modality.samples
    samples.flags.writeable = False
    first = frame if index == 0 else stored_frame(dataset, 0)
    image = PixelImage(
        samples=samples,
        slope=modality.slope,
        intercept=modality.intercept,
        bits_stored=frame.format.bits_stored,
        monochrome1=frame.format.photometric == "MONOCHROME1",
        inverse=str(dataset.get("PresentationLUTShape") or "").strip() == "INVERSE",
        padding=modality.padding,
        windows=windows_of(dataset),
        voi_luts=voi_luts_of(dataset, notes),
        spacing=spacing_of(dataset),
        samples_sha256=first.sha256(),
        pixel_aspect=pixel_aspect_of(dataset),
        stored_step=modality.stored_step,
        stored_offset=modality.stored_offset,
        overlays=overlays_of(dataset, notes),
        shutter=shutter_of(dataset),
    )
    own = file_vois(image)
    if own and default_voi(image) is not own[0]:
        notes.append("The file's own window shows nothing of this film and was passed over.")
    return replace(image, notes=tuple(notes))


def is_lossy(dataset: FileDataset) -> bool:
    """Whether (0028,2110) or the transfer syntax says that detail was lost."""
    declared = str(dataset.get("LossyImageCompression") or "").strip() == "01"
    return declared or dataset.file_meta.TransferSyntaxUID in LOSSY


def windows_of(dataset: Dataset) -> tuple[Window, ...]:
    """Usable windows of (0028,1050) and (0028,1051), in their order."""
    centers, widths = _numbers(dataset, "WindowCenter"), _numbers(dataset, "WindowWidth")
    names = _texts(dataset, "WindowCenterWidthExplanation")
    declared = str(dataset.get("VOILUTFunction") or "LINEAR").strip()
    known = declared in VoiFunction.__members__
    function = VoiFunction(declared) if known else VoiFunction.LINEAR
    narrowest = 1.0 if function is VoiFunction.LINEAR else 1e-9
    return tuple(
        Window(
            center=center,
            width=width,
            function=function,
            name=names[place] if place < len(names) else "",
        )
        for place, (center, width) in enumerate(zip(centers, widths, strict=False))
        if math.isfinite(center) and math.isfinite(width) and width >= narrowest
    )


def voi_luts_of(dataset: FileDataset, notes: list[str]) -> tuple[VoiLut, ...]:
    """VOI LUTs of (0028,3010), in their order; an unreadable one becomes a note."""
    found = []
    for item in _values(dataset, "VOILUTSequence"):
        if not isinstance(item, Dataset) or item.get("LUTData") is None:
            continue
        try:
            found.append(lut_of(item, dataset))
        except (ValueError, TypeError, AttributeError, KeyError, IndexError, OverflowError):
            notes.append("One of the film's display curves is damaged and was left out.")
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
    """Apply the Modality LUT, or carry the rescale, and shift the values to unsigned 16 bits."""
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
    """Whether the Modality LUT Sequence holds a table; an empty item is as good as none."""
    items = dataset.get("ModalityLUTSequence") or ()
    return any(isinstance(item, Dataset) and item.get("LUTData") is not None for item in items)


def _modality_table(dataset: FileDataset) -> VoiLut:
    """The first table of (0028,3000), built like a VOI LUT.

    Not by pydicom: it takes entries of 8 or 16 bits only, and its 16-bit index overflows where
    a table for signed samples starts at their lowest value.
    """
    try:
        items = dataset.ModalityLUTSequence
        return lut_of(next(item for item in items if item.get("LUTData") is not None), dataset)
    except (ValueError, TypeError, AttributeError, KeyError, IndexError, OverflowError) as error:
        raise DamagedFileError("The image's modality table is damaged.") from error


def _looked_up(stored: NDArray[Any], table: VoiLut) -> NDArray[np.uint16]:
    """Entries of the table; samples before its first or behind its last get that one."""
    wide: DTypeLike = np.int32 if stored.dtype.itemsize <= 2 else np.int64
    index = np.subtract(stored, table.first_value, dtype=wide)
    np.clip(index, 0, len(table.entries) - 1, out=index)
    looked_up: NDArray[np.uint16] = table.entries[index]
    return looked_up


def _offset(frame: StoredFrame, low: int, high: int) -> int:
    """What is subtracted from the samples: fixed by the format, so that films stay comparable."""
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
    """A US-or-SS value, read with the sign of the samples whatever its VR says."""
    numbers = _numbers(dataset, keyword)
    if not numbers or not math.isfinite(numbers[0]):
        return None
    value = int(numbers[0]) & 0xFFFF
    return value - 0x10000 if frame.format.signed and value >= 0x8000 else value


def _rescale(dataset: Dataset, notes: list[str]) -> tuple[float, float]:
    slopes, intercepts = _numbers(dataset, "RescaleSlope"), _numbers(dataset, "RescaleIntercept")
    if not slopes or not intercepts:
        return 1.0, 0.0
    slope, intercept = slopes[0], intercepts[0]
    if not (math.isfinite(slope) and math.isfinite(intercept)) or slope == 0:
        notes.append("The film's rescale values make no sense and were left out.")
        return 1.0, 0.0
    return slope, intercept


def lut_of(item: Dataset, dataset: FileDataset) -> VoiLut:
    """The table of an item of a LUT sequence; raises `ValueError` and its like if it is damaged.

    Args:
        item: With LUT Descriptor and LUT Data.
        dataset: That the item is in; says how its values are to be understood.
    """
    count, first, bits = (int(value) for value in item.LUTDescriptor)
    count = (count & 0xFFFF) or 65_536
    data = item.LUTData
    if isinstance(data, bytes):
        order = "<" if dataset.original_encoding[1] is not False else ">"
        width = "u1" if len(data) in (count, count + 1) and bits <= 8 else f"{order}u2"
        entries = np.frombuffer(data, width).astype(np.uint16)
    else:
        entries = np.array(data, np.int64).astype(np.uint16)
    if not 1 <= bits <= 16 or len(entries) < count:
        raise ValueError("curve shorter than its descriptor")
    may_be_negative = (
        dataset.get("PixelRepresentation") == 1
        or min(_numbers(dataset, "RescaleIntercept") or [0.0]) < 0
    )
    if may_be_negative and first >= 0x8000:
        first -= 0x10000
    name = " ".join(_texts(item, "LUTExplanation"))
    return VoiLut(first_value=first, entries=entries[:count], bits=bits, name=name)


def _numbers(dataset: Dataset, keyword: str) -> list[float]:
    values = _values(dataset, keyword)
    try:
        return [float(str(value)) for value in values]
    except ValueError:
        return []


def _texts(dataset: Dataset, keyword: str) -> list[str]:
    return [str(value).strip() for value in _values(dataset, keyword)]


def _values(dataset: Dataset, keyword: str) -> list[object]:
    try:
        value = dataset.get(keyword)
    except (ValueError, TypeError, NotImplementedError, OverflowError):
        return []
    if value is None or value == "":
        return []
    if isinstance(value, str | bytes) or not hasattr(value, "__iter__"):
        return [value]
    return list(value)
