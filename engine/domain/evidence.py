"""What a sentence of a draft was shown to rest on, in pixels of the films.

Cells say where the model looked, never where a finding is: a cell is a square of the coarse grid
that the model reads, and the grade says whether the words depend on it at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from engine.domain.study import SopUid

LEAST_WINS = 0.7
"""Share of positive sentences that must depend on their cells more than on random ones before the
cells are drawn at all."""
WINS_METRIC = "val_deletion_wins"
"""Name of that share among the metrics of a bundle's manifest."""


class EvidenceGrade(StrEnum):
    """What the deletion test found when the cells were painted out."""

    RESTS_ON = "rests on"
    NOT_SHOWN = "not shown to rest on"


GRADE_WORDS = {
    (True, EvidenceGrade.RESTS_ON): "Rests on the outlined cells.",
    (True, EvidenceGrade.NOT_SHOWN): "Not shown to rest on the dashed cells.",
    (False, EvidenceGrade.RESTS_ON): "Rests on the places that the model looked at.",
    (False, EvidenceGrade.NOT_SHOWN): "Not shown to rest on the places that the model looked at.",
}
"""A grade in words, by whether the cells are drawn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """One cell of one film.

    Attributes:
        film: SOP instance UID of the film.
        left: Image pixels of its edges, x right, y down; pixel centres are whole numbers.
        top: As `left`.
        right: As `left`.
        bottom: As `left`.
        weight: Share of the sentence's attention to all cells, 0 to 1.
    """

    film: SopUid
    left: float
    top: float
    right: float
    bottom: float
    weight: float

    def contains(self, x: float, y: float) -> bool:
        """Whether a place in image pixels lies in it."""
        return self.left <= x < self.right and self.top <= y < self.bottom


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What one sentence of a draft looked at.

    Attributes:
        sentence: Its index in the draft.
        drop: By how much its log-probability (natural) fell without its cells.
        control_drop: The same without as many random cells, mean of several draws.
        regions: At most six, strongest first.
    """

    sentence: int
    grade: EvidenceGrade
    drop: float
    control_drop: float
    regions: tuple[Region, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """A part of a film that a reader drew; image pixels, x right, y down."""

    film: SopUid
    left: float
    top: float
    right: float
    bottom: float


class Filling(StrEnum):
    """How an area is painted out for the question what the model makes of a film without it."""

    MEAN = "the film's mean grey"
    BRIDGED = "straight from edge to edge"


LEAST_FALL = 0.5
"""Fall of a sentence's log-probability (natural) that counts: it is 0.6 times as likely then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnockOut:
    """What became of one sentence of a draft when an area that the reader drew was painted out.

    Attributes:
        sentence: Its index in the draft.
        drops: Fall of its log-probability (natural), one value for each `Filling`.
        control_drops: The same for areas of the same size elsewhere, by filling.
    """

    sentence: int
    drops: tuple[float, ...]
    control_drops: tuple[tuple[float, ...], ...]

    @property
    def is_weaker(self) -> bool:
        """Whether the fall counts in every filling, and no other area did as much in any."""
        return all(
            drop >= LEAST_FALL and all(drop > control for control in controls)
            for drop, controls in zip(self.drops, self.control_drops, strict=True)
        )
