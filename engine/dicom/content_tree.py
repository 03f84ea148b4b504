"""The content tree of a structured report as headings and sentences (PS3.3 C.17.3).

A sentence is an item's name and value with everything that qualifies them: "Finding: Pneumothorax
(Presence: Absent)" says the opposite of "Finding: Pneumothorax".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from html.parser import HTMLParser
from typing import Final

from pydicom.dataset import Dataset

from engine.dicom.header import clean_text, date_of, name_of, text_of
from engine.dicom.unshown_content import placeholder, unshown
from engine.dicom.values import items_of, numbers_of
from engine.domain.prior_document import DocumentLine

MOST_CHARACTERS: Final = 500_000
_DEEPEST_HEADING: Final = 6
_HTML: Final = re.compile(
    r"</?(?:html|body|p|div|span|br|b|i|u|em|strong|font|table|tr|td|ul|ol|li|h[1-6]|pre)"
    r"(?:\s+[\w-]+\s*=[^<>]*)?\s*/?>",
    re.IGNORECASE,
)
_BLOCKS: Final = frozenset(
    {"p", "div", "br", "tr", "li", "ul", "ol", "table", "pre", "h1", "h2", "h3", "h4", "h5", "h6"}
)
_UNREAD: Final = frozenset({"script", "style", "head"})
# Relationships whose target qualifies its source (PS3.3 C.17.3.2.4).
_QUALIFYING: Final = frozenset({"HAS CONCEPT MOD", "HAS PROPERTIES", "HAS ACQ CONTEXT"})
_CONTEXT: Final = "HAS OBS CONTEXT"
# Observer, device and language (PS3.16 TID 1002 and 1204) are not part of the report's text.
_SPEAKER: Final = re.compile(
    "(person |device )?observer|language|country of language", re.IGNORECASE
)
_MEASURER: Final = re.compile(
    "person observer name|device observer (?:name|manufacturer|model name)", re.IGNORECASE
)
# Titles of measurement reports (PS3.16 CID 7021).
_MEASUREMENT_REPORTS: Final = frozenset({"126000", "126001", "126002", "126003"})
_SPOKEN: Final = ("TEXT", "CODE", "NUM")
_NAME_AND_VALUE: Final = (
    "ValueType",
    "ConceptNameCodeSequence",
    "ConceptCodeSequence",
    "MeasuredValueSequence",
    "NumericValueQualifierCodeSequence",
    "TextValue",
    "DateTime",
    "Date",
    "Time",
    "PersonName",
)
# Units of UCUM that are none: a pure number, and remarks in braces that only say so.
_NO_UNIT: Final = frozenset({"", "1", "ratio", "no units", "0:1", "1:1"})


def content_lines(report: Dataset) -> Iterator[DocumentLine]:
    """Headings and sentences of a report in the order of its tree; the reader limits its depth."""
    _resolve(report)
    if about := _qualified(report):
        yield DocumentLine(text=about)
    if measurers := _measurers(report):
        yield DocumentLine(text=f"Measured by {measurers}")
    yield from _lines(report, 1)


def content_notes(report: Dataset, drawn: Collection[int] = ()) -> tuple[str, ...]:
    """What of the tree its lines do not show, once they have been read.

    Args:
        report: The report.
        drawn: Items that are shown on films, by identity.
    """
    note = unshown(report, drawn)
    return (note,) if note else ()


def _resolve(report: Dataset) -> None:
    """Give qualifiers by reference (PS3.3 C.17.3.2.5) the name and value of their target.

    The target's own qualifiers stay with it, so that items that refer to each other end somewhere.
    """
    level = [report]
    while level:
        item = level.pop()
        for child in items_of(item, "ContentSequence"):
            level.append(child)
            path = numbers_of(child, "ReferencedContentItemIdentifier")
            target = _target(report, path) if _relationship(child) in _QUALIFYING else None
            if target is None:
                continue
            for keyword in _NAME_AND_VALUE:
                if keyword in target:
                    child[keyword] = target[keyword]


def _target(report: Dataset, path: list[float | None]) -> Dataset | None:
    """The item at a path of positions from 1, of which the first is the report itself."""
    item: Dataset | None = report if path else None
    for position in path[1:]:
        below = [] if item is None else items_of(item, "ContentSequence")
        is_inside = position is not None and 1 <= position <= len(below)
        item = below[int(position or 0) - 1] if is_inside else None
    return None if item is report else item


def _measurers(report: Dataset) -> str:
    """Who or which program made a measurement report (PS3.16 TID 1500, 1002); empty for others.

    A number of somebody else's must not pass for the reader's own.
    """
    if _code(report, "ConceptNameCodeSequence") not in _MEASUREMENT_REPORTS:
        return ""
    named = (
        _value(item)
        for item in items_of(report, "ContentSequence")
        if _relationship(item) == _CONTEXT and _MEASURER.fullmatch(concept_name(item))
    )
    return ", ".join(dict.fromkeys(name for name in named if name))


def concept_name(item: Dataset) -> str:
    """The meaning of an item's concept name; empty if it has none."""
    return _meaning(item, "ConceptNameCodeSequence")


