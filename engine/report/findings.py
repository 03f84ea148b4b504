"""Which findings a sentence affirms, denies or doubts, with side, place and severity.

A lexicon and rules for scope, no model: every answer can be traced to the words that gave it.
Figures made from it are called rule-label, never CheXbert. Measured in docs/findings.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache

from engine.domain.finding import Certainty, Finding, Polarity
from engine.report.attachment import Surroundings, surroundings
from engine.report.laterality import sides_in
from engine.report.lexicon import FindingLexicon, finding_lexicon
from engine.report.phrases import Match, folded, found, without_covered
from engine.report.scopes import scopes_of

NO_FINDING = "No Finding"
"""The CheXpert category of a report that affirms none of the others."""

SUPPORT_DEVICES = "Support Devices"

_SENTENCE_END = re.compile(r"(?<=[.?!])\s+|\s\.\s|\s\.$|\n+")
_LIST_NUMBER = re.compile(r"^\(?\d{1,2}[.)]?$")


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
    named = _named(text, finding_lexicon())
    sides = [side for side in sides_in(sentence) if not side.is_structure]
    around = surroundings(text, [one.match for one in named], scopes_of(text), sides)
    return tuple(
        finding
        for one, place in zip(named, around, strict=True)
        for finding in _findings(sentence, one, place)
    )


def asserts_finding(sentence: str) -> bool:
    """Whether the sentence says that something is there, in doubt or not."""
    return any(finding.is_asserted for finding in findings_in(sentence))


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


@cache
def mesh_heading(name: str) -> str:
    """The main heading that Indiana University's coders use for a category; its first of several.

    Raises:
        KeyError: There is no such category.
    """
    category = finding_lexicon().category(name)
    if category is None:
        raise KeyError(name)
    return category.mesh[0][0].title()


def chexpert_labels(report: str) -> frozenset[str]:
    """The 14 CheXpert categories that a report affirms; "No Finding" if none but devices."""
    return chexpert_of(labels(report))


def chexpert_of(names: Iterable[str]) -> frozenset[str]:
    """CheXpert categories of our categories, "No Finding" included where none but devices is."""
    lexicon = finding_lexicon()
    wanted = frozenset(names)
    claimed = frozenset(c.chexpert for c in lexicon.categories if c.name in wanted and c.chexpert)
    return claimed if claimed - {SUPPORT_DEVICES} else claimed | {NO_FINDING}


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


def _findings(sentence: str, one: _Named, around: Surroundings) -> Iterable[Finding]:
    lexicon = finding_lexicon()
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
            side=around.side(),
            place=around.place(),
            severity=around.severity(),
            start=one.match.start,
            end=one.match.end,
        )
