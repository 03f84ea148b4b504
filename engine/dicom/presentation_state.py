"""Read Grayscale Softcopy Presentation States (PS3.3 A.33.1) from untrusted headers.

Runs in the decode worker. What a state asks for and is not shown here is not passed over in
silence: it is listed in plain words beside the rest.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from pydicom.dataset import Dataset, FileDataset
from pydicom.uid import GrayscaleSoftcopyPresentationStateStorage

from engine.dicom.graphics import shutter_of
from engine.dicom.header import clean_text, date_of, name_of, text_of, uid_of
from engine.dicom.pixels import lut_of, windows_of
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
    """Whether a header is of a greyscale presentation state, the only kind read here."""
    uid = str(dataset.get("SOPClassUID") or "").strip()
    return uid == GrayscaleSoftcopyPresentationStateStorage


def found_presentation(dataset: FileDataset, path: Path, member: str = "") -> PresentationRef:
    """Which films a presentation state is about; raises `DamagedFileError` if it names none."""
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
    """What a presentation state asks for on one film.

    Args:
        dataset: The state's header.
        film: The film.
        rows: Of the film.
        columns: Of the film.

    Raises:
        UnsupportedImageError: It is not about that film.
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
    _note_the_rest(dataset, left_out)
    return PresentationState(
        film=film,
        title=found.title,
        window=window,
        lut=lut,
        table=_table(dataset, left_out),
        rescale=_rescale(dataset),
        has_modality_table=bool(dataset.get("ModalityLUTSequence")),
        inverse=text_of(dataset, "PresentationLUTShape") == "INVERSE",
        quarter_turns=quarter_turns,
        mirrored=mirrored,
        area=area,
        shutter=shutter_of(dataset),
        graphics=graphics,
        texts=texts,
        left_out=tuple(dict.fromkeys(left_out)),
    )


def _films(dataset: Dataset) -> Iterator[SopUid]:
    for series in dataset.get("ReferencedSeriesSequence") or ():
        for item in series.get("ReferencedImageSequence") or ():
            uid = text_of(item, "ReferencedSOPInstanceUID")
            if uid and len(uid) <= 64:
                yield SopUid(uid)


def _applies(item: Dataset, film: SopUid) -> bool:
    """Whether an item is about a film's first frame; one that names no film is about all."""
    references = item.get("ReferencedImageSequence") or ()
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
    for item in dataset.get("SoftcopyVOILUTSequence") or ():
        if not _applies(item, film):
            continue
        windows = windows_of(item)
        for table in item.get("VOILUTSequence") or ():
            lut = _made(partial(lut_of, table, dataset))
            if lut is not None:
                return None, lut
            left_out.append("its display curve, which is damaged")
        return (windows[0] if windows else None), None
    return None, None


def _table(dataset: FileDataset, left_out: list[str]) -> VoiLut | None:
    """The presentation table (PS3.3 C.11.6); a file that has one has no shape beside it."""
    for item in dataset.get("PresentationLUTSequence") or ():
        table = _made(partial(lut_of, item, dataset))
        if table is not None and len(table.entries) > 1:
            return table
        left_out.append("its presentation table, which is damaged")
    return None


def _rescale(dataset: Dataset) -> tuple[float, float] | None:
    slope, intercept = _numbers(dataset, "RescaleSlope"), _numbers(dataset, "RescaleIntercept")
    if not slope or not intercept or slope[0] == 0:
        return None
    return slope[0], intercept[0]


def _turn(dataset: Dataset, left_out: list[str]) -> tuple[int, bool]:
    """Quarter turns after mirroring; the file turns first and mirrors then (PS3.3 C.10.6)."""
    degrees = (_numbers(dataset, "ImageRotation") or [0.0])[0]
    if degrees % 90:
        left_out.append("its rotation, which is not by right angles")
        degrees = 0.0
    turns = round(degrees / 90) % 4
    mirrored = text_of(dataset, "ImageHorizontalFlip") == "Y"
    return (-turns % 4 if mirrored else turns), mirrored


def _area(dataset: Dataset, film: SopUid) -> DisplayedArea | None:
    items = dataset.get("DisplayedAreaSelectionSequence") or ()
    item = next((one for one in items if _applies(one, film)), None)
    if item is None:
        return None
    first = _numbers(item, "DisplayedAreaTopLeftHandCorner")
    last = _numbers(item, "DisplayedAreaBottomRightHandCorner")
    if len(first) != 2 or len(last) != 2:
        return None
    # Pixels counted from 1; the corners are named as they are seen after the turn.
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
    """What DISPLAY units are fractions of: the area as it is seen, and how it is turned."""

    area: DisplayedArea
    quarter_turns: int
    mirrored: bool

    def point(self, units: str, x: float, y: float) -> Point | None:
        """A place in image pixels; None for units of slide microscopy."""
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
    for item in dataset.get("GraphicAnnotationSequence") or ():
        if not _applies(item, film):
            continue
        shapes, words = item.get("GraphicObjectSequence"), item.get("TextObjectSequence")
        graphics += _drawn(shapes or (), lambda one: _graphic(one, frame), left_out)
        texts += _drawn(words or (), lambda one: _text(one, frame), left_out)
        if item.get("CompoundGraphicSequence"):
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
    """What is made, or None where the file's values make no sense."""
    try:
        return make()
    except _BROKEN:
        return None


_POINTS = {GraphicKind.POINT: (1, 1), GraphicKind.CIRCLE: (2, 2), GraphicKind.ELLIPSE: (4, 4)}


def _graphic(item: Dataset, frame: _Frame) -> Graphic | None:
    kind = GraphicKind(text_of(item, "GraphicType"))
    numbers = _numbers(item, "GraphicData")
    units = text_of(item, "GraphicAnnotationUnits")
    places = [frame.point(units, x, y) for x, y in zip(numbers[::2], numbers[1::2], strict=True)]
    points = tuple(place for place in places if place is not None)
    fewest, most = _POINTS.get(kind, (2, MAX_POINTS))
    if len(points) != len(places) or not fewest <= len(points) <= most:
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
        if dataset.get(keyword):
            left_out.append(words)


def _numbers(dataset: Dataset, keyword: str) -> list[float]:
    """Finite numbers of an element; none if it is absent or one of them is none."""
    try:
        value = dataset.get(keyword)
        many = [] if value is None or value == "" else value
        plain = [many] if isinstance(many, str | int | float) else list(many)
        numbers = [float(str(one)) for one in plain]
    except (*_BROKEN, NotImplementedError):
        return []
    return numbers if all(math.isfinite(number) for number in numbers) else []
