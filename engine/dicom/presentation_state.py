"""Reads Grayscale Softcopy Presentation States (PS3.3 A.33.1) from untrusted headers.

Runs in the decode worker. Anything that a state requests and that is not shown is listed in plain
words, never dropped silently.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from pydicom.dataset import Dataset, FileDataset
from pydicom.uid import GrayscaleSoftcopyPresentationStateStorage

from engine.dicom.graphics import MAX_OVERLAYS, shutter_of
from engine.dicom.header import clean_text, date_of, name_of, text_of, uid_of
from engine.dicom.pixels import declared_bits, lut_of, windows_of
from engine.dicom.values import is_stated, items_of, number_of, numbers_of
from engine.domain.annotation import Point
from engine.domain.image import VoiLut, Window
from engine.domain.presentation_state import (
    DisplayedArea,
    Graphic,
    GraphicKind,
    GraphicText,
    PresentationRef,
    PresentationState,
    SizeMode,
)
from engine.domain.study import SopUid, StudyUid
from engine.errors import DamagedFileError, UnsupportedImageError

MAX_FILMS = 2_000
MAX_GRAPHICS = 1_000
MAX_POINTS = 20_000
MAX_LINES = 20
_BROKEN = (ValueError, TypeError, AttributeError, KeyError, IndexError, OverflowError)
_Made = TypeVar("_Made")


def is_presentation_state(dataset: Dataset) -> bool:
    """Whether the header is a greyscale presentation state, the only kind that is supported."""
    uid = str(dataset.get("SOPClassUID") or "").strip()
    return uid == GrayscaleSoftcopyPresentationStateStorage


def found_presentation(dataset: FileDataset, path: Path, member: str = "") -> PresentationRef:
    """The films that a presentation state refers to; raises `DamagedFileError` if none."""
    films = tuple(dict.fromkeys(_films(dataset)))[:MAX_FILMS]
    if not films:
        raise DamagedFileError("The presentation state names no film.")
    return PresentationRef(
        path=path,
        member=member,
        sop_uid=SopUid(uid_of(dataset, "SOPInstanceUID")),
        study_uid=StudyUid(uid_of(dataset, "StudyInstanceUID")),
        patient_id=text_of(dataset, "PatientID"),
        label=text_of(dataset, "ContentLabel"),
        description=text_of(dataset, "ContentDescription"),
        creator=name_of(dataset, "ContentCreatorName"),
        created=date_of(dataset, "PresentationCreationDate"),
        films=films,
    )


def presentation_state(
    dataset: FileDataset, film: SopUid, rows: int, columns: int
) -> PresentationState:
    """The display settings of a presentation state for one film.

    Args:
        dataset: The state's header.
        film: The film.
        rows: Of the film.
        columns: Of the film.

    Raises:
        UnsupportedImageError: It does not refer to that film.
    """
    found = found_presentation(dataset, Path())
    if film not in found.films:
        raise UnsupportedImageError("The presentation state is about another film.")
    left_out: list[str] = []
    window, lut = _voi(dataset, film, left_out)
    quarter_turns, mirrored = _turn(dataset, left_out)
    area = _area(dataset, film)
    frame = _Frame(
        area=area or DisplayedArea.whole(rows, columns),
        quarter_turns=quarter_turns,
        mirrored=mirrored,
    )
    graphics, texts = _annotations(dataset, film, frame, left_out)
    shutter = shutter_of(dataset, (rows, columns), left_out, "its shutter, which makes no sense")
    _note_the_rest(dataset, left_out)
    return PresentationState(
        film=film,
        title=found.title,
        window=window,
        lut=lut,
        table=_table(dataset, left_out),
        rescale=_rescale(dataset, left_out),
        has_modality_table=bool(items_of(dataset, "ModalityLUTSequence")),
        inverse=text_of(dataset, "PresentationLUTShape") == "INVERSE",
        quarter_turns=quarter_turns,
        mirrored=mirrored,
        area=area,
        shutter=shutter,
        graphics=graphics,
        texts=texts,
        left_out=tuple(dict.fromkeys(left_out)),
    )


def _films(dataset: Dataset) -> Iterator[SopUid]:
    for series in items_of(dataset, "ReferencedSeriesSequence"):
        for item in items_of(series, "ReferencedImageSequence"):
            uid = text_of(item, "ReferencedSOPInstanceUID")
            if uid and len(uid) <= 64:
                yield SopUid(uid)


def _applies(item: Dataset, film: SopUid) -> bool:
    """Whether an item applies to a film's first frame; one without references always does."""
    references = items_of(item, "ReferencedImageSequence")
    if not references:
        return True
    return any(
        text_of(one, "ReferencedSOPInstanceUID") == film
        and 1 in [int(n) for n in _numbers(one, "ReferencedFrameNumber") or [1.0]]
        for one in references
    )


