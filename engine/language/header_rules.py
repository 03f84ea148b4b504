"""Alerts where the report's words about sex, age and views contradict the study's header."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

from engine.domain.guard import AlertSeverity, GuardAlert, GuardRule, StudyFacts
from engine.domain.report import ReportSentence, SentenceId
from engine.language.lexicon import phrase_lists
from engine.language.phrases import folded, found

ADULT_YEARS = 18
ELDERLY_YEARS = 55
_YEARS = re.compile(r"\b(\d{1,3})[\s-]*(?:years?|yrs?|y)[\s./-]*(?:old|o)\b")
_YOUNG = re.compile(r"\b\d{1,3}[\s-]*(?:months?|weeks?|days?)[\s-]*old\b")
_TOLERANCE_YEARS = 1
"""The header may give the age on another day than the report does."""


def header_alerts(sentences: Iterable[ReportSentence], facts: StudyFacts) -> tuple[GuardAlert, ...]:
    """At most one alert each for sex, age and view, at the first sentence that is wrong."""
    every = [(sentence.id, sentence.text) for sentence in sentences]
    alerts = [
        _first(every, lambda text: _wrong_sex(text, facts), GuardRule.SEX),
        _first(every, lambda text: _wrong_age(text, facts), GuardRule.AGE),
        _first(every, lambda text: _wrong_view(text, facts), GuardRule.VIEW),
    ]
    return tuple(alert for alert in alerts if alert is not None)


def _first(
    sentences: list[tuple[SentenceId, str]], judge: Callable[[str], str], rule: GuardRule
) -> GuardAlert | None:
    stop = rule is not GuardRule.VIEW
    for sentence_id, text in sentences:
        message = judge(text)
        if message:
            return GuardAlert(
                rule=rule,
                message=message,
                sentence_ids=(sentence_id,),
                severity=AlertSeverity.STOP if stop else AlertSeverity.WARNING,
            )
    return None


def _wrong_sex(text: str, facts: StudyFacts) -> str:
    for sex, other, header in (("F", "male", "female"), ("M", "female", "male")):
        word = _word(other, text)
        if facts.sex == sex and word:
            return f"The report says “{word}”; the header says that the patient is {header}."
    return ""


def _wrong_age(text: str, facts: StudyFacts) -> str:
    if facts.age_years is None:
        return ""
    header = f"the header makes the patient {facts.age_years} years old."
    stated = _YEARS.search(folded(text))
    if stated and abs(int(stated[1]) - facts.age_years) > _TOLERANCE_YEARS:
        return f"The report says “{stated[0]}”; {header}"
    young = _YOUNG.search(folded(text))
    word = young[0] if young else _word("child", text)
    if facts.age_years >= ADULT_YEARS and word:
        return f"The report says “{word}”; {header}"
    word = _word("elderly", text)
    if facts.age_years < ELDERLY_YEARS and word:
        return f"The report says “{word}”; {header}"
    return ""


def _wrong_view(text: str, facts: StudyFacts) -> str:
    films = facts.frontal_films + facts.lateral_films + facts.unknown_films
    word = _word("single", text)
    if word and films > 1 and facts.lateral_films > 0:
        return f"The report says “{word}”; the study has {films} films, a lateral one among them."
    has_lateral = facts.lateral_films > 0 or facts.unknown_films > 0
    word = "" if _word("not_lateral", text) else _word("lateral", text)
    if word and not has_lateral:
        return f"The report says “{word}”; the study has no lateral film."
    return ""


@lru_cache(maxsize=16384)
def _word(name: str, text: str) -> str:
    """The first phrase of a list that a sentence contains, as written there."""
    match = next(iter(found(phrase_lists("header")[name], folded(text))), None)
    return "" if match is None else text[match.start : match.end]
