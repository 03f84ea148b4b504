"""Which side, place and degree in a sentence belong to which finding.

By nearness within a clause, in the order in which English puts them: inside the name, before it,
behind it, and at last shared with a neighbour ("left effusion and atelectasis").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.domain.finding import Severity, Side, SideMention
from engine.report.lexicon import finding_lexicon
from engine.report.phrases import Match, found, without_covered
from engine.report.scopes import Scopes

_JOINED = re.compile(r"(?:\band|/|&|\bas well as)(?: (?:the|in the|at the))?\s*$")
_LISTED = re.compile(r",|\b(?:and|or|with)\b")
_SEVERITY_REACH = 40
"""How many characters before a finding a word of degree may stand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What stands around one name of a finding.

    Attributes:
        text: The sentence, folded.
        own: The name.
        others: Every other name in the sentence.
        sides: Mentions of a side that can be a finding's, in text order.
        places: Parts of the chest, in text order.
    """

    text: str
    own: Match
    others: tuple[Match, ...]
    scopes: Scopes
    sides: Sequence[SideMention]
    places: Sequence[tuple[str, Match]]

    def side(self) -> Side:
        """The side of the finding."""
        index = self._nearest([(side.start, side.end) for side in self.sides])
        if index is None:
            return Side.NONE
        chosen = self.sides[index]
        neighbours = self.sides[max(index - 1, 0) : index + 2]
        joined = any(self._are_joined(chosen, other) for other in neighbours)
        return Side.BILATERAL if joined else chosen.side

    def place(self) -> str:
        """The part of the chest; empty if none is named."""
        index = self._nearest([(match.start, match.end) for _, match in self.places])
        return "" if index is None else self.places[index][0]

    def severity(self) -> Severity:
        """The last word of degree inside the name or shortly before it."""
        ends = [other.end for other in self.others if other.end <= self.own.start]
        start = max([self.own.start - _SEVERITY_REACH, *ends])
        levels = [
            (match.start, level)
            for level, patterns in finding_lexicon().severities
            for match in found(patterns, self.text)
            if start <= match.start and match.end <= self.own.end
        ]
        return max(levels)[1] if levels else Severity.NONE

    def _nearest(self, spans: Sequence[tuple[int, int]]) -> int | None:
        clause = self.scopes.clause(self.own.start)
        here = [
            i
            for i, (start, _) in enumerate(spans)
            if self.scopes.clause(start) == clause and not self._is_anothers(start)
        ]
        inside = [i for i in here if self.own.start <= spans[i][0] < self.own.end]
        before = [i for i in here if spans[i][0] < self.own.start]
        behind = [i for i in here if spans[i][0] >= self.own.end and self._follows(spans[i][0])]
        near_before = [i for i in before if not self._is_parted(spans[i][1], self.own.start)]
        near_behind = [i for i in behind if not self._is_parted(self.own.end, spans[i][0])]
        order = inside[-1:] + near_before[-1:] + near_behind[:1] + before[-1:] + behind[:1]
        return order[0] if order else None

    def _is_parted(self, start: int, end: int) -> bool:
        return any(start <= other.start and other.end <= end for other in self.others)

    def _is_anothers(self, position: int) -> bool:
        return not self.own.start <= position < self.own.end and any(
            other.start <= position < other.end for other in self.others
        )

    def _follows(self, position: int) -> bool:
        """Whether what stands behind is this name's: in "nodule and left effusion" it is not."""
        ends = (other.end for other in self.others if self.own.end < other.end <= position)
        last = max([self.own.end, *ends])
        return _LISTED.search(self.text[last:position]) is None

    def _are_joined(self, one: SideMention, other: SideMention) -> bool:
        """Whether "right and left" say both sides of one thing: "right and left bases"."""
        first, second = (one, other) if one.start < other.start else (other, one)
        if one.side is other.side or one.side is not other.side.opposite:
            return False
        has_other_thing = any(
            first.end <= name.start < second.start
            or (self.own.start < second.end <= name.start and self._is_own(second.end, name.start))
            for name in self.others
        )
        between = self.text[first.end : second.start]
        return _JOINED.search(between) is not None and not has_other_thing

    def _is_own(self, start: int, end: int) -> bool:
        """Whether a name that begins at `end` takes the side that ends at `start` for itself."""
        return _LISTED.search(self.text[start:end]) is None


def surroundings(
    text: str,
    names: Sequence[Match],
    scopes: Scopes,
    sides: Sequence[SideMention],
) -> Iterator[Surroundings]:
    """Those of each name of a folded sentence."""
    places = _places(text)
    for own in names:
        yield Surroundings(
            text=text,
            own=own,
            others=tuple(name for name in names if name != own),
            scopes=scopes,
            sides=sides,
            places=places,
        )


def _places(text: str) -> list[tuple[str, Match]]:
    every = [
        (name, match)
        for name, patterns in finding_lexicon().places
        for match in found(patterns, text)
    ]
    kept = set(without_covered(match for _, match in every))
    # "The right lung base": the base says more.
    starts = {match.start for match in kept}
    kept = {match for match in kept if match.end + 1 not in starts}
    return sorted((pair for pair in every if pair[1] in kept), key=lambda pair: pair[1].start)
