"""Which findings a sentence affirms, denies or doubts, with side, place and severity.

A lexicon and rules for scope, no model: every answer can be traced to the words that gave it.
Figures made from it are called rule-label, never CheXbert. Measured in docs/findings.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from engine.domain.finding import Certainty, Finding, Polarity, Severity, Side, SideMention
from engine.report.laterality import sides_in
from engine.report.lexicon import FindingLexicon, Patterns, finding_lexicon
from engine.report.phrases import Match, folded, found, without_covered
from engine.report.scopes import Scopes, scopes_of

NO_FINDING = "No Finding"
"""The CheXpert category of a report that affirms none of the others."""

SUPPORT_DEVICES = "Support Devices"

_SENTENCE_END = re.compile(r"(?<=[.?!])\s+|\s\.\s|\s\.$|\n+")
_LIST_NUMBER = re.compile(r"^\(?\d{1,2}[.)]?$")
_JOINED = re.compile(r"(?:\band|/|&|\bas well as)(?: (?:the|in the|at the))?\s*$")
_LISTED = re.compile(r",|\b(?:and|or|with)\b")
_SEVERITY_REACH = 40
"""How many characters before a finding a word of degree may stand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Named:
    """A place in the sentence that stands for categories."""

    match: Match
    categories: tuple[str, ...]
    is_normal: bool


@lru_cache(maxsize=4096)
def findings_in(sentence: str) -> tuple[Finding, ...]:
    """What one sentence says, in text order.

    A statement of normality ("the lungs are clear") gives a denied finding for each category that
    it excludes. English only; upper and lower case, with or without punctuation.
    """
    text = folded(sentence)
    scopes = scopes_of(text)
    named = _named(text, finding_lexicon())
    sides = [side for side in sides_in(sentence) if not side.is_structure]
    places = _places(text)
    return tuple(
        finding
        for position, one in enumerate(named)
        for finding in _findings(
            sentence, one, _Around(text, named, position, scopes, sides, places)
        )
    )


def sentences_of(report: str) -> tuple[str, ...]:
    """Sentences of running or of cleaned text ("a . b ."), list numbers left out."""
    parts = [part.strip() for part in _SENTENCE_END.split(report)]
    return tuple(part for part in parts if part and not _LIST_NUMBER.match(part))


def labels(report: str) -> frozenset[str]:
    """Categories that a report affirms, by Indiana University's names.

    What is only suspected counts where the human coders count it (`counts_in_doubt` in the
    lexicon). For evaluation: compare with `coded` of the study's codes.
    """
    lexicon = finding_lexicon()
    doubtful = {category.name for category in lexicon.categories if category.counts_in_doubt}
    return frozenset(
        finding.category
        for sentence in sentences_of(report)
        for finding in findings_in(sentence)
        if finding.is_asserted
        and finding.category != lexicon.overall
        and (finding.certainty is Certainty.CERTAIN or finding.category in doubtful)
    )


def coded(codes: Iterable[str]) -> frozenset[str]:
    """Categories of human codes of Indiana University, e.g. "Lung/hypoinflation/mild"."""
    split = [frozenset(part.strip().lower() for part in code.split("/")) for code in codes]
    heads = [code.split("/")[0].strip().lower() for code in codes]
    return frozenset(
        category.name
        for category in finding_lexicon().categories
        for wanted in category.mesh
        for head, parts in zip(heads, split, strict=True)
        if head == wanted[0] and parts.issuperset(wanted)
    )


def categories() -> tuple[str, ...]:
    """Every category that `labels` and `coded` can name, in the lexicon's order."""
    return tuple(category.name for category in finding_lexicon().categories)


def chexpert_labels(report: str) -> frozenset[str]:
    """The 14 CheXpert categories that a report affirms; "No Finding" if none but devices."""
    return chexpert_of(labels(report))


def chexpert_of(names: Iterable[str]) -> frozenset[str]:
    """CheXpert categories of our categories, "No Finding" included where none but devices is."""
    lexicon = finding_lexicon()
    wanted = frozenset(names)
    claimed = frozenset(c.chexpert for c in lexicon.categories if c.name in wanted and c.chexpert)
    return claimed if claimed - {SUPPORT_DEVICES} else claimed | {NO_FINDING}


@dataclass(frozen=True, slots=True)
class _Around:
    """What surrounds one name in its sentence."""

    text: str
    named: tuple[_Named, ...]
    position: int
    scopes: Scopes
    sides: list[SideMention]
    places: list[tuple[str, Match]]

    def nearest(self, spans: list[tuple[int, int]]) -> int | None:
        """Which of the spans describes the name: index, or None.

        One inside it, else the last before it with no other name in between, else the first
        behind it likewise, else the last before it at all: "left effusion and atelectasis" shares
        its side. Only within the clause.
        """
        own = self.named[self.position].match
        clause = self.scopes.clause(own.start)
        here = [
            i
            for i, (start, _) in enumerate(spans)
            if self.scopes.clause(start) == clause and not self._is_anothers(start)
        ]
        inside = [i for i in here if own.start <= spans[i][0] < own.end]
        before = [i for i in here if spans[i][0] < own.start]
        behind = [i for i in here if spans[i][0] >= own.end and self._follows(spans[i][0])]
        near_before = [i for i in before if not self._is_parted(spans[i][1], own.start)]
        near_behind = [i for i in behind if not self._is_parted(own.end, spans[i][0])]
        order = inside[-1:] + near_before[-1:] + near_behind[:1] + before[-1:] + behind[:1]
        return order[0] if order else None

    def _others(self) -> Iterable[Match]:
        own = self.named[self.position].match
        return (one.match for one in self.named if one.match != own)

    def _is_parted(self, start: int, end: int) -> bool:
        return any(start <= other.start and other.end <= end for other in self._others())

    def _is_anothers(self, position: int) -> bool:
        own = self.named[self.position].match
        return not own.start <= position < own.end and any(
            other.start <= position < other.end for other in self._others()
        )

    def _follows(self, position: int) -> bool:
        """Whether a place behind is this name's: in "nodule and left effusion" it is not."""
        own = self.named[self.position].match
        last = max(
            [own.end, *(other.end for other in self._others() if own.end < other.end <= position)]
        )
        return _LISTED.search(self.text[last:position]) is None


