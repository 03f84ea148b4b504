"""Where a report contradicts itself: findings against impression, sentence against sentence.

Of what is acute and plainly there, an impression that says nothing is a contradiction too.

Only plain statements are compared. What is in doubt, limited ("no large effusion") or makes an
exception may stand beside its opposite, so that an alert is worth reading.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import combinations

from engine.domain.finding import Certainty, Finding, Severity, Side
from engine.domain.guard import AlertSeverity, GuardAlert, GuardRule
from engine.domain.report import Section
from engine.report.lexicon import category_names, finding_lexicon
from engine.report.reading import Statement

# Names for a shadow in the lung that findings and impression use for the same thing.
_LUNG_SHADOWS = frozenset(
    {
        "Opacity",
        "Density",
        "Consolidation",
        "Infiltrate",
        "Airspace Disease",
        "Pneumonia",
        "Pulmonary Atelectasis",
    }
)
# Names for water in the chest of a failing heart.
_FLUID = frozenset({"Heart Failure", "Pulmonary Edema", "Pulmonary Congestion", "Pleural Effusion"})
_OLD = re.compile(
    r"\b(chronic|old|stable|unchanged|prior|healed|remote|residual|scar\w*|tiny|trace)\b"
)
# "No acute abnormality" of something less than the chest, or with an exception.
_ELSEWHERE = re.compile(
    r"\b(except|otherwise|other|apart|aside|new|but|however|chang\w*|bon\w+|osse\w+|skelet\w+|ribs?"
    r"|spin\w+|abdom\w+|lungs)\b"
)
_SIDED = (Side.LEFT, Side.RIGHT)


def consistency_alerts(statements: Iterable[Statement]) -> tuple[GuardAlert, ...]:
    """One alert for each thing that is said in two ways; sides first."""
    every = tuple(statements)
    sides = {alert.sentence_ids: alert for alert in _side_alerts(every)}
    opposite = tuple(_opposite_alerts(every))
    told = {i for alert in opposite for i in alert.sentence_ids}
    missing = (alert for alert in _missing_alerts(every) if told.isdisjoint(alert.sentence_ids))
    return (*sides.values(), *opposite, *missing)


def _side_alerts(statements: tuple[Statement, ...]) -> Iterable[GuardAlert]:
    for impression in statements:
        finding = impression.finding
        if impression.section is not Section.IMPRESSION or finding.side not in _SIDED:
            continue
        same = [s for s in statements if s.section is Section.FINDINGS and _is_same(s, impression)]
        sides = {s.finding.side for s in same}
        if finding.is_asserted and sides == {finding.side.opposite}:
            yield GuardAlert(
                rule=GuardRule.SIDE,
                message=(
                    f"The impression says {finding.side} ({finding.term}), "
                    f"the findings say {finding.side.opposite} ({same[0].finding.term})."
                ),
                sentence_ids=(same[0].sentence_id, impression.sentence_id),
                severity=AlertSeverity.WARNING,
            )


def _is_same(first: Statement, second: Statement) -> bool:
    names = {first.finding.category, second.finding.category}
    same_thing = len(names) == 1 or names <= _LUNG_SHADOWS
    return same_thing and first.finding.is_asserted and second.finding.is_asserted


def _opposite_alerts(statements: tuple[Statement, ...]) -> Iterable[GuardAlert]:
    pairs: dict[str, list[tuple[Statement, Statement]]] = {}
    for first, second in combinations(statements, 2):
        if first.sentence_id == second.sentence_id or first.text == second.text:
            continue
        asserted, other = (first, second) if first.finding.is_asserted else (second, first)
        if asserted.finding.is_asserted and _is_opposite(asserted, other):
            pairs.setdefault(asserted.finding.category, []).append((asserted, other))
    order = list(dict.fromkeys(statement.sentence_id for statement in statements))
    for found in pairs.values():
        across = any(asserted.section is not other.section for asserted, other in found)
        ids = {statement.sentence_id for pair in found for statement in pair}
        yield GuardAlert(
            rule=GuardRule.POLARITY if across else GuardRule.CONTRADICTION,
            message=_message(*found[0]),
            sentence_ids=tuple(sorted(ids, key=order.index)),
            severity=AlertSeverity.WARNING,
        )


def _is_opposite(asserted: Statement, other: Statement) -> bool:
    if Certainty.UNCERTAIN in (asserted.finding.certainty, other.finding.certainty):
        return False
    if other.finding.is_asserted:
        pair = (asserted.finding.category, other.finding.category)
        return pair in finding_lexicon().opposites or pair[::-1] in finding_lexicon().opposites
    if other.finding.category == finding_lexicon().overall:
        return _is_plainly_acute(asserted) and not _ELSEWHERE.search(other.text.lower())
    return _is_denied(asserted, other)


def _is_denied(asserted: Statement, denied: Statement) -> bool:
    if asserted.finding.category != denied.finding.category or denied.is_limited:
        return False
    if {asserted.finding.side, denied.finding.side} == set(_SIDED):
        return False
    if not _is_same_device(asserted.finding, denied.finding):
        return False
    # "The right base is free of consolidation" says nothing about another place.
    local = denied.finding.place and denied.finding.side is not Side.NONE
    return not (local and asserted.finding.place != denied.finding.place)


def _is_same_device(first: Finding, second: Finding) -> bool:
    """False if one category holds both and they are apparatus of different names."""
    if first.category not in category_names("negation", "many_kinds"):
        return True
    words = set(first.term.lower().split()), set(second.term.lower().split())
    return words[0] <= words[1] or words[1] <= words[0]


def _missing_alerts(statements: tuple[Statement, ...]) -> Iterable[GuardAlert]:
    """What is plainly there and matters now, and is not in an impression that has been written."""
    impression = [s for s in statements if s.section is Section.IMPRESSION]
    told = {s.finding.category for s in impression if s.finding.is_asserted}
    told |= _LUNG_SHADOWS if told & _LUNG_SHADOWS else set()
    told |= _FLUID if told & _FLUID else set()
    asked: dict[str, Statement] = {}
    for statement in statements:
        if statement.section is Section.FINDINGS and _must_be_told(statement):
            asked.setdefault(statement.finding.category, statement)
    for category, statement in asked.items():
        if impression and category not in told:
            yield GuardAlert(
                rule=GuardRule.MISSING,
                message=(
                    f"The findings say “{_short(statement.text)}”, and the impression has no "
                    f"word of it."
                ),
                sentence_ids=(statement.sentence_id,),
                severity=AlertSeverity.WARNING,
            )


def _must_be_told(statement: Statement) -> bool:
    finding = statement.finding
    return (
        finding.category in category_names("negation", "in_impression")
        and finding.is_asserted
        and finding.certainty is Certainty.CERTAIN
        and finding.severity is not Severity.MILD
        and not _OLD.search(statement.text.lower())
    )


def _is_plainly_acute(asserted: Statement) -> bool:
    category = finding_lexicon().category(asserted.finding.category)
    return (category is None or category.is_acute) and not _OLD.search(asserted.text.lower())


def _message(asserted: Statement, denied: Statement) -> str:
    return (
        f"“{_short(asserted.text)}” in the {asserted.section.value.lower()} and "
        f"“{_short(denied.text)}” in the {denied.section.value.lower()} cannot both be true."
    )


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57].rstrip() + "…"