def named_number(item: Dataset) -> str:
    """A measured number with its name and unit, e.g. "Length: 14.5 mm"."""
    return f"{concept_name(item)}: {_number(item) or 'no value'}"


def _lines(container: Dataset, depth: int) -> Iterator[DocumentLine]:
    """The lines below an item, without the item's own qualifiers."""
    heading = concept_name(container)
    for item in items_of(container, "ContentSequence"):
        if _relationship(item) in _QUALIFYING or _is_speaker(item):
            continue
        if text_of(item, "ValueType") == "CONTAINER":
            yield from _section(item, depth)
            continue
        if sentence := _sentence(item, heading):
            yield DocumentLine(text=sentence)
        yield from _below(item, depth + 1)


def _section(item: Dataset, depth: int) -> Iterator[DocumentLine]:
    """A container's lines under its heading; an empty container without qualifiers gives none."""
    below = list(_below(item, depth + 1))
    name, qualifiers = concept_name(item), _qualified(item)
    if qualifiers or (name and below):
        heading = _joined(name, qualifiers)
        yield DocumentLine(text=heading, level=min(depth, _DEEPEST_HEADING))
    yield from below


def _below(item: Dataset, depth: int) -> Iterator[DocumentLine]:
    yield from _lines(item, depth)
    for child in items_of(item, "ContentSequence"):
        if _relationship(child) in _QUALIFYING:
            yield from _below(child, depth)


def _sentence(item: Dataset, heading: str) -> str:
    """An item as a sentence: name, value and qualifiers; empty if it has nothing to say.

    A text under a heading of the same name ("Finding" under "Findings") is given without its name.
    """
    kind, name = text_of(item, "ValueType"), concept_name(item)
    value = _value(item) or placeholder(item)
    if not value:
        qualifiers = _qualified(item) if kind in _SPOKEN else ""
        is_told = bool(name) and (kind == "NUM" or bool(qualifiers))
        return _joined(f"{name}: no value", qualifiers) if is_told else ""
    if kind == "TEXT" and name.lower().removesuffix("s") == heading.lower().removesuffix("s"):
        name = ""
    return _joined(f"{name}: {value}" if name else value, _qualified(item))


def _qualified(item: Dataset) -> str:
    """All qualifiers of an item, each with its name and its own qualifiers."""
    found = []
    for child in items_of(item, "ContentSequence"):
        is_reference = text_of(child, "ValueType") == "UIDREF"
        if _relationship(child) not in _QUALIFYING or is_reference or _is_speaker(child):
            continue
        name, value = concept_name(child), " ".join((_value(child) or placeholder(child)).split())
        words = ": ".join(part for part in (name, value) if part)
        if words:
            found.append(_joined(words, _qualified(child)))
    return "; ".join(found)


def _joined(words: str, qualifiers: str) -> str:
    return f"{words} ({qualifiers})".strip() if qualifiers else words


def _relationship(item: Dataset) -> str:
    return text_of(item, "RelationshipType").upper()


def _is_speaker(item: Dataset) -> bool:
    """Whether an item describes the observer or is an identifier, and not report text."""
    if _relationship(item) not in {_CONTEXT, *_QUALIFYING}:
        return False
    return text_of(item, "ValueType") == "UIDREF" or bool(_SPEAKER.match(concept_name(item)))


