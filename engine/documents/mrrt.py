"""Report templates in the IHE exchange format (Management of Radiology Report Templates, HTML5).

Runs in the decode worker only: a template is an untrusted file. Only plain text is taken: the
title, and the words of each `<section data-section-name>`, with `<select>`, `<input>` and
`<textarea>` as fields. Scripts, styles, links and pictures are left out, and nothing is loaded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

from engine.documents import mrrt_labels, mrrt_rows
from engine.domain.report import Section
from engine.errors import DamagedFileError, LimitExceededError

GREATEST_BYTES: Final = 1_000_000
"""A published template has about ten thousand bytes."""
MOST_SENTENCES: Final = 200
_ADVICE = "Ask for the template as HTML by the IHE's MRRT profile."
_SENTENCE_END = re.compile(r"(?<=[.?!])\s+(?=[^\W_]|[\[(“\"'])")
# What a full stop may end without ending a sentence: an abbreviation or a list number.
_NO_END = re.compile(
    r"(?:^|[\s(\[])(?:e\.g|i\.e|a\.p|p\.a|approx|ca|cf|dr|prof|mr|mrs|ms|st|vs|rt|lt|no|nos|fig"
    r"|incl|excl|resp|max|min|ant|post|lat|bilat)\.$|^\(?(?:\d{1,3}|[a-z])[.)]*$",
    re.IGNORECASE,
)
_SKIPPED = frozenset({"script", "style", "head"})
_LISTS = ("ol", "ul")
_NEGATED = re.compile(r"no\s+(?=\w)", re.IGNORECASE)
_ARTICLE = re.compile(r"an?\s+(?=\w)", re.IGNORECASE)
_LONGEST_NAME = 200
_SECTIONS: Final = {
    Section.INDICATION: re.compile(r"indication|clinical|history|reason", re.IGNORECASE),
    Section.TECHNIQUE: re.compile(r"technique|procedure|protocol|exam", re.IGNORECASE),
    Section.COMPARISON: re.compile(r"comparison|prior", re.IGNORECASE),
    Section.IMPRESSION: re.compile(r"impression|conclusion|summary|recommend", re.IGNORECASE),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedTemplate:
    """What an MRRT file contains.

    Attributes:
        title: Of the file; empty if it has none.
        sections: Name of our section and its sentences, in reading order; a section that matches
            none of ours goes into the findings.
    """

    title: str
    sections: tuple[tuple[str, tuple[str, ...]], ...]


def read_mrrt(content: bytes) -> ImportedTemplate:
    """Read a template.

    Raises:
        LimitExceededError: It is far larger than any template.
        DamagedFileError: It is not text, not MRRT, or has no words.
    """
    if len(content) > GREATEST_BYTES:
        raise LimitExceededError("This file is too large to be a report template.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DamagedFileError(
            "This file is no report template: it is not text in UTF-8.", what_to_do=_ADVICE
        ) from error
    reader = _Reader(mrrt_labels.labels_in(text))
    reader.feed(text)
    reader.close()
    if not reader.found:
        raise DamagedFileError(
            "This file is no report template: it has no section of a report.", what_to_do=_ADVICE
        )
    sections: dict[Section, list[str]] = {}
    for part in reader.found:
        ours = _ours(part.names)
        sections.setdefault(ours, []).extend(_sentences("".join(part.pieces), part.heading))
    wanted = [(s.value, tuple(sections[s][:MOST_SENTENCES])) for s in Section if sections.get(s)]
    if not wanted:
        raise DamagedFileError("This report template has no words.", what_to_do=_ADVICE)
    return ImportedTemplate(title=" ".join(reader.title.split())[:100], sections=tuple(wanted))


@dataclass(slots=True, kw_only=True)
class _Part:
    """Words of a section up to the next section inside it, or after an inner one.

    Attributes:
        names: Names of the enclosing sections and its own, outermost first.
        heading: Put before its first sentence: the names of sections that match none of ours.
    """

    names: tuple[str, ...]
    heading: str = ""
    pieces: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class _Choice:
    """A pick list, or radio buttons of one name, while it is being read."""

    words: list[str] = field(default_factory=list)
    chosen: list[str] = field(default_factory=list)
    is_chosen: bool = False
    at: int = 0

    @property
    def field(self) -> str:
        """The choice in field notation; empty without words."""
        words = [word.strip() for word in self.words if word.strip()]
        # A list may have several chosen from the start.
        chosen = ", ".join(word.strip() for word in self.chosen if word.strip())
        default = f"{chosen}=" if chosen and len(words) > 1 else ""
        return f" [{default}{'|'.join(dict.fromkeys(words))}] " if words else ""


class _Reader(HTMLParser):
    """Collects the words of the sections in `found`.

    Args:
        labels: Of the buttons and boxes, in whose fields they stand.
    """

    def __init__(self, labels: mrrt_labels.Labels) -> None:
        super().__init__(convert_charrefs=True)
        self._labels = labels
        self._ticks = 0
        self.title = ""
        self.found: list[_Part] = []
        self._open: list[str] = []
        self._depths: list[tuple[int, _Part]] = []
        self._numbers: list[int] = []
        self._choice: _Choice | None = None
        self._in_option = False
        self._area: tuple[str, list[str]] | None = None
        self._radios: dict[tuple[int, str], _Choice] = {}
        self._is_told = False
        self._cell_spans = 1

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: (value or "").strip() for name, value in attrs}
        self._begin_block(tag, values)
        if tag == "section" and values.get("data-section-name"):
            self._begin_section(values["data-section-name"])
        elif tag == "select":
            self._choice = _Choice()
        elif tag == "option" and self._choice is not None:
            self._in_option, self._choice.is_chosen = True, "selected" in values
            self._choice.words.append("")
        elif tag == "label":
            self._is_told = self.getpos() in self._labels.told
        elif tag == "input":
            self._take_input(values)
        elif tag == "textarea":
            self._area = (_plain(values.get("title") or values.get("name") or "text"), [])
        if tag not in {"input", "br", "meta", "link", "img", "hr"}:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            while self._open.pop() != tag:
                pass
        self._end_block(tag)
        if tag == "option" and self._choice is not None and self._choice.words:
            self._in_option = False
            if self._choice.is_chosen:
                self._choice.chosen.append(self._choice.words[-1])
        elif tag == "select" and self._choice is not None:
            self._end_choice(self._choice)
        elif tag == "label":
            self._is_told = False
        elif tag == "textarea":
            self._end_area()
        elif tag == "section":
            self._end_section()

    def handle_data(self, data: str) -> None:
        if "title" in self._open and not self._depths:
            self.title += data
        elif self._choice is not None:
            if self._in_option and self._choice.words:
                self._choice.words[-1] += _plain(data)
        elif self._area is not None:
            self._area[1].append(data)
        elif not self._is_told and _SKIPPED.isdisjoint(self._open) and "header" not in self._open:
            # A line break in the file is a blank; only block elements end a line of the report.
            self._say(mrrt_rows.without_marks(data))

    def _begin_section(self, name: str) -> None:
        around = self._depths[-1][1].names if self._depths else ()
        part = _Part(names=(*around, name), heading=_heading((*around, name)))
        self.found.append(part)
        self._depths.append((self._open.count("section"), part))

    def _end_section(self) -> None:
        self._is_told = False
        if not self._depths or self._depths[-1][0] != self._open.count("section"):
            return
        self._depths.pop()
        if self._depths:
            # Text after an inner section stays after it.
            depth, outer = self._depths[-1]
            self._depths[-1] = (depth, _Part(names=outer.names, heading=_heading(outer.names)))
            self.found.append(self._depths[-1][1])

    def _begin_block(self, tag: str, values: dict[str, str]) -> None:
        if tag in mrrt_labels.BLOCKS:
            self._say("\n")
        if tag == "table":
            self._say(mrrt_rows.TABLE)
        if tag in mrrt_rows.CELLS:
            spans = values.get("colspan", "")
            self._cell_spans = int(spans) if re.fullmatch("[1-9]|1[0-9]", spans) else 1
            self._say(mrrt_rows.CELLS[tag])
        if tag in _LISTS:
            self._numbers.append(0)
        if tag == "li" and self._numbers and self._innermost_list() == "ol":
            # The number that a browser would show.
            self._numbers[-1] += 1
            self._say(f"{self._numbers[-1]}. ")

    def _innermost_list(self) -> str:
        return next((tag for tag in reversed(self._open) if tag in _LISTS), "")

    def _end_block(self, tag: str) -> None:
        if tag in mrrt_rows.CELLS:
            self._say(mrrt_rows.CELL_END)
            self._say(mrrt_rows.SPANNED * (self._cell_spans - 1))
            self._cell_spans = 1
        if tag in mrrt_labels.BLOCKS:
            self._say("\n")
        if tag in _LISTS and self._numbers:
            self._numbers.pop()

    def _take_input(self, values: dict[str, str]) -> None:
        kind = values.get("type", "").lower()
        if kind not in mrrt_labels.TICKS:
            self._say(_field(values))
            return
        label = _plain(self._labels.of_ticks[self._ticks]).rstrip(" :.")
        self._ticks += 1
        # What else stands in a label around several buttons is told by their fields.
        self._is_told = self._is_told or "label" in self._open
        if kind == "radio":
            self._take_radio(values, label)
        else:
            self._say(_box(values, label))

    def _take_radio(self, values: dict[str, str], label: str) -> None:
        """Add a choice to the pick list that stands where the first button of that name does."""
        if not self._depths:
            return
        pieces = self._depths[-1][1].pieces
        name = (id(pieces), values.get("name", ""))
        if name not in self._radios:
            self._radios[name] = _Choice(at=len(pieces))
            pieces.append("")
        choice, value = self._radios[name], _plain(values.get("value", ""))
        word = value if label.casefold() in {"", value.casefold()} else label
        choice.words.append(word)
        if "checked" in values:
            choice.chosen = [word]
        pieces[choice.at] = choice.field

    def _end_choice(self, choice: _Choice) -> None:
        self._choice = None
        self._say(choice.field)

    def _end_area(self) -> None:
        """Text in a text area is the template's own wording; an empty area is a field."""
        if self._area is None:
            return
        (name, found), self._area = self._area, None
        words = "".join(found).strip()
        self._say(f"\n{words}\n" if words else f" [{name}] ")

    def _say(self, words: str) -> None:
        if self._depths:
            self._depths[-1][1].pieces.append(words)


