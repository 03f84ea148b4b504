"""The film cells that a sentence of a draft depends on, in image pixels.

Cells say where the model looked, never where a finding is: a cell is a square of the coarse grid
that the model sees, and the grade says whether the words depend on the cells at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from engine.domain.study import SopUid

LEAST_WINS = 0.7
"""Cells are drawn only if at least this share of the model's positive sentences depended more on
their own cells than on random ones."""
WINS_METRIC = "val_deletion_wins"
"""Name of that share among the metrics of a bundle's manifest."""


class EvidenceGrade(StrEnum):
    """Result of the deletion test, in which the cells are painted out."""

    RESTS_ON = "rests on"
    NOT_SHOWN = "not shown to rest on"


GRADE_WORDS = {
    (True, EvidenceGrade.RESTS_ON): "Depends on the outlined image areas.",
    (True, EvidenceGrade.NOT_SHOWN): "Not shown to depend on the dashed image areas.",
    # Areas that nobody sees tell the reader nothing, and the draft's head says that none are shown.
    (False, EvidenceGrade.RESTS_ON): "",
    (False, EvidenceGrade.NOT_SHOWN): "",
}
"""A grade in words, by whether the cells are drawn; empty where there is nothing worth saying."""
NO_AREAS_DRAWN = "No image areas are shown for this model's sentences."
"""Said once for a draft whose cells are not drawn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """One cell of one film.

    Attributes:
        film: SOP Instance UID.
        left: Left edge in image pixels; pixel centres are whole numbers.
        top: Top edge.
        right: Right edge.
        bottom: Bottom edge.
        weight: The cell's share of the sentence's attention to all cells, 0 to 1.
    """

    film: SopUid
    left: float
    top: float
    right: float
    bottom: float
    weight: float

    def contains(self, x: float, y: float) -> bool:
        """Whether a point in image pixels lies in the cell."""
        return self.left <= x < self.right and self.top <= y < self.bottom


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What one sentence of a draft looked at.

    Attributes:
        sentence: Index in the draft.
        drop: How far the sentence's log-probability (natural) fell without its cells.
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
    """A rectangle that a reader drew on a film; image pixels, x right, y down."""

    film: SopUid
    left: float
    top: float
    right: float
    bottom: float


class Filling(StrEnum):
    """How an occluded area is painted over."""

    MEAN = "the film's mean grey"
    BRIDGED = "straight from edge to edge"


LEAST_FALL = 0.5
"""Drop in a sentence's log-probability (natural) that counts: a factor of 0.6 in likelihood."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Occlusion:
    """What became of one sentence of a draft when the reader occluded an area.

    Attributes:
        sentence: Index in the draft.
        drops: How far its log-probability (natural) fell, one value for each `Filling`.
        control_drops: The same for areas of equal size elsewhere, for each `Filling`.
    """

    sentence: int
    drops: tuple[float, ...]
    control_drops: tuple[tuple[float, ...], ...]

    @property
    def is_weaker(self) -> bool:
        """Whether the drop counts with every filling and no control area dropped it as far."""
        return all(
            drop >= LEAST_FALL and all(drop > control for control in controls)
            for drop, controls in zip(self.drops, self.control_drops, strict=True)
        )
