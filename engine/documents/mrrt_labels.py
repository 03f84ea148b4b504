"""Labels of the buttons and boxes of an MRRT template, which say more than their names do."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import pairwise
from typing import Final

TICKS: Final = frozenset({"radio", "checkbox"})
BLOCKS: Final = frozenset(
    {"p", "div", "br", "li", "tr", "header", "section", "table", "ul", "ol", "dl", "dt", "dd"}
    | {"caption", "fieldset", "legend", "h1", "h2", "h3", "h4", "h5", "h6"}
)
_CELLS = frozenset({"td", "th"})
Place = tuple[int, int]
"""Line and column of a tag, as the parser counts them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """Which words belong to which buttons and boxes.

    Attributes:
        of_ticks: Of every button and box in the order of the file; empty without a label.
        told: Places of the labels that stand in a field, so that no text repeats them.
    """

    of_ticks: tuple[str, ...]
    told: frozenset[Place]


def labels_in(html: str) -> Labels:
    """Find the labels: by their `for`, around their button, or else beside it."""
    found = _Found()
    found.feed(html)
    found.close()
    found.end_run()
    by_id = {tick.id: tick for tick in reversed(found.ticks) if tick.id}
    by_name = {tick.name: tick for tick in reversed(found.ticks) if tick.name and not tick.id}
    told = set()
    for label in found.labels:
        named = by_id.get(label.of) or by_name.get(label.of)
        inside = label.ticks[0] if len(label.ticks) == 1 else None
        tick = named or inside or label.beside
        if tick is not None:
            tick.label = tick.label or "".join(label.words)
            told.add(label.place)
    for label in found.labels:
        for tick, words in zip(label.ticks, label.after, strict=True):
            tick.label = tick.label or "".join(words)
    return Labels(of_ticks=tuple(tick.label for tick in found.ticks), told=frozenset(told))


@dataclass(slots=True, kw_only=True)
class _Tick:
    id: str
    name: str
    label: str = ""


@dataclass(slots=True, kw_only=True)
class _Label:
    """A label while it is being read.

    Attributes:
        of: Id of its button; some write the name there.
        words: All its words.
        ticks: Buttons inside it.
        after: Words after each of those.
        beside: The button next to it.
    """

    place: Place
    of: str
    words: list[str] = field(default_factory=list)
    ticks: list[_Tick] = field(default_factory=list)
    after: list[list[str]] = field(default_factory=list)
    beside: _Tick | None = None


class _Found(HTMLParser):
    """Collects buttons, labels and which of them stand side by side."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.ticks: list[_Tick] = []
        self.labels: list[_Label] = []
        self._label: _Label | None = None
        self._run: list[_Tick | _Label] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: (value or "").strip() for name, value in attrs}
        if tag == "label":
            self._label = _Label(place=self.getpos(), of=values.get("for", ""))
            self.labels.append(self._label)
            self._run.append(self._label)
        elif tag == "input" and values.get("type", "").lower() in TICKS:
            tick = _Tick(id=values.get("id", ""), name=values.get("name", ""))
            self.ticks.append(tick)
            if self._label is None:
                self._run.append(tick)
            else:
                self._label.ticks.append(tick)
                self._label.after.append([])
        elif tag in BLOCKS or tag in _CELLS or tag in {"select", "input", "textarea"}:
            self.end_run()

    def handle_endtag(self, tag: str) -> None:
        if tag == "label":
            self._label = None
        elif tag in BLOCKS or tag in _CELLS:
            self._label = None
            self.end_run()

    def handle_data(self, data: str) -> None:
        if self._label is not None:
            self._label.words.append(data)
            if self._label.after:
                self._label.after[-1].append(data)
        elif data.strip():
            self.end_run()

    def end_run(self) -> None:
        """Pair labels and buttons of one line: a label is behind its button.

        It is before the button where the line begins with a label and ends with a button.
        """
        run, self._run = self._run, []
        if run and isinstance(run[0], _Label) and isinstance(run[-1], _Tick):
            run.reverse()
        for one, other in pairwise(run):
            is_free = isinstance(other, _Label) and not other.of and not other.ticks
            if is_free and isinstance(one, _Tick) and isinstance(other, _Label):
                other.beside = one
