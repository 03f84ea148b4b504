"""How soon a study's result is wanted, by its order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum
from typing import Final

ROUTINE_RANK: Final = 2


class OrderPriority(StrEnum):
    """How soon the result is wanted."""

    STAT = "stat"
    URGENT = "urgent"
    ROUTINE = "routine"
    UNSAID = ""

    @classmethod
    def of(cls, word: str) -> OrderPriority:
        """The priority that a code or word means (HL7 table 0485, FHIR, DICOM (0040,1003))."""
        return _PRIORITIES.get(word.strip().upper(), cls.UNSAID)

    @property
    def rank(self) -> int:
        """0 for the most urgent; an order that does not say so counts as routine."""
        return {"stat": 0, "urgent": 1}.get(self.value, ROUTINE_RANK)


_PRIORITIES: Final = {
    **dict.fromkeys(("S", "STAT", "E", "EMERGENCY"), OrderPriority.STAT),
    # Before an operation, with a call back, and timing critical: all wanted before routine work.
    **dict.fromkeys(("A", "ASAP", "U", "URGENT", "HIGH", "P", "C", "T"), OrderPriority.URGENT),
    **dict.fromkeys(("R", "ROUTINE", "MEDIUM", "LOW", "PRN"), OrderPriority.ROUTINE),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A day, and the time on it if it is known; the wall clock of this computer."""

    day: date
    clock: time | None = None

    @property
    def sort_key(self) -> tuple[date, time]:
        """Orders moments; one without a time comes first on its day."""
        return self.day, self.clock or time.min


def due_key(due: Moment | None) -> tuple[date, time]:
    """Orders by due time, the earliest first; what has none comes last."""
    return (date.max, time.max) if due is None else due.sort_key


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderMark:
    """What the study list says about a study's order.

    Attributes:
        due: When the result is wanted; None if the order does not say so.
        is_cancelled: Whether every order of the study is cancelled.
        is_asked: Whether the reader shall say if an order is this study's.
    """

    priority: OrderPriority = OrderPriority.UNSAID
    due: Moment | None = None
    is_cancelled: bool = False
    is_asked: bool = False
