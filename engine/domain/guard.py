"""What the guards of a report know and say."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from engine.domain.report import SentenceId


class GuardRule(StrEnum):
    """One value for each rule, as it is logged and measured."""

    SIDE = "findings and impression name different sides"
    POLARITY = "findings and impression disagree"
    CONTRADICTION = "two sentences contradict each other"
    MISSING = "finding that the impression leaves out"
    NEGATION = "denial or assertion that reads wrong"
    SEX = "sex against the header"
    AGE = "age against the header"
    VIEW = "view against the films"
    LATERALITY = "side of a drafted sentence not confirmed"
    PRIOR = "comparison without a linked prior"
    NUMBER = "number in a drafted sentence"
    MEASURE = "prose against a measurement"
    FIELD = "field that is not filled"


class AlertSeverity(StrEnum):
    """STOP has to be settled before signing; WARNING is one line."""

    STOP = "stop"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardAlert:
    """What one rule found.

    Attributes:
        message: A plain sentence for the radiologist.
        sentence_ids: The sentences concerned, in reading order.
    """

    rule: GuardRule
    message: str
    sentence_ids: tuple[SentenceId, ...]
    severity: AlertSeverity


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What one mark on a film of the study measures.

    Attributes:
        unit: "mm", "px" or "°"; empty for a ratio.
        words: The value as it is written.
        is_ratio: Whether it is a cardiothoracic ratio.
        is_pa: Whether its film is a PA film.
        sentence_id: The sentence that the mark was written into; empty if none.
    """

    value: float
    unit: str
    words: str
    is_ratio: bool = False
    is_pa: bool = False
    sentence_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyFacts:
    """What is known about a study without looking at the films.

    Attributes:
        sex: "M", "F", "O" or empty, as in the header.
        age_years: At the time of the study; None if the header does not say.
        frontal_films: Number of frontal films.
        lateral_films: Number of lateral films.
        unknown_films: Number of films whose header does not say how they were taken; any of them
            may be the lateral one.
        has_linked_prior: Whether the reader has linked an earlier study.
        measured: What marks on the films measure.
    """

    sex: str = ""
    age_years: int | None = None
    frontal_films: int = 1
    lateral_films: int = 0
    unknown_films: int = 0
    has_linked_prior: bool = False
    measured: tuple[Measured, ...] = ()
