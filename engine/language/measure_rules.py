"""Text against measurement: a number that differs, or a heart size that the ratio contradicts.

The measurement is the reader's and the sentence anybody's, so neither is assumed to be right; the
alert only says that they differ.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from engine.domain.finding import Certainty
from engine.domain.guard import AlertSeverity, GuardAlert, GuardRule, Measured, StudyFacts
from engine.domain.report import ReportSentence
from engine.language.findings import findings_in
from engine.language.sizes import sizes_in

NORMAL_RATIO = 0.50
"""Greatest cardiothoracic ratio of a normal adult heart on a PA film (Danzer 1919)."""
MARGIN = 0.02
"""Repeated measurements differ by this much: a ratio nearer to the limit is not decisive."""
_ADULT = 18
_RATIO = re.compile(r"\b(cardio-?thoracic ratio|ctr)\b", re.IGNORECASE)
_NUMBER = re.compile(r"(?<![\w.,])(\d{1,4}(?:[.,]\d+)?)\s*(%|°|degrees?)?(?![\w.,]*\d)", re.I)


def measure_alerts(
    sentences: Iterable[ReportSentence], facts: StudyFacts
) -> tuple[GuardAlert, ...]:
    """Alerts for sentences that differ from what was measured on the films of this study."""
    kept = tuple(sentences)
    alerts = [_other_number(sentence, facts.measured) for sentence in kept]
    alerts += [_other_heart(sentence, facts) for sentence in kept]
    return tuple(alert for alert in alerts if alert is not None)


def speaks_of_ratio(text: str) -> bool:
    """Whether a text names the cardiothoracic ratio."""
    return _RATIO.search(text) is not None


def _other_number(sentence: ReportSentence, measured: tuple[Measured, ...]) -> GuardAlert | None:
    for measurement in measured:
        is_about = measurement.sentence_id == sentence.id or (
            measurement.is_ratio and speaks_of_ratio(sentence.text)
        )
        numbers = _numbers(sentence.text, measurement) if is_about else []
        other = _first_other(numbers, measurement.values)
        if other:
            message = (
                f"The sentence says {other}, the measurement on the film is {measurement.words}."
            )
            return _alert(sentence, message)
    return None


def _first_other(numbers: list[tuple[float, int, str]], values: tuple[float, ...]) -> str:
    """The first number that is none of the values, if one of the values is missing; else empty.

    A sentence may contain other numbers next to the values, and only one axis of a bidirectional
    measurement.
    """
    others = [
        words
        for number, decimals, words in numbers
        if not any(_is_same(number, decimals, value) for value in values)
    ]
    has_all = len(numbers) - len(others) >= min(len(numbers), len(values))
    return "" if has_all or not others else others[0]


def _other_heart(sentence: ReportSentence, facts: StudyFacts) -> GuardAlert | None:
    if facts.age_years is not None and facts.age_years < _ADULT:
        return None
    ratios = [
        measurement for measurement in facts.measured if measurement.is_ratio and measurement.is_pa
    ]
    claims = [
        finding.is_asserted
        for finding in findings_in(sentence.text)
        if finding.category == "Cardiomegaly" and finding.certainty is Certainty.CERTAIN
    ]
    for measurement in ratios:
        is_wide = measurement.value > NORMAL_RATIO + MARGIN
        is_narrow = measurement.value < NORMAL_RATIO - MARGIN
        if (is_wide and False in claims) or (is_narrow and True in claims):
            size = "enlarged" if is_wide else "not enlarged"
            return _alert(sentence, f"Your CTR is {measurement.words} (PA): {size}.")
    return None


def _numbers(text: str, measurement: Measured) -> list[tuple[float, int, str]]:
    """Numbers of the measurement's kind: value in its unit, decimals there, and text as written."""
    if measurement.unit == "mm":
        return [
            (value, decimals, size.text)
            for size in sizes_in(text)
            if not size.is_earlier
            for value, decimals in zip(size.values, size.decimals, strict=True)
        ]
    found = []
    for match in _NUMBER.finditer(text):
        number, unit = float(match[1].replace(",", ".")), (match[2] or "").lower()
        decimals = len(match[1]) - 1 - max(match[1].find("."), match[1].find(","))
        decimals = 0 if match[1].isdigit() else decimals
        if measurement.is_ratio and unit == "%":
            number, decimals, unit = number / 100, decimals + 2, ""
        is_ratio = measurement.is_ratio and not unit and 0 < number < 1
        is_angle = bool(unit) and unit.startswith(("d", "°")) and measurement.unit == "°"
        if is_ratio or is_angle:
            found.append((number, decimals, match[0].strip()))
    return found


def _is_same(number: float, decimals: int, value: float) -> bool:
    """Whether a number is the value, rounded to the decimals written."""
    return abs(number - value) <= 0.5 * 10.0**-decimals + 1e-9


def _alert(sentence: ReportSentence, message: str) -> GuardAlert:
    return GuardAlert(
        rule=GuardRule.MEASURE,
        message=message,
        sentence_ids=(sentence.id,),
        severity=AlertSeverity.WARNING,
    )
