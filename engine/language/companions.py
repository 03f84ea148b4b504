"""Which of the model's sentences may stand in a draft, alone and next to each other.

Sentences are read by the product's only sentence reader, in the model's words (lower case, without
a full stop).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import product

from engine.domain.finding import Finding, Side
from engine.domain.report import Section, SentenceId
from engine.language.consistency import contradict
from engine.language.findings import findings_in
from engine.language.lexicon import category_names, finding_lexicon
from engine.language.phrases import folded, found
from engine.language.priors import prior_mentions
from engine.language.reading import Statement, statements_in

SidedCounts = Counter[tuple[str, Side]]
"""The number of reports that assert a finding, by category and side."""

_SIDED = {Side.LEFT, Side.RIGHT}
_LEANS = re.compile(
    r"(?:this|these|those|it|they|which|that|compatible|consistent|suggestive|suggesting|"
    r"representing|and|or|with|are|is|may|also)\b"
)
"""Beginnings of what goes on from another sentence: "this may represent atelectasis"."""
_JOINS = re.compile(r"\b(?:and|or|with|without|which|but|than|versus|on|to)\b")
"""Between them a sentence says one thing, and says no word of it twice."""
_VERB = re.compile(
    r"\b(?:is|are|was|were|has|have|appears?|shows?|seen|noted|demonstrates?|contains?|remains?|"
    r"measures?|projects?|overl(?:ies|y)|lies?|extends?|terminates?|looks?|reveals?)\b"
)
_THERE = re.compile(r"there (is|are) (.*)")
_AFTER_NOUN = re.compile(
    r"\b(?:and|or|with|without|which|but|than|versus|on|to|of|in|at|within|along|from|for|as|by|"
    r"throughout|over|overlying|involving|adjacent|near|bilaterally)\b"
)
_PLURAL = re.compile(r"[a-z]+(?<![sui])s\b")
_LONG_WORD = re.compile(r"[^\W\d_]{4,}")
_AGAINST_ITSELF = re.compile(
    r"\b(left|right) (?:greater|worse|larger|more|less) than (?:the )?\1\b"
)


@lru_cache(maxsize=4096)
def may_be_drafted(sentence: str) -> bool:
    """Whether a sentence states a finding that one study can show.

    "Left lung base" states none; comparisons, dates and numbers need more than one study; "left
    greater than left" means nothing, "this may represent edema" leans on a sentence that may not
    stand before it, "right lung small right pleural effusion" was joined of two, and radiologists
    hardly ever write "the left base opacity" or "there is opacities".
    """
    words = sentence.casefold()
    leans = _AGAINST_ITSELF.search(words) or _LEANS.match(words)
    is_sense = not (leans or _stutters(words) or _is_unfinished(words) or _is_miscounted(words))
    return is_sense and bool(findings_in(sentence)) and not prior_mentions(sentence)


def _is_unfinished(words: str) -> bool:
    """Whether a sentence begins with "the" and has no verb."""
    return words.startswith("the ") and _VERB.search(words) is None


def _is_miscounted(words: str) -> bool:
    """Whether "there is" is followed by several things, or "there are" by one."""
    match = _THERE.match(words)
    if match is None:
        return False
    rest = _AFTER_NOUN.split(match[2], maxsplit=1)
    is_plural = _PLURAL.search(rest[0]) is not None
    return is_plural if match[1] == "is" else not is_plural and len(rest) == 1


def _stutters(words: str) -> bool:
    """Whether a long word stands twice in what is said at once."""
    said = [_LONG_WORD.findall(part) for part in _JOINS.split(words)]
    return any(len(part) > len(set(part)) for part in said)


def sided_claims(reports: Iterable[Sequence[str]]) -> SidedCounts:
    """The number of reports that assert each finding on each side; a report is its sentences."""
    return Counter(
        claim for report in reports for claim in {c for text in report for c in _claims(text)}
    )


def has_disputed_side(sentence: str, counts: SidedCounts) -> bool:
    """Whether a sentence asserts on one side what as many or more reports assert on the other."""
    return any(
        counts[category, side.opposite] >= counts[category, side]
        for category, side in _claims(sentence)
        if side in _SIDED
    )


@lru_cache(maxsize=1 << 16)
def may_stand_together(first: str, second: str) -> bool:
    """Whether neither sentence contradicts or repeats the other."""
    if first == second or _only_repeats(first, second) or _only_repeats(second, first):
        return False
    pairs = tuple(product(_read(first), _read(second)))
    return not any(_oppose(one, other) or _claim_twice(one, other) for one, other in pairs)


def denies_both(whole: str, first: str, second: str) -> bool:
    """Whether one sentence denies the two findings that two others deny, each of them one."""
    one, other = _meaning(first), _meaning(second)
    is_single = len(one) == len(other) == 1 and _is_named(first) and _is_named(second)
    is_denied = not (_claims(first) or _claims(second))
    return is_single and is_denied and _meaning(whole) == one | other


def _oppose(first: Statement, second: Statement) -> bool:
    """Stricter than the guard, which lets a reservation stand: the model adds them at random."""
    one, other = first.finding, second.finding
    if one.category == other.category and one.polarity is not other.polarity:
        return {one.side, other.side} != _SIDED
    return contradict(first, second)


def _claim_twice(first: Statement, second: Statement) -> bool:
    """Whether both assert one finding, in whatever degree; left and right are two findings."""
    one, other = first.finding, second.finding
    if not (one.is_asserted and other.is_asserted and one.category == other.category):
        return False
    is_one_thing = one.category not in category_names("negation", "many_kinds")
    return is_one_thing and {one.side, other.side} != _SIDED


def _only_repeats(first: str, second: str) -> bool:
    """Whether the second sentence says everything that the first one says.

    "No consolidation" next to "the lungs are clear" is no repetition: a part counts as repeated
    only if both sentences name their findings.
    """
    one, other = _meaning(first), _meaning(second)
    return bool(one) and (one == other or (one < other and _is_named(first) and _is_named(second)))


@lru_cache(maxsize=4096)
def _meaning(sentence: str) -> frozenset[tuple[str, ...]]:
    return frozenset((f.category, f.polarity.value, f.side.value) for f in findings_in(sentence))


@lru_cache(maxsize=4096)
def _is_named(sentence: str) -> bool:
    """Whether a sentence names its findings; "the lungs are clear" denies some without names."""
    return all(map(_has_name, findings_in(sentence)))


def _has_name(finding: Finding) -> bool:
    category = finding_lexicon().category(finding.category)
    return category is not None and any(found(category.patterns, folded(finding.term)))


@lru_cache(maxsize=4096)
def _claims(sentence: str) -> frozenset[tuple[str, Side]]:
    return frozenset((f.category, f.side) for f in findings_in(sentence) if f.is_asserted)


@lru_cache(maxsize=4096)
def _read(sentence: str) -> tuple[Statement, ...]:
    return statements_in(sentence, SentenceId(sentence), Section.FINDINGS)
