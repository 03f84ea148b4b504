"""Left and right in a sentence: their position, their target, and the mirrored sentence.

Sides are the patient's. Words that imply a side count (the lingula is on the left, the middle lobe
on the right); the names of heart chambers give a finding no side.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from engine.domain.finding import Side, SideMention
from engine.language.lexicon import finding_lexicon, phrase_lists, word_pairs
from engine.language.phrases import Match, folded, found, without_covered

_LISTS = (
    ("left", Side.LEFT),
    ("right", Side.RIGHT),
    ("bilateral", Side.BILATERAL),
)
_IMPLIED = (("implied_left", Side.LEFT), ("implied_right", Side.RIGHT))
_MIDDLE_LOBE = re.compile(
    r"right[\s-]+middle[\s-]+lobe|\brml\b|(?:\bleft[\s-]+)?\blingular?\b", re.IGNORECASE
)
_LETTER = re.compile(r"(?<![\w./'-])(?<!\d )([RL])(?![\w'/])(?![\s.-]*spine)")
_REACH = 30
"""Greatest distance in characters between a side word and its target."""


@lru_cache(maxsize=4096)
def sides_in(sentence: str) -> tuple[SideMention, ...]:
    """Every mention of a side in text order; heart chambers are included and marked as such."""
    text = folded(sentence)
    lists = phrase_lists("sides")
    barred = tuple(found(lists["no_sides"], text))
    structures = tuple(found(lists["structures"], text))
    spelled = [
        (match, side)
        for name, side in _LISTS
        for match in found(lists[name], text)
        if not _is_within(match, barred)
    ]
    spelled += [
        (match, side) for match, side in _letters(sentence) if not _is_within(match, barred)
    ]
    taken = [match.end for match, _ in spelled]
    implied = [
        (match, side)
        for name, side in _IMPLIED
        for match in found(lists[name], text)
        if not any(0 <= match.start - end <= 1 for end in taken)
    ]
    ordered = sorted(spelled + implied, key=lambda pair: pair[0].start)
    starts = [match.start for match, _ in ordered]
    # Looked up once: for each of two hundred sides it would take most of a second.
    listed = finding_lexicon().places if ordered else ()
    places = [match for _, patterns in listed for match in found(patterns, text)]
    return tuple(
        SideMention(
            side=side,
            word=sentence[match.start : match.end],
            start=match.start,
            end=match.end,
            target=_target(
                text, places, match.end, min((s for s in starts if s > match.start), default=-1)
            ),
            is_structure=_is_within(match, structures),
        )
        for match, side in ordered
    )


def _letters(sentence: str) -> Iterator[tuple[Match, Side]]:
    """Capital R and L that stand for a side; small ones are units, and "L-spine" is a site."""
    for match in _LETTER.finditer(sentence):
        side = Side.LEFT if match[1] == "L" else Side.RIGHT
        yield Match(start=match.start(1), end=match.end(1), words=(match.span(1),)), side


def swapped(sentence: str) -> str:
    """The sentence mirrored: left for right, right for left, the lingula for the middle lobe."""
    marked = _MIDDLE_LOBE.sub(_mirrored_lobe, sentence)
    pairs = word_pairs("sides", "swaps")
    mirror = dict(pairs) | {second: first for first, second in pairs}
    marked = _LETTER.sub(lambda match: "L" if match[1] == "R" else "R", marked)
    words = "|".join(sorted(mirror, key=len, reverse=True))

    def other(match: re.Match[str]) -> str:
        return _in_case_of(match[0], mirror[match[0].lower()])

    # The lobes are mirrored already and must not be mirrored again with the words.
    parts = re.split(r"(\0[^\0]*\0)", marked)
    return "".join(
        part.strip("\0")
        if part.startswith("\0")
        else re.sub(rf"\b({words})\b", other, part, flags=re.I)
        for part in parts
    )


def _mirrored_lobe(match: re.Match[str]) -> str:
    word = match[0].lower()
    other = "right middle lobe" if "lingula" in word else "lingula"
    return f"\0{_in_case_of(match[0], other)}\0"


def _in_case_of(model: str, word: str) -> str:
    if len(model) > 1 and model.isupper() and len(word) <= len(model):
        return word.upper()
    return word.capitalize() if model[:1].isupper() else word


def _target(text: str, places: Sequence[Match], after: int, next_side: int) -> str:
    limit = after + _REACH if next_side < 0 else min(after + _REACH, next_side)
    near = [
        match
        for match in places
        if after <= match.start <= limit
        and not re.search(r"[,;]|\band\b", text[after : match.start])
    ]
    nearest = sorted(without_covered(near), key=lambda match: match.start)
    return text[nearest[0].start : nearest[0].end] if nearest else ""


def _is_within(match: Match, others: tuple[Match, ...]) -> bool:
    return any(other.start <= match.start and match.end <= other.end for other in others)