def _named(text: str, lexicon: FindingLexicon) -> tuple[_Named, ...]:
    known: dict[Match, list[str]] = {}
    for category in lexicon.categories:
        for match in found(category.patterns, text):
            known.setdefault(match, []).append(category.name)
    for match in found(lexicon.overall_patterns, text):
        known.setdefault(match, []).append(lexicon.overall)
    normal: dict[Match, tuple[str, ...]] = {}
    for statement in lexicon.normal:
        for match in found(statement.patterns, text):
            normal[match] = (*normal.get(match, ()), *statement.denies)
    for match in found(lexicon.normal_study, text):
        normal.setdefault(match, (lexicon.overall,))
    kept = [
        _Named(match=match, categories=tuple(dict.fromkeys(known[match])), is_normal=False)
        for match in _apart(known)
    ]
    kept += [
        _Named(match=match, categories=tuple(dict.fromkeys(normal[match])), is_normal=True)
        for match in without_covered(normal)
    ]
    return tuple(sorted(kept, key=lambda one: (one.match.start, one.match.end)))


def _apart(known: dict[Match, list[str]]) -> tuple[Match, ...]:
    """Matches that repeat no word of a longer one; of one category, those that share a word too."""
    kept: list[Match] = []
    for match in sorted(without_covered(known), key=lambda one: -one.weight):
        rivals = (other for other in kept if set(known[other]) & set(known[match]))
        if not any(set(other.words) & set(match.words) for other in rivals):
            kept.append(match)
    return tuple(kept)


def _findings(sentence: str, one: _Named, around: _Around) -> Iterable[Finding]:
    lexicon = finding_lexicon()
    text = folded(sentence)
    polarity = around.scopes.polarity(one.match)
    names = one.categories
    if one.is_normal and polarity is Polarity.NEGATED:
        # "The lungs are not clear": something is wrong, and the sentence does not say what.
        names, polarity = (lexicon.overall,), Polarity.ASSERTED
    elif one.is_normal:
        polarity = Polarity.NEGATED
    may_be_alternative = lexicon.never_alternatives.isdisjoint(names)
    certainty = around.scopes.certainty(one.match, polarity, is_alternative=may_be_alternative)
    for category in names:
        yield Finding(
            category=category,
            term=sentence[one.match.start : one.match.end],
            polarity=polarity,
            certainty=Certainty.CERTAIN if one.is_normal else certainty,
            side=_side(text, around),
            place=_place(around),
            severity=_severity(text, around),
            start=one.match.start,
            end=one.match.end,
        )


def _side(text: str, around: _Around) -> Side:
    index = around.nearest([(side.start, side.end) for side in around.sides])
    if index is None:
        return Side.NONE
    chosen = around.sides[index]
    neighbours = around.sides[max(index - 1, 0) : index + 2]
    if any(_are_joined(text, around, chosen, other) for other in neighbours):
        return Side.BILATERAL
    return chosen.side


def _are_joined(text: str, around: _Around, one: SideMention, other: SideMention) -> bool:
    """Whether "right and left" say both sides of one thing: "right and left bases"."""
    first, second = (one, other) if one.start < other.start else (other, one)
    if one.side is not other.side.opposite or one.side is other.side:
        return False
    own = around.named[around.position].match
    others = [name.match.start for name in around.named if name.match != own]
    has_other_thing = any(
        first.end <= start < second.start
        or (own.start < second.end <= start and not _LISTED.search(text[second.end : start]))
        for start in others
    )
    return _JOINED.search(text[first.end : second.start]) is not None and not has_other_thing


def _place(around: _Around) -> str:
    index = around.nearest([(match.start, match.end) for _, match in around.places])
    return "" if index is None else around.places[index][0]


def _places(text: str) -> list[tuple[str, Match]]:
    every = [
        (name, match)
        for name, patterns in finding_lexicon().places
        for match in found(patterns, text)
    ]
    kept = set(without_covered(match for _, match in every))
    # "The right lung base": the base says more.
    starts = {match.start for match in kept}
    kept = {m for m in kept if not starts & {m.end + 1}} or kept
    return sorted((pair for pair in every if pair[1] in kept), key=lambda pair: pair[1].start)


def _severity(text: str, around: _Around) -> Severity:
    own = around.named[around.position].match
    others = [one.match.end for one in around.named if one.match.end <= own.start]
    start = max([own.start - _SEVERITY_REACH, *others])
    levels = [
        (match.start, level)
        for level, patterns in finding_lexicon().severities
        for match in _within(patterns, text, start, own.end)
    ]
    return max(levels)[1] if levels else Severity.NONE


def _within(patterns: Patterns, text: str, start: int, end: int) -> Iterable[Match]:
    return (match for match in found(patterns, text) if start <= match.start and match.end <= end)
