"""What the guards of a report are given and what they report."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from engine.domain.report import SentenceId


class GuardRule(StrEnum):
    """The rules; the name is what is logged, stored and measured."""

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
    """A STOP must be settled before signing; a WARNING is only shown."""

    STOP = "stop"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardAlert:
    """An alert of one rule.

    Attributes:
        message: A plain sentence for the radiologist.
        brief: A shorter message for display right below the first sentence; empty for `message`.
        sentence_ids: The sentences concerned, in reading order.
        pairs: One alert for each pair of sentences, if more than two are concerned.
    """

    rule: GuardRule
    message: str
    brief: str = ""
    sentence_ids: tuple[SentenceId, ...]
    severity: AlertSeverity
    pairs: tuple[GuardAlert, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What one annotation on a film of the study measures.

    Attributes:
        value: The measurement; the long axis of a bidirectional one.
        unit: "mm", "px" or "°"; empty for a ratio.
        words: The values as they are written.
        is_ratio: Whether it is a cardiothoracic ratio.
        is_pa: Whether its film is a PA film.
        sentence_id: The sentence that states the measurement; empty if there is none.
        short_axis: Of a bidirectional measurement.
    """

    value: float
    unit: str
    words: str
    is_ratio: bool = False
    is_pa: bool = False
    sentence_id: str = ""
    short_axis: float | None = None

    @property
    def values(self) -> tuple[float, ...]:
        """Every value that a sentence about it must give."""
        return (self.value,) if self.short_axis is None else (self.value, self.short_axis)


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyFacts:
    """What is known about a study without looking at the pixels.

    Attributes:
        sex: "M", "F", "O" or empty, as in the header.
        age_years: At the time of the study; None if the header does not say.
        frontal_films: Number of frontal films.
        lateral_films: Number of lateral films.
        unknown_films: Number of films whose header does not give the view; any of them may be the
            lateral one.
        has_linked_prior: Whether the reader has linked an earlier study.
        measured: What annotations on the films measure.
    """

    sex: str = ""
    age_years: int | None = None
    frontal_films: int = 1
    lateral_films: int = 0
    unknown_films: int = 0
    has_linked_prior: bool = False
    measured: tuple[Measured, ...] = ()
