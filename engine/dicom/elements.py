"""A data set as lines of text with its sequences expanded, within limits."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pydicom.datadict import dictionary_description
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset

from engine.domain.header import HeaderElement

MAX_LINES = 5_000
MAX_VALUE = 300
_HIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]+")


def header_elements(dataset: Dataset) -> tuple[HeaderElement, ...]:
    """File meta information and data set without pixel data, at most `MAX_LINES` lines."""
    lines: list[HeaderElement] = []
    meta = getattr(dataset, "file_meta", None)
    for part in (meta, dataset):
        for line in () if part is None else _lines(part, 0):
            if len(lines) == MAX_LINES:
                return tuple(lines)
            lines.append(line)
    return tuple(lines)


def _lines(dataset: Dataset, depth: int) -> Iterator[HeaderElement]:
    for tag in sorted(dataset.keys()):
        try:
            element = dataset[tag]
        except Exception:  # noqa: BLE001 - an unreadable value is listed, not raised
            yield HeaderElement(
                tag=_tag(tag), name=_name(tag), vr="", value="cannot be read", depth=depth
            )
            continue
        yield _line(element, depth)
        if element.VR == "SQ":
            for number, item in enumerate(element.value, start=1):
                yield HeaderElement(tag="", name=f"Item {number}", vr="", value="", depth=depth + 1)
                yield from _lines(item, depth + 1)


def _line(element: DataElement, depth: int) -> HeaderElement:
    return HeaderElement(
        tag=_tag(element.tag),
        name=_name(element.tag) or element.name.strip("[]").replace("Private tag data", ""),
        vr=str(element.VR),
        value=_text(element),
        depth=depth,
    )


def _text(element: DataElement) -> str:
    value = element.value
    if element.VR == "SQ":
        return f"{len(value)} items"
    if isinstance(value, bytes):
        return f"{len(value):,} bytes"
    many = not isinstance(value, str) and element.VM > 1
    text = " \\ ".join(str(part) for part in value) if many else str(value)
    text = _HIDDEN.sub(" ", "" if value is None else text)
    return text if len(text) <= MAX_VALUE else f"{text[: MAX_VALUE - 1]}…"


def _tag(tag: int) -> str:
    return f"({tag >> 16:04X},{tag & 0xFFFF:04X})"


def _name(tag: int) -> str:
    try:
        return dictionary_description(tag)
    except KeyError:
        return ""