def _value(item: Dataset) -> str:
    """A content item's value in words; empty for references to anything other than text."""
    read = _READERS.get(text_of(item, "ValueType"))
    return "" if read is None else read(item)


def _prose(item: Dataset) -> str:
    """A text of any length with its line breaks; each line is cleaned like other values."""
    raw = item.get("TextValue")
    lines = _without_tags(str(raw)).splitlines() if isinstance(raw, str) else []
    return "\n".join(clean_text(line, MOST_CHARACTERS + 1) for line in lines).strip()


def _without_tags(text: str) -> str:
    """The words of a text that a system wrote as HTML; any other text unchanged."""
    if not _HTML.search(text):
        return text
    reader = _Words()
    reader.feed(text)
    reader.close()
    return "\n".join(line for line in "".join(reader.words).splitlines() if line.strip())


class _Words(HTMLParser):
    """Collects the words of HTML, separated at blocks and table cells."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._skipped = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._skipped += tag in _UNREAD
        self._part(tag)

    def handle_endtag(self, tag: str) -> None:
        self._skipped = max(0, self._skipped - (tag in _UNREAD))
        self._part(tag)

    def handle_data(self, data: str) -> None:
        if not self._skipped:
            # A line break in the source is a blank; only blocks end a line of the report.
            self.words.append(re.sub(r"\s+", " ", data))

    def _part(self, tag: str) -> None:
        self.words.append("\n" if tag in _BLOCKS else " " if tag in ("td", "th") else "")


def _number(item: Dataset) -> str:
    """Number and unit, with the qualifier or the reason for a missing number (PS3.3 C.18.1)."""
    found = []
    for measured in items_of(item, "MeasuredValueSequence")[:1]:
        number = text_of(measured, "NumericValue") or text_of(measured, "FloatingPointValue")
        unit = _code(measured, "MeasurementUnitsCodeSequence")
        # A remark that says what is counted, as in {pixels}, must stand beside the number.
        remark = unit.removeprefix("{").removesuffix("}")
        word = "" if remark in _NO_UNIT else remark
        found.append(f"{number} {word}".strip() if number else "")
    qualifier = _meaning(item, "NumericValueQualifierCodeSequence")
    value = next(iter(found), "")
    if value and qualifier:
        return f"{value}, {qualifier}"
    return value or qualifier


def _code(item: Dataset, keyword: str) -> str:
    """A code's value, which for a unit is its short form, else its meaning."""
    for code in items_of(item, keyword)[:1]:
        names = ("CodeValue", "LongCodeValue", "CodeMeaning")
        return next((word for word in (text_of(code, name) for name in names) if word), "")
    return ""


def _meaning(item: Dataset, keyword: str) -> str:
    """The meaning of a code, or its value if the meaning is missing."""
    for code in items_of(item, keyword)[:1]:
        meaning = text_of(code, "CodeMeaning")
        values = (text_of(code, name) for name in ("CodeValue", "LongCodeValue", "URNCodeValue"))
        return meaning or next((f"code {value}" for value in values if value), "")
    return ""


def _moment(item: Dataset) -> str:
    """Day and time to the minute; as written if it is no DT value."""
    words = text_of(item, "DateTime")
    found = re.match(r"(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d))?", words)
    if found is None:
        return words
    day = "-".join(found.groups()[:3])
    return f"{day} {found[4]}:{found[5]}" if found[4] else day


def _day(item: Dataset) -> str:
    day = date_of(item, "Date")
    return "" if day is None else f"{day:%Y-%m-%d}"


# Other kinds hold no words; they are counted in a note.
_READERS: Final[dict[str, Callable[[Dataset], str]]] = {
    "TEXT": _prose,
    "CODE": lambda item: _meaning(item, "ConceptCodeSequence"),
    "NUM": _number,
    "PNAME": lambda item: name_of(item, "PersonName"),
    "DATE": _day,
    "TIME": lambda item: text_of(item, "Time"),
    "DATETIME": _moment,
    "UIDREF": lambda item: text_of(item, "UID"),
}
