"""Overlay planes and display shutters of an untrusted header."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileDataset
from pydicom.uid import ExplicitVRBigEndian

from engine.dicom.values import number_of, numbers_of, texts_of
from engine.domain.film_graphics import Overlay, Shutter

MAX_OVERLAYS = 16
"""Groups 6000 to 601E (DICOM PS3.5 7.6)."""
_MAX_CORNERS = 2000
_MOST_BITS = 32
_GRID = 64
_DAMAGED = "One of the film's overlays is damaged and was left out."
_NOWHERE = "One of the film's overlays does not say where it lies and was left out."
_COMPRESSED = "An overlay in the film's pixels did not come through the compression."
_BROKEN = (ValueError, TypeError, AttributeError, KeyError, IndexError, OverflowError)


class _NowhereError(ValueError):
    """An overlay plane has no position on the film."""


class _LostError(ValueError):
    """An overlay plane lies in bits that were lost in compression."""


def overlays_of(
    dataset: FileDataset, notes: list[str], index: int, words: NDArray[Any] | None
) -> tuple[Overlay, ...]:
    """The overlay planes of a frame, cropped to their drawn part.

    Planes lie in their own data or, on films before 2004, in an unused bit of each pixel's word.

    Args:
        dataset: The film.
        notes: Gets a sentence for each plane that cannot be drawn.
        index: Frame, from 0.
        words: The complete pixel words, if known.
    """
    found = []
    for group in overlay_groups(dataset):
        try:
            overlay = _overlay(dataset, group, index, words)
        except _NowhereError:
            notes.append(_NOWHERE)
        except _LostError:
            notes.append(_COMPRESSED)
        except _BROKEN:
            notes.append(_DAMAGED)
        else:
            if overlay is not None:
                found.append(overlay)
    return tuple(found)


def overlay_groups(dataset: Dataset) -> list[int]:
    """The groups of a header that describe an overlay plane."""
    groups = (0x6000 + 2 * number for number in range(MAX_OVERLAYS))
    return [
        group for group in groups if (group, 0x3000) in dataset or _is_in_pixels(dataset, group)
    ]


def bits_of_planes(dataset: Dataset) -> frozenset[int]:
    """The bits of the pixel words that hold overlay planes."""
    groups = (group for group in overlay_groups(dataset) if (group, 0x3000) not in dataset)
    bits = (_bit(dataset, group) for group in groups)
    return frozenset(bit for bit in bits if 0 <= bit < _MOST_BITS)


def shutter_of(
    dataset: Dataset, size: tuple[int, int], left_out: list[str], words: str
) -> Shutter | None:
    """The display shutter, or None if there is none that is usable.

    Args:
        dataset: With the Display Shutter module (PS3.3 C.7.6.11).
        size: Rows and columns of the film.
        left_out: Gets `words` if a shape is invalid or the shutter hides the whole film.
        words: The sentence for that case.
    """
    shapes = [shape.upper() for shape in texts_of(dataset, "ShutterShape")]
    shutter = Shutter(
        box=_box(dataset) if "RECTANGULAR" in shapes else None,
        circle=_circle(dataset) if "CIRCULAR" in shapes else None,
        polygon=_polygon(dataset) if "POLYGONAL" in shapes else (),
    )
    usable = (shutter.box, shutter.circle, shutter.polygon or None)
    is_whole = len(shapes) == sum(shape is not None for shape in usable)
    hides_all = is_whole and bool(shapes) and not _shows_any(shutter, size)
    # A bitmap shutter is reported by the code that reads the overlay it refers to.
    if (not is_whole and "BITMAP" not in shapes) or hides_all:
        left_out.append(words)
    return None if hides_all or shutter == Shutter() else shutter


def _shows_any(shutter: Shutter, size: tuple[int, int]) -> bool:
    rows, columns = size
    x, y = np.linspace(0, columns - 1, _GRID), np.linspace(0, rows - 1, _GRID)
    return bool(shutter.seen(x[None], y[:, None]).any())


def _overlay(
    dataset: FileDataset, group: int, index: int, words: NDArray[Any] | None
) -> Overlay | None:
    film = int(dataset.Rows), int(dataset.Columns)
    bit: int | None = None
    if (group, 0x3000) in dataset:
        mask = _plane(dataset, group, film, index)
    else:
        bit = _bit(dataset, group)
        mask = _plane_in_pixels(dataset, bit, words)
    if mask is None:
        return None
    top, left = _origin(dataset, group, is_of_film=mask.shape == film)
    lines, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(lines):
        return None
    cut = mask[lines[0] : lines[-1] + 1, columns[0] : columns[-1] + 1]
    return Overlay(
        mask=np.ascontiguousarray(cut),
        row=top + int(lines[0]),
        column=left + int(columns[0]),
        name=_name(dataset, group),
        bit=bit,
    )


def _plane(
    dataset: FileDataset, group: int, film: tuple[int, int], index: int
) -> NDArray[np.uint8] | None:
    """The bits of Overlay Data for a frame; None if the plane has none for it."""
    rows = _integer(dataset, group, 0x0010, film[0])
    columns = _integer(dataset, group, 0x0011, film[1])
    limit = 2 * max(film)
    if not (0 < rows <= limit and 0 < columns <= limit):
        raise ValueError("overlay of an absurd size")
    count = rows * columns
    frames = _integer(dataset, group, 0x0015, 1)
    has_place = frames > 1 or (
        (group, 0x0051) in dataset and (dataset.get("NumberOfFrames") or 1) > 1
    )
    number = index + 1 - _integer(dataset, group, 0x0051, 1) if has_place else 0
    if not 0 <= number < max(frames, 1):
        return None
    packed = np.frombuffer(_bytes_in_order(dataset, group), np.uint8)
    if 8 * len(packed) < (number + 1) * count:
        raise ValueError("overlay shorter than its size")
    first = number * count // 8
    bits = np.unpackbits(packed[first : math.ceil((number + 1) * count / 8)], bitorder="little")
    skipped = number * count - 8 * first
    return bits[skipped : skipped + count].reshape(rows, columns)


def _bytes_in_order(dataset: FileDataset, group: int) -> bytes:
    """Overlay Data in the order of its bits; in big endian the bytes of OW words are swapped."""
    element = dataset[group, 0x3000]
    value = bytes(element.value)
    if element.VR != "OW" or dataset.file_meta.TransferSyntaxUID != ExplicitVRBigEndian:
        return value
    return np.frombuffer(value[: len(value) & ~1], ">u2").astype("<u2").tobytes()


def _plane_in_pixels(
    dataset: FileDataset, bit: int, words: NDArray[Any] | None
) -> NDArray[np.uint8]:
    """A plane in one bit of each pixel's word, which must not be one of the image's bits."""
    allocated, stored = int(dataset.BitsAllocated), int(dataset.BitsStored)
    first = int(number_of(dataset, "HighBit") or stored - 1) + 1 - stored
    if not 0 <= bit < allocated or first <= bit < first + stored:
        raise ValueError("overlay in the picture's own bits")
    if words is None:
        raise _LostError
    return ((words >> bit) & 1).astype(np.uint8)


def _origin(dataset: FileDataset, group: int, *, is_of_film: bool) -> tuple[int, int]:
    """Row and column of the plane's first bit, from 0.

    A plane of the film's own size without a position can only cover the whole film.
    """
    value = _value(dataset, group, 0x0050)
    try:
        top, left = (int(str(one)) - 1 for one in value)  # type: ignore[attr-defined]
    except (TypeError, ValueError) as error:
        if is_of_film:
            return 0, 0
        raise _NowhereError from error
    return top, left


def _is_in_pixels(dataset: Dataset, group: int) -> bool:
    """Whether a plane lies in the pixel words; empty descriptions have bit position 0 of 1."""
    if (group, 0x3000) in dataset or (group, 0x0102) not in dataset:
        return False
    return _bit(dataset, group) > 0 or _integer(dataset, group, 0x0100, 1) > 1


def _bit(dataset: Dataset, group: int) -> int:
    return _integer(dataset, group, 0x0102, 0)


def _integer(dataset: Dataset, group: int, element: int, default: int) -> int:
    try:
        return int(str(_value(dataset, group, element)))
    except ValueError:
        return default


def _value(dataset: Dataset, group: int, element: int) -> object:
    try:
        return dataset[group, element].value
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - absent, or of a VR that pydicom cannot convert
        return None


def _name(dataset: Dataset, group: int) -> str:
    words = (str(_value(dataset, group, element) or "") for element in (0x1500, 0x0022))
    return next((name for name in (" ".join(word.split())[:64] for word in words) if name), "")


def _box(dataset: Dataset) -> tuple[float, float, float, float] | None:
    left, top, right, bottom = (
        number_of(dataset, f"Shutter{edge}Edge")
        for edge in ("LeftVertical", "UpperHorizontal", "RightVertical", "LowerHorizontal")
    )
    if left is None or top is None or right is None or bottom is None:
        return None
    if left >= right or top >= bottom:
        return None
    # Edges are columns and rows counted from 1.
    return left - 1, top - 1, right - 1, bottom - 1


def _circle(dataset: Dataset) -> tuple[float, float, float] | None:
    center = numbers_of(dataset, "CenterOfCircularShutter")
    radius = number_of(dataset, "RadiusOfCircularShutter")
    if len(center) != 2 or radius is None or radius <= 0:
        return None
    row, column = center
    return None if row is None or column is None else (column - 1, row - 1, radius)


def _polygon(dataset: Dataset) -> tuple[tuple[float, float], ...]:
    found = numbers_of(dataset, "VerticesOfThePolygonalShutter")
    numbers = [number for number in found if number is not None]
    if len(numbers) < max(6, len(found)) or len(numbers) % 2 or len(numbers) > 2 * _MAX_CORNERS:
        return ()
    rows, columns = numbers[0::2], numbers[1::2]
    return tuple((x - 1, y - 1) for x, y in zip(columns, rows, strict=True))
