"""Report templates as the IHE exchanges them (Management of Radiology Report Templates, HTML5).

Runs in the decode worker only: a template is a file from elsewhere. What is taken is plain text:
the title, and of each `<section data-section-name>` its words, with `<select>`, `<input>` and
`<textarea>` as fields. Scripts, styles, links and pictures are left out, and nothing is loaded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

from engine.domain.report import Section
from engine.errors import DamagedFileError, LimitExceededError

GREATEST_BYTES: Final = 1_000_000
"""A published template has some ten thousand."""
MOST_SENTENCES: Final = 200
_ADVICE = "Ask for the template as HTML by the IHE's MRRT profile."
_SENTENCE_END = re.compile(r"(?<=[.?!])\s+")
_SKIPPED = frozenset({"script", "style", "head"})
_TICKS = frozenset({"radio", "checkbox"})
_BLOCKS = frozenset({"p", "div", "br", "li", "tr", "header", "section", "h1", "h2", "h3", "h4"})
_SECTIONS: Final = {
    Section.INDICATION: re.compile(r"indication|clinical|history|reason", re.IGNORECASE),
    Section.TECHNIQUE: re.compile(r"technique|procedure|protocol|exam", re.IGNORECASE),
    Section.COMPARISON: re.compile(r"comparison|prior", re.IGNORECASE),
    Section.IMPRESSION: re.compile(r"impression|conclusion|summary|recommend", re.IGNORECASE),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedTemplate:
    """What an MRRT file holds.

    Attributes:
        title: Of the file; empty if it has none.
        sections: Name of our section and its sentences, in reading order; a section of theirs
            that is none of ours stands under the findings.
    """

    title: str
    sections: tuple[tuple[str, tuple[str, ...]], ...]


def read_mrrt(content: bytes) -> ImportedTemplate:
    """Read a template.

    Raises:
        LimitExceededError: It is far larger than a template is.
        DamagedFileError: It is no text, no MRRT, or has no words.
    """
    if len(content) > GREATEST_BYTES:
        raise LimitExceededError("This file is too large to be a report template.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DamagedFileError(
            "This file is no report template: it is not text in UTF-8.", what_to_do=_ADVICE
        ) from error
    ticked = _Ticked()
    ticked.feed(text)
    ticked.close()
    reader = _Reader(ticked.ids)
    reader.feed(text)
    reader.close()
    if not reader.found:
        raise DamagedFileError(
            "This file is no report template: it has no section of a report.", what_to_do=_ADVICE
        )
    sections: dict[Section, list[str]] = {}
    for name, pieces in reader.found:
        sections.setdefault(_ours(name), []).extend(_sentences("".join(pieces), name))
    wanted = [(s.value, tuple(sections[s][:MOST_SENTENCES])) for s in Section if sections.get(s)]
    if not wanted:
        raise DamagedFileError("This report template has no words.", what_to_do=_ADVICE)
    return ImportedTemplate(title=" ".join(reader.title.split())[:100], sections=tuple(wanted))


@dataclass(slots=True, kw_only=True)
class _Choice:
    """A pick list, or radio buttons of one name, being read."""

    words: list[str] = field(default_factory=list)
    chosen: str = ""
    is_chosen: bool = False
    at: int = 0

    @property
    def field(self) -> str:
        """As a field; empty without words."""
        words = [word.strip() for word in self.words if word.strip()]
        chosen = self.chosen.strip()
        default = f"{chosen}=" if chosen in words and len(words) > 1 else ""
        return f" [{default}{'|'.join(dict.fromkeys(words))}] " if words else ""


class _Ticked(HTMLParser):
    """Ids of the buttons and boxes whose labels only say their value again."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.ids: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: (value or "").strip() for name, value in attrs}
        if tag == "input" and values.get("type", "").lower() in _TICKS and values.get("id"):
            self.ids.add(values["id"])


