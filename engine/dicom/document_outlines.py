"""Outlines that a structured report has on films (PS3.3 C.18.6, PS3.16 TID 300, 1410 and 1500).

An outline's words are the number that it was inferred for, or the numbers beside it in its group.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pydicom.dataset import Dataset

from engine.dicom.content_tree import named_number
from engine.dicom.header import text_of
from engine.dicom.values import items_of, numbers_of
from engine.domain.annotation import Point
from engine.domain.presentation_state import Graphic, GraphicKind
from engine.domain.prior_document import TheirOutline
from engine.domain.study import SopUid

_MOST: Final = 200
_MOST_POINTS: Final = 2_000
_KINDS: Final = {
    "POINT": (GraphicKind.POINT, 1, 1),
    "POLYLINE": (GraphicKind.POLYLINE, 2, _MOST_POINTS),
    "CIRCLE": (GraphicKind.CIRCLE, 2, 2),
    "ELLIPSE": (GraphicKind.ELLIPSE, 4, 4),
}
"""Kinds by Graphic Type, and the least and the greatest number of points."""


@dataclass(frozen=True, slots=True, eq=False)
class Outlines:
    """What can be drawn of a report.

    Attributes:
        drawn: Content items that it shows, by identity: the outlines and their references to films.
    """

    outlines: tuple[TheirOutline, ...]
    drawn: frozenset[int]


def document_outlines(report: Dataset) -> Outlines:
    """The outlines on films in the order of the tree, each once; what cannot be drawn is left."""
    words: dict[tuple[SopUid, Graphic], dict[str, None]] = {}
    drawn: set[int] = set()
    for parent, item in _outline_items(report):
        film, graphic = _film(item), _graphic(item)
        key = film and graphic and (film, graphic)
        if not key or (key not in words and len(words) == _MOST):
            continue
        words.setdefault(key, {}).update(dict.fromkeys(_words(parent)))
        drawn.add(id(item))
        drawn.update(map(id, items_of(item, "ContentSequence")))
    outlines = (
        TheirOutline(film=film, graphic=graphic, words="; ".join(said))
        for (film, graphic), said in words.items()
    )
    return Outlines(tuple(outlines), frozenset(drawn))


def _outline_items(report: Dataset) -> Iterator[tuple[Dataset, Dataset]]:
    """Each outline behind the item that it stands in."""
    stack = [report]
    while stack:
        parent = stack.pop()
        below = list(items_of(parent, "ContentSequence"))
        for item in below:
            if text_of(item, "ValueType").upper() == "SCOORD":
                yield parent, item
        stack += reversed(below)


def _words(parent: Dataset) -> Iterator[str]:
    is_number = text_of(parent, "ValueType").upper() == "NUM"
    for item in (parent,) if is_number else items_of(parent, "ContentSequence"):
        if text_of(item, "ValueType").upper() == "NUM":
            yield named_number(item)


def _film(item: Dataset) -> SopUid | None:
    """The one film that an outline was selected from."""
    films = {
        text_of(reference, "ReferencedSOPInstanceUID")
        for child in items_of(item, "ContentSequence")
        for reference in items_of(child, "ReferencedSOPSequence")
    }
    return SopUid(films.pop()) if len(films) == 1 and "" not in films else None


def _graphic(item: Dataset) -> Graphic | None:
    """The shape in image pixels; None if it is not as its kind asks."""
    numbers = numbers_of(item, "GraphicData")
    found = _KINDS.get(text_of(item, "GraphicType").upper())
    if found is None or len(numbers) % 2:
        return None
    kind, least, most = found
    # From the corner of the first pixel (PS3.3 C.18.6.1.2), where we count from its middle.
    points = tuple(
        Point(x=x - 0.5, y=y - 0.5)
        for x, y in zip(numbers[::2], numbers[1::2], strict=True)
        if x is not None and y is not None
    )
    is_whole = 2 * len(points) == len(numbers) and least <= len(points) <= most
    return Graphic(kind=kind, points=points) if is_whole else None