def _field(values: dict[str, str]) -> str:
    """An `<input>` in field notation; its value, if it has one, is the default."""
    kind = values.get("type", "text").lower()
    if kind in {"hidden", "button", "submit", "image", "file"}:
        return ""
    name = _plain(values.get("title") or values.get("name") or kind)
    value = _plain(values.get("value", ""))
    return f" [{value}={name}] " if value else f" [{name}] "


def _box(values: dict[str, str], label: str) -> str:
    """A box in field notation: its words, or their opposite."""
    value = _plain(values.get("value", ""))
    # Forms send "1" or "on" for a box; only words say what it is about.
    told = value if " " in value else ""
    name = label or _plain(values.get("title") or told or values.get("name") or "box")
    negated = _NEGATED.sub("", name, count=1) if _NEGATED.match(name) else ""
    other = negated or f"no {mrrt_rows.inside(_ARTICLE.sub('', name, count=1))}"
    default = f"{name}=" if "checked" in values else ""
    return f" [{default}{name}|{other}] "


def _plain(words: str) -> str:
    """Words that can stand inside a field's brackets."""
    return " ".join(re.sub(r"[\[\]|=]", " ", words).split())[:_LONGEST_NAME]


def _sentences(text: str, heading: str) -> list[str]:
    """Sentences of a part of a section, with `heading` before the first."""
    found: list[str] = []
    for line in mrrt_rows.lines_of(text):
        words = " ".join(re.sub(r"\s+([.,;])", r"\1", line).split())
        found += [part for part in _parted(words) if re.search(r"\w", part)]
    if heading and found:
        found[0] = f"{_plain(heading).capitalize()}: {found[0]}"
    return found


def _parted(words: str) -> list[str]:
    """Sentences of a line; never split inside a field or after an abbreviation or list number."""
    found, start = [], 0
    for end in _SENTENCE_END.finditer(words):
        before = words[start : end.start()]
        is_inside = before.count("[") > before.count("]")
        if not is_inside and not _NO_END.search(before) and not words[end.end()].islower():
            found.append(before)
            start = end.end()
    return [*found, words[start:]]


def _ours(names: tuple[str, ...]) -> Section:
    """Our section for one of theirs: the innermost name that matches one, else the findings."""
    for name in reversed(names):
        for ours, words in _SECTIONS.items():
            if words.search(name):
                return ours
        if _is_known(name):
            break
    return Section.FINDINGS


def _heading(names: tuple[str, ...]) -> str:
    """Names of the enclosing sections, from the outermost, inside the last that is ours."""
    found: list[str] = []
    for name in names:
        found = [] if _is_known(name) else [*found, name]
    return ", ".join(found)


def _is_known(name: str) -> bool:
    """Whether a name matches one of our sections; other names are kept as headings."""
    is_findings = re.search("finding", name, re.IGNORECASE) is not None
    return is_findings or any(words.search(name) for words in _SECTIONS.values())
