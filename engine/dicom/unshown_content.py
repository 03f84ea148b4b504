"""What of a structured report cannot be shown as words, so that it can be named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from typing import Final

from pydicom.dataset import Dataset

from engine.dicom.header import text_of
from engine.dicom.values import items_of, number_of

# Value types (PS3.3 C.17.3.2.1) that hold no words, in one and in several.
_NAMES: Final = {
    "IMAGE": ("image", "images"),
    "COMPOSITE": ("other object", "other objects"),
    "WAVEFORM": ("waveform", "waveforms"),
    "TABLE": ("table", "tables"),
    "SCOORD": ("outline on an image", "outlines on images"),
    "SCOORD3D": ("outline in space", "outlines in space"),
    "TCOORD": ("stretch of time", "stretches of time"),
}
_LINK: Final = ("link between two items", "links between two items")
_OTHER: Final = ("item of an unknown kind", "items of an unknown kind")
_WORDS: Final = frozenset(
    {"", "TEXT", "CODE", "NUM", "PNAME", "DATE", "TIME", "DATETIME", "UIDREF", "CONTAINER"}
)
# Kinds that are content of their own, so that they are named where they stand.
_OF_ITS_OWN: Final = frozenset({"TABLE", "WAVEFORM"})


def unshown(report: Dataset, drawn: Collection[int] = ()) -> str:
    """A sentence that counts what is not shown; empty if there is nothing.

    Args:
        report: With the name and value of its target in each qualifier by reference.
        drawn: Items that are shown on films, by identity.
    """
    counts: Counter[tuple[str, str]] = Counter()
    for item in _items(report):
        if id(item) in drawn:
            continue
        kind = text_of(item, "ValueType").upper()
        if not kind and "ReferencedContentItemIdentifier" in item:
            counts[_LINK] += 1
        elif kind not in _WORDS:
            counts[_NAMES.get(kind, _OTHER)] += 1
    parts = [f"{count} {names[count > 1]}" for names, count in counts.items()]
    return f"Not shown of this report: {', '.join(parts)}." if parts else ""


def placeholder(item: Dataset) -> str:
    """The words in the place of an item that is content without words; empty for any other."""
    kind = text_of(item, "ValueType").upper()
    if kind in _WORDS or (kind in _NAMES and kind not in _OF_ITS_OWN):
        return ""
    rows, columns = (number_of(item, f"NumberOfTable{side}") for side in ("Rows", "Columns"))
    size = f" of {rows:.0f} rows and {columns:.0f} columns" if rows and columns else ""
    return f"a {_NAMES.get(kind, _OTHER)[0]}{size}, not shown here".replace("a item", "an item")


def _items(report: Dataset) -> Iterator[Dataset]:
    level = [report]
    while level:
        below = items_of(level.pop(), "ContentSequence")
        yield from below
        level.extend(below)
