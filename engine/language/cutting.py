"""Where the sentences and list items of a report begin and end.

The full stop after an abbreviation ("Lt. effusion", "5 mm vs. 4 mm") ends no sentence. A line
break, a bullet or the number of a list item ends a sentence that has no full stop.
"""

from __future__ import annotations

import re
from functools import lru_cache

from engine.language.phrases import same_length

Span = tuple[int, int]

_CUT = re.compile(
    # Each run of blanks is tried once, from its first blank; from each of thousands, matching would
    # take minutes.
    r"(?P<line>(?:(?<!\s)\s+)?\n\s*)"
    r"|(?P<bullet>(?:(?<!\s)\s+)?[•·▪‣◦●○■□►▶]\s*)"
    r"|(?P<number>(?:^|(?<=\s))\(?\d{1,2}[.):]\s+(?=[A-Z?#]))"
    r"|(?P<lone>\s[.](?=\s|$))"
    r"|(?P<glued>(?<=[a-z)])(?<=\w\w)[.](?=[A-Z][a-z])|(?<=XXXX)[.](?=[A-Z]))"
    r"|(?P<stop>(?<=[.!])[\"')\]]?\s+)"
    # "Widening? No." is a question and its answer in one.
    r"|(?P<query>(?<=\w\?)\s+(?=[A-Z])(?!(?:No|None|Nil|Yes)\b\s*(?:[.]|$)))"
    # Three blanks are a line break that was lost in transfer.
    r"|(?P<gap>(?<!\s)\s{3,}(?=[A-Z]))"
)
# Abbreviations whose full stop ends no sentence: those of the first list always, those of the
# second before a lower-case letter or a digit ("PICC on the R. Heart normal." is two sentences,
# "R. effusion." is one).
_ALWAYS = re.compile(r"\b(?:vs|cf|e\.g|i\.e|approx|dr|mr|mrs|ms|fig|incl|resp)\.$", re.IGNORECASE)
_MOSTLY = re.compile(
    r"\b(?:rt|lt|bilat|bil|[rl]|ca|no|nr|ant|post|lat|inf|sup|prev|poss|prob|susp|max|min|med|etc"
    r"|vol|temp|sat|pt|hx|sm|mod|lge|pl|incr|decr|adj|assoc|resid|uncl|quest)\.$",
    re.IGNORECASE,
)
_DASH_ITEM = re.compile(r"^[-–—*]\s+")
_NEXT_DASH_ITEM = re.compile(r"\s+[-–—*]\s+(?=[A-Z])")
_MOST = 600
"""Longest sentence in characters; longer text was pasted and is cut into pieces."""
_MARK = re.compile(r"[^\w'-]")
_BARE_NUMBER = re.compile(r"\(?\d{1,2}[.)]?")


@lru_cache(maxsize=4096)
def parts_of(text: str) -> tuple[Span, ...]:
    """Spans of the sentences and list items in text order, without bullets and list numbers."""
    plain = same_length(text)
    spans: list[Span] = []
    start = 0
    for cut in _CUT.finditer(plain):
        if cut.lastgroup == "stop" and _is_abbreviation(plain, start, cut.start(), cut.end()):
            continue
        # The full stop between two sentences without a blank belongs to the first.
        spans.append((start, cut.end() if cut.lastgroup == "glued" else cut.start()))
        start = cut.end()
    spans.append((start, len(plain)))
    items = (item for span in spans for item in _dash_items(plain, span))
    short = (piece for item in items for piece in _short(plain, item))
    trimmed = (_trimmed(plain, span) for span in short)
    return tuple(
        (begin, end)
        for begin, end in trimmed
        if begin < end and not _BARE_NUMBER.fullmatch(plain, begin, end)
    )


def _is_abbreviation(text: str, first: int, start: int, end: int) -> bool:
    before = text[max(start - 8, 0) : start]
    is_alone = _MOSTLY.fullmatch(text[first:start].strip()) is not None
    if is_alone or _ALWAYS.search(before):
        return True
    after = text[end : end + 1]
    return _MOSTLY.search(before) is not None and (after.islower() or after.isdigit())


def _dash_items(text: str, span: Span) -> list[Span]:
    """Splits a line that begins with a dash: its other dashes begin list items too."""
    start, end = span
    first = _DASH_ITEM.match(text[start:end].lstrip())
    if first is None:
        return [span]
    items = []
    for dash in _NEXT_DASH_ITEM.finditer(text, start, end):
        items.append((start, dash.start()))
        start = dash.end()
    return [*items, (start, end)]


def _short(text: str, span: Span) -> list[Span]:
    """The span in pieces short enough to be read quickly, cut at blanks or at other marks."""
    start, end = span
    pieces = []
    while end - start > _MOST:
        cut = text.rfind(" ", start + 1, start + _MOST)
        if cut < 0:
            marks = [mark.end() for mark in _MARK.finditer(text, start, start + _MOST)]
            cut = marks[-1] if marks else start + _MOST
        pieces.append((start, cut))
        start = cut
    return [*pieces, (start, end)]


def _trimmed(text: str, span: Span) -> Span:
    start, end = span
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if item := _DASH_ITEM.match(text[start:end]):
        start += item.end()
    return start, end
