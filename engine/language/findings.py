"""Which findings a sentence asserts, denies or doubts, with side, site and severity.

A lexicon with rules for scope, no model: every answer can be traced to the words that gave it.
Figures computed with it are called rule-label, never CheXbert. docs/findings.md has its accuracy.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache, lru_cache

from engine.domain.finding import Certainty, Finding
from engine.language.cutting import parts_of
from engine.language.lexicon import finding_lexicon
from engine.language.reader import read

NO_FINDING = "No Finding"
"""The CheXpert category of a report that asserts none of the others."""

_OTHER_SIDE = re.compile(
    r"(?:on the )?(?:left|right|l|r|lt|rt)\b\s*[:)-]"
    r"|(?:none|nil)\s+(?:seen\s+)?on the (?:left|right)\b",
    re.IGNORECASE,
)
SUPPORT_DEVICES = "Support Devices"


@lru_cache(maxsize=4096)
def findings_in(text: str) -> tuple[Finding, ...]:
    """The findings of a text of one or several sentences, in text order.

    A statement of normality ("the lungs are clear") gives a denied finding for each category that
    it excludes. English only; upper or lower case, with or without punctuation.
    """
    return tuple(
        replace(finding, start=finding.start + start, end=finding.end + start)
        for start, end in _readable(text)
        for finding in read(text[start:end])
    )


def _readable(text: str) -> Iterator[tuple[int, int]]:
    """The parts of a text, answers by side joined to their question: "PTX: R none. L 2 cm"."""
    waiting: tuple[int, int] | None = None
    for start, end in parts_of(text):
        if (
            waiting is not None
            and _OTHER_SIDE.match(text, start, end)
            and not read(text[start:end])
        ):
            waiting = (waiting[0], end)
            continue
        if waiting is not None:
            yield waiting
        waiting = (start, end)
    if waiting is not None:
        yield waiting


def asserts_finding(sentence: str) -> bool:
    """Whether the sentence asserts a finding, in doubt or not."""
    return any(finding.is_asserted for finding in findings_in(sentence))


def sentences_of(report: str) -> tuple[str, ...]:
    """Sentences and list items of prose or of tokenised text ("a . b ."), without list numbers."""
    return tuple(report[start:end] for start, end in parts_of(report))


def labels(report: str) -> frozenset[str]:
    """Categories that a report asserts, by Indiana University's names.

    A suspected finding counts if the human coders count it (`counts_in_doubt` in the lexicon). For
    evaluation: compare with `coded` of the study's codes.
    """
    lexicon = finding_lexicon()
    doubtful = {category.name for category in lexicon.categories if category.counts_in_doubt}
    coded_names = frozenset(categories())
    return frozenset(
        finding.category
        for finding in findings_in(report)
        if finding.is_asserted
        and finding.category in coded_names
        and (finding.certainty is Certainty.CERTAIN or finding.category in doubtful)
    )


def coded(codes: Iterable[str]) -> frozenset[str]:
    """Categories of Indiana University's human codes, e.g. "Lung/hypoinflation/mild"."""
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
    """Every category that `labels` and `coded` can return, in the lexicon's order."""
    return tuple(category.name for category in finding_lexicon().categories if category.mesh)


def all_categories() -> tuple[str, ...]:
    """Every category that `findings_in` can return, including those without a code."""
    return tuple(category.name for category in finding_lexicon().categories)


@cache
def mesh_heading(name: str) -> str:
    """The main heading that Indiana University's coders use for a category: the first of several.

    Raises:
        KeyError: The category is unknown or has no code.
    """
    category = finding_lexicon().category(name)
    if category is None or not category.mesh:
        raise KeyError(name)
    return category.mesh[0][0].title()


def chexpert_of(names: Iterable[str]) -> frozenset[str]:
    """CheXpert categories of our categories; "No Finding" if there is none other than devices."""
    lexicon = finding_lexicon()
    wanted = frozenset(names)
    claimed = frozenset(c.chexpert for c in lexicon.categories if c.name in wanted and c.chexpert)
    return claimed if claimed - {SUPPORT_DEVICES} else claimed | {NO_FINDING}