class _Reader(HTMLParser):
    """Gathers the sections' words; `found` holds them by their name in the file.

    Args:
        ticked: Ids of buttons and boxes; their labels are left out.
    """

    def __init__(self, ticked: set[str]) -> None:
        super().__init__(convert_charrefs=True)
        self._ticked = ticked
        self.title = ""
        self.found: list[tuple[str, list[str]]] = []
        self._open: list[str] = []
        self._depths: list[tuple[int, list[str]]] = []
        self._choice: _Choice | None = None
        self._in_option = False
        self._area: tuple[str, list[str]] | None = None
        self._radios: dict[tuple[int, str], _Choice] = {}
        self._is_told = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: (value or "").strip() for name, value in attrs}
        if tag in _BLOCKS:
            self._say("\n")
        if tag == "section" and values.get("data-section-name"):
            pieces: list[str] = []
            self.found.append((values["data-section-name"], pieces))
            self._depths.append((self._open.count("section"), pieces))
        elif tag == "select":
            self._choice = _Choice()
        elif tag == "option" and self._choice is not None:
            self._in_option, self._choice.is_chosen = True, "selected" in values
            self._choice.words.append("")
        elif tag == "label":
            self._is_told = values.get("for") in self._ticked
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
        if tag in _BLOCKS:
            self._say("\n")
        if tag == "option" and self._choice is not None and self._choice.words:
            self._in_option = False
            if self._choice.is_chosen:
                self._choice.chosen = self._choice.words[-1]
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
            # A line end of the file is a blank; only blocks end a line of the report.
            self._say(re.sub(r"\s+", " ", data))

    def _end_section(self) -> None:
        self._is_told = False
        if self._depths and self._depths[-1][0] == self._open.count("section"):
            self._depths.pop()

    def _take_input(self, values: dict[str, str]) -> None:
        is_tick = values.get("type", "").lower() in _TICKS
        # A label around its own button says the value too.
        self._is_told = self._is_told or (is_tick and "label" in self._open)
        if values.get("type", "").lower() == "radio":
            self._take_radio(values)
        else:
            self._say(_field(values))

    def _take_radio(self, values: dict[str, str]) -> None:
        """One more choice of the pick list that stands where the first button of the name does."""
        if not self._depths:
            return
        pieces = self._depths[-1][1]
        name = (id(pieces), values.get("name", ""))
        if name not in self._radios:
            self._radios[name] = _Choice(at=len(pieces))
            pieces.append("")
        choice, word = self._radios[name], _plain(values.get("value", ""))
        choice.words.append(word)
        if "checked" in values:
            choice.chosen = word
        pieces[choice.at] = choice.field

    def _end_choice(self, choice: _Choice) -> None:
        self._choice = None
        self._say(choice.field)

    def _end_area(self) -> None:
        """What stands in a text area is the template's own wording; an empty one is a field."""
        if self._area is None:
            return
        (name, found), self._area = self._area, None
        words = "".join(found).strip()
        self._say(f"\n{words}\n" if words else f" [{name}] ")

    def _say(self, words: str) -> None:
        if self._depths:
            self._depths[-1][1].append(words)


def _field(values: dict[str, str]) -> str:
    """An `<input>` as a field; its value, where there is one, is the default."""
    kind = values.get("type", "text").lower()
    if kind in {"hidden", "button", "submit", "image", "file"}:
        return ""
    name = _plain(values.get("title") or values.get("name") or kind)
    if kind == "checkbox":
        return f" [{name}|no {name}] "
    value = _plain(values.get("value", ""))
    return f" [{value}={name}] " if value else f" [{name}] "


def _plain(words: str) -> str:
    """Words that can stand between brackets."""
    return " ".join(re.sub(r"[\[\]|=]", " ", words).split())[:60]


def _sentences(text: str, name: str) -> list[str]:
    """Sentences of a section; of one that is none of ours, its name before the first."""
    found: list[str] = []
    for line in text.splitlines():
        words = " ".join(re.sub(r"\s+([.,;])", r"\1", line).split())
        found += [part for part in _SENTENCE_END.split(words) if re.search(r"\w", part)]
    is_strange = _ours(name) is Section.FINDINGS and not re.search("finding", name, re.IGNORECASE)
    if is_strange and found:
        found[0] = f"{_plain(name).capitalize()}: {found[0]}"
    return found


def _ours(name: str) -> Section:
    return next((ours for ours, words in _SECTIONS.items() if words.search(name)), Section.FINDINGS)
