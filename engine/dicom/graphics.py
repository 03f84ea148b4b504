"""Overlay planes and display shutters of a header, read with distrust."""

from __future__ import annotations

import math

import numpy as np
from pydicom.dataset import Dataset, FileDataset

from engine.domain.film_graphics import Overlay, Shutter

MAX_OVERLAYS = 16
"""Groups 6000 to 601E (DICOM PS3.5 7.6)."""
_MAX_CORNERS = 2000
_DAMAGED = "One of the film's overlays is damaged and was left out."


def overlays_of(dataset: FileDataset, notes: list[str]) -> tuple[Overlay, ...]:
    """The graphic overlay planes of frame 0, cut to what is drawn; damaged ones become a note.

    Overlays inside the pixel data's unused bits were retired in 2004 and are not read.
    """
    found = []
    for place in range(MAX_OVERLAYS):
        group = 0x6000 + 2 * place
        if (group, 0x3000) not in dataset:
            continue
        try:
            overlay = _overlay(dataset, group)
        except (ValueError, TypeError, AttributeError, KeyError, IndexError, OverflowError):
            notes.append(_DAMAGED)
            continue
        if overlay is not None:
            found.append(overlay)
    return tuple(found)


def shutter_of(dataset: Dataset) -> Shutter | None:
    """The display shutter, or None if there is none that is usable."""
    value = dataset.get("ShutterShape")
    if not value:
        return None
    shapes = {value} if isinstance(value, str) else {str(each) for each in value}
    shutter = Shutter(
        box=_box(dataset) if "RECTANGULAR" in shapes else None,
        circle=_circle(dataset) if "CIRCULAR" in shapes else None,
        polygon=_polygon(dataset) if "POLYGONAL" in shapes else (),
    )
    return shutter if shutter != Shutter() else None


def _overlay(dataset: Dataset, group: int) -> Overlay | None:
    rows, columns = int(dataset[group, 0x0010].value), int(dataset[group, 0x0011].value)
    top, left = (int(value) - 1 for value in dataset[group, 0x0050].value)
    limit = 2 * max(int(dataset.Rows), int(dataset.Columns))
    if not (0 < rows <= limit and 0 < columns <= limit):
        raise ValueError("overlay of an absurd size")
    count = rows * columns
    packed = np.frombuffer(dataset[group, 0x3000].value, np.uint8)
    if 8 * len(packed) < count:
        raise ValueError("overlay shorter than its size")
    mask = np.unpackbits(packed[: math.ceil(count / 8)], bitorder="little")[:count]
    mask = mask.reshape(rows, columns)
    lines, places = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(lines):
        return None
    cut = mask[lines[0] : lines[-1] + 1, places[0] : places[-1] + 1]
    return Overlay(
        mask=np.ascontiguousarray(cut),
        row=top + int(lines[0]),
        column=left + int(places[0]),
        name=_name(dataset, group),
    )


def _name(dataset: Dataset, group: int) -> str:
    for element in (0x1500, 0x0022):
        if (group, element) in dataset:
            return " ".join(str(dataset[group, element].value or "").split())[:64]
    return ""


def _box(dataset: Dataset) -> tuple[float, float, float, float] | None:
    edges = [
        _number(dataset, f"Shutter{edge}Edge")
        for edge in ("LeftVertical", "UpperHorizontal", "RightVertical", "LowerHorizontal")
    ]
    left, top, right, bottom = edges
    if left is None or top is None or right is None or bottom is None:
        return None
    if left >= right or top >= bottom:
        return None
    # Edges are columns and rows counted from 1.
    return left - 1, top - 1, right - 1, bottom - 1


def _circle(dataset: Dataset) -> tuple[float, float, float] | None:
    center, radius = (
        dataset.get("CenterOfCircularShutter"),
        _number(dataset, "RadiusOfCircularShutter"),
    )
    if center is None or radius is None or radius <= 0 or len(center) != 2:
        return None
    return float(center[1]) - 1, float(center[0]) - 1, radius


def _polygon(dataset: Dataset) -> tuple[tuple[float, float], ...]:
    value = dataset.get("VerticesOfThePolygonalShutter")
    try:
        numbers = [float(number) for number in value or ()]
    except (TypeError, ValueError):
        return ()
    if len(numbers) < 6 or len(numbers) % 2 or len(numbers) > 2 * _MAX_CORNERS:
        return ()
    rows, columns = numbers[0::2], numbers[1::2]
    return tuple((x - 1, y - 1) for x, y in zip(columns, rows, strict=True))


def _number(dataset: Dataset, keyword: str) -> float | None:
    try:
        number = float(str(dataset.get(keyword)))
    except ValueError:
        return None
    return number if math.isfinite(number) else None