def _voi(
    dataset: FileDataset, film: SopUid, left_out: list[str]
) -> tuple[Window | None, VoiLut | None]:
    for item in items_of(dataset, "SoftcopyVOILUTSequence"):
        if not _applies(item, film):
            continue
        windows = windows_of(item)
        if not windows and (is_stated(item, "WindowCenter") or is_stated(item, "WindowWidth")):
            left_out.append("its window, which makes no sense")
        for table in items_of(item, "VOILUTSequence"):
            lut = _made(partial(lut_of, table, dataset))
            if lut is not None:
                if lut.bits != declared_bits(table):
                    left_out.append("the bits of its display curve, which do not fit its entries")
                return None, lut
            left_out.append("its display curve, which is damaged")
        return (windows[0] if windows else None), None
    return None, None


def _table(dataset: FileDataset, left_out: list[str]) -> VoiLut | None:
    """The presentation table (PS3.3 C.11.6); a file with a table has no presentation shape."""
    for item in items_of(dataset, "PresentationLUTSequence"):
        table = _made(partial(lut_of, item, dataset))
        if table is not None and len(table.entries) > 1:
            return table
        left_out.append("its presentation table, which is damaged")
    return None


def _rescale(dataset: Dataset, left_out: list[str]) -> tuple[float, float] | None:
    keywords = ("RescaleSlope", "RescaleIntercept")
    slope, intercept = (number_of(dataset, keyword) for keyword in keywords)
    if slope is None or intercept is None or slope == 0:
        if any(is_stated(dataset, keyword) for keyword in keywords):
            left_out.append("its rescale values, which make no sense")
        return None
    return slope, intercept


def _turn(dataset: Dataset, left_out: list[str]) -> tuple[int, bool]:
    """Quarter turns after mirroring; the file's order is rotation first (PS3.3 C.10.6)."""
    degrees = (_numbers(dataset, "ImageRotation") or [0.0])[0]
    if degrees % 90:
        left_out.append("its rotation, which is not by right angles")
        degrees = 0.0
    turns = round(degrees / 90) % 4
    mirrored = text_of(dataset, "ImageHorizontalFlip") == "Y"
    return (-turns % 4 if mirrored else turns), mirrored


