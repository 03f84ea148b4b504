"""Prose against measurement: a number that is not the mark's, a heart that is not as wide as said.

The mark is the reader's own and the sentence may be anybody's, so neither is taken to be right; the
alert only says that they differ.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from engine.domain.finding import Certainty
from engine.domain.guard import AlertSeverity, GuardAlert, GuardRule, Measured, StudyFacts
from engine.domain.report import ReportSentence
from engine.report.findings import findings_in

NORMAL_RATIO = 0.50
"""Greatest cardiothoracic ratio of a normal adult heart on a PA film (Danzer 1919)."""
MARGIN = 0.02
"""Lines drawn twice differ by as much: a ratio nearer to the limit contradicts nothing."""
_ADULT = 18
_RATIO = re.compile(r"\b(cardio-?thoracic ratio|ctr)\b", re.IGNORECASE)
_NUMBER = re.compile(
    r"(?<![\w.])(\d{1,4}(?:\.\d+)?)\s*(mm|millimet(?:er|re)s?|cm|centimet(?:er|re)s?|°|degrees?)?"
    r"(?![\w.]*\d)",
    re.IGNORECASE,
)


def measure_alerts(
    sentences: Iterable[ReportSentence], facts: StudyFacts
) -> tuple[GuardAlert, ...]:
    """Sentences that differ from what was measured on the films of this study."""
    kept = tuple(sentences)
    alerts = [_other_number(sentence, facts.measured) for sentence in kept]
    alerts += [_other_heart(sentence, facts) for sentence in kept]
    return tuple(alert for alert in alerts if alert is not None)


def _other_number(sentence: ReportSentence, measured: tuple[Measured, ...]) -> GuardAlert | None:
    for mark in measured:
        is_about = mark.sentence_id == sentence.id or (
            mark.is_ratio and _RATIO.search(sentence.text) is not None
        )
        told = _told(sentence.text, mark) if is_about else []
        if told and not any(_is_same(number, decimals, mark) for number, decimals, _ in told):
            message = f"The sentence says {told[0][2]}, the mark on the film measures {mark.words}."
            return _alert(sentence, message)
    return None


def _other_heart(sentence: ReportSentence, facts: StudyFacts) -> GuardAlert | None:
    if facts.age_years is not None and facts.age_years < _ADULT:
        return None
    ratios = [mark for mark in facts.measured if mark.is_ratio and mark.is_pa]
    claims = [
        finding.is_asserted
        for finding in findings_in(sentence.text)
        if finding.category == "Cardiomegaly" and finding.certainty is Certainty.CERTAIN
    ]
    for mark in ratios:
        is_wide = mark.value > NORMAL_RATIO + MARGIN
        is_narrow = mark.value < NORMAL_RATIO - MARGIN
        if (is_wide and False in claims) or (is_narrow and True in claims):
            message = (
                f"“{sentence.text}” and a cardiothoracic ratio of {mark.words} on a PA film "
                "do not go together."
            )
            return _alert(sentence, message)
    return None


def _told(text: str, mark: Measured) -> list[tuple[float, int, str]]:
    """Numbers of the mark's kind: in its unit, with their decimals there, and as written."""
    found = []
    for match in _NUMBER.finditer(text):
        number, unit = float(match[1]), (match[2] or "").lower()
        decimals = len(match[1].partition(".")[2])
        if unit.startswith(("cm", "centi")):
            number, decimals, unit = number * 10, decimals - 1, "mm"
        elif unit.startswith("m"):
            unit = "mm"
        elif unit.startswith("d"):
            unit = "°"
        is_ratio = mark.is_ratio and not unit and 0 < number < 1
        if is_ratio or (unit and unit == mark.unit):
            found.append((number, decimals, match[0].strip()))
    return found


def _is_same(number: float, decimals: int, mark: Measured) -> bool:
    """Whether a number is the mark's value rounded as it is written."""
    return abs(number - mark.value) <= 0.5 * 10.0**-decimals + 1e-9


def _alert(sentence: ReportSentence, message: str) -> GuardAlert:
    return GuardAlert(
        rule=GuardRule.MEASURE,
        message=message,
        sentence_ids=(sentence.id,),
        severity=AlertSeverity.WARNING,
    )