def _area(dataset: Dataset, film: SopUid) -> DisplayedArea | None:
    items = items_of(dataset, "DisplayedAreaSelectionSequence")
    item = next((one for one in items if _applies(one, film)), None)
    if item is None:
        return None
    first = _numbers(item, "DisplayedAreaTopLeftHandCorner")
    last = _numbers(item, "DisplayedAreaBottomRightHandCorner")
    if len(first) != 2 or len(last) != 2:
        return None
    # Pixels count from 1, and the corners are those seen after the rotation.
    (left, right), (top, bottom) = sorted((first[0], last[0])), sorted((first[1], last[1]))
    mode = text_of(item, "PresentationSizeMode")
    magnification = (_numbers(item, "PresentationPixelMagnificationRatio") or [1.0])[0]
    return DisplayedArea(
        left=left - 1.5,
        top=top - 1.5,
        right=right - 0.5,
        bottom=bottom - 0.5,
        mode=SizeMode(mode) if mode in tuple(SizeMode) else SizeMode.SCALE_TO_FIT,
        magnification=magnification if magnification > 0 else 1.0,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    """The reference frame of DISPLAY units: the displayed area and its rotation."""

    area: DisplayedArea
    quarter_turns: int
    mirrored: bool

    def point(self, units: str, x: float, y: float) -> Point | None:
        """A point in image pixels; None for units of slide microscopy."""
        if units == "PIXEL":
            # (0, 0) is the corner of the first pixel (PS3.3 C.10.5.1.1).
            return Point(x=x - 0.5, y=y - 0.5)
        if units != "DISPLAY":
            return None
        for _ in range(self.quarter_turns):
            x, y = y, 1.0 - x
        if self.mirrored:
            x = 1.0 - x
        area = self.area
        return Point(
            x=area.left + x * (area.right - area.left), y=area.top + y * (area.bottom - area.top)
        )


def _annotations(
    dataset: Dataset, film: SopUid, frame: _Frame, left_out: list[str]
) -> tuple[tuple[Graphic, ...], tuple[GraphicText, ...]]:
    graphics: list[Graphic] = []
    texts: list[GraphicText] = []
    for item in items_of(dataset, "GraphicAnnotationSequence"):
        if not _applies(item, film):
            continue
        shapes, words = (items_of(item, name) for name in _OBJECTS)
        graphics += _drawn(shapes, lambda one: _graphic(one, frame), left_out)
        texts += _drawn(words, lambda one: _text(one, frame), left_out)
        if items_of(item, "CompoundGraphicSequence"):
            left_out.append("its compound graphics")
    if len(graphics) + len(texts) > MAX_GRAPHICS:
        left_out.append(f"its graphics after the first {MAX_GRAPHICS}")
    return tuple(graphics[:MAX_GRAPHICS]), tuple(texts[:MAX_GRAPHICS])


def _drawn(
    items: Iterable[Dataset], make: Callable[[Dataset], _Made | None], left_out: list[str]
) -> list[_Made]:
    made = []
    for item in items:
        one = _made(partial(make, item))
        if one is None:
            left_out.append("a graphic that makes no sense")
        else:
            made.append(one)
    return made


def _made(make: Callable[[], _Made | None]) -> _Made | None:
    """The result of `make`, or None if the file's values are invalid."""
    try:
        return make()
    except _BROKEN:
        return None


_OBJECTS = ("GraphicObjectSequence", "TextObjectSequence")
_POINTS = {GraphicKind.POINT: (1, 1), GraphicKind.CIRCLE: (2, 2), GraphicKind.ELLIPSE: (4, 4)}


def _graphic(item: Dataset, frame: _Frame) -> Graphic | None:
    kind = GraphicKind(text_of(item, "GraphicType"))
    numbers = _numbers(item, "GraphicData")
    units = text_of(item, "GraphicAnnotationUnits")
    found = [frame.point(units, x, y) for x, y in zip(numbers[::2], numbers[1::2], strict=True)]
    points = tuple(point for point in found if point is not None)
    fewest, most = _POINTS.get(kind, (2, MAX_POINTS))
    if len(points) != len(found) or not fewest <= len(points) <= most:
        return None
    is_filled = text_of(item, "GraphicFilled") == "Y"
    return Graphic(kind=kind, points=points, is_filled=is_filled)


def _text(item: Dataset, frame: _Frame) -> GraphicText | None:
    value = str(item.get("UnformattedTextValue") or "")
    lines = tuple(clean_text(line) for line in value.splitlines()[:MAX_LINES])
    corner = _place(item, frame, "BoundingBoxTopLeftHandCorner", "BoundingBoxAnnotationUnits")
    anchor = _place(item, frame, "AnchorPoint", "AnchorPointAnnotationUnits")
    if not any(lines) or (corner is None and anchor is None):
        return None
    is_tied = text_of(item, "AnchorPointVisibility") == "Y" and anchor is not None
    return GraphicText(
        lines=lines, corner=corner, anchor=anchor, is_tied=is_tied and corner is not None
    )


def _place(item: Dataset, frame: _Frame, keyword: str, units: str) -> Point | None:
    numbers = _numbers(item, keyword)
    return frame.point(text_of(item, units), *numbers) if len(numbers) == 2 else None


def _note_the_rest(dataset: Dataset, left_out: list[str]) -> None:
    for keyword, words in (
        ("MaskSubtractionSequence", "its subtraction of a mask"),
        ("ShutterOverlayGroup", "its shutter of single pixels"),
    ):
        if is_stated(dataset, keyword):
            left_out.append(words)
    groups = [0x6000 + 2 * number for number in range(MAX_OVERLAYS)]
    if any((group, 0x3000) in dataset for group in groups):
        left_out.append("its overlays")
    elif any((group, 0x1001) in dataset for group in groups):
        left_out.append("its choice among the film's overlays")


def _numbers(dataset: Dataset, keyword: str) -> list[float]:
    """Finite numbers of an element; empty if it is absent or any value is not a number."""
    found = numbers_of(dataset, keyword)
    numbers = [number for number in found if number is not None]
    return numbers if len(numbers) == len(found) else []
