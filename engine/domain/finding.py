"""What a sentence of a report says: findings, sides and words that lean on an earlier film.

Spans are character offsets into the sentence they were read from, half open, so that an editor can
mark exactly those characters.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Polarity(StrEnum):
    """Whether the sentence says that the finding is there."""

    ASSERTED = "asserted"
    NEGATED = "negated"


class Certainty(StrEnum):
    """Whether the sentence leaves it open."""

    CERTAIN = "certain"
    UNCERTAIN = "uncertain"


class Side(StrEnum):
    """The patient's side, never the film's."""

    LEFT = "left"
    RIGHT = "right"
    BILATERAL = "bilateral"
    NONE = "none"

    @property
    def opposite(self) -> Side:
        """Left for right and right for left; the others stay."""
        return {Side.LEFT: Side.RIGHT, Side.RIGHT: Side.LEFT}.get(self, self)


class Severity(StrEnum):
    """How much of it; NONE where the sentence does not say."""

    MILD = "mild"
    MODERATE = "moderate"
    SEVERE = "severe"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that a sentence affirms or denies.

    Attributes:
        category: Name in the lexicon, an Indiana University heading where there is one.
        term: The words it was read from, as they stand in the sentence.
        place: Part of the chest in the lexicon's words, e.g. "lower lobe"; empty if none is named.
        start: First character of `term` in the sentence.
        end: One past its last character.
    """

    category: str
    term: str
    polarity: Polarity
    certainty: Certainty
    side: Side
    place: str
    severity: Severity
    start: int
    end: int

    @property
    def is_asserted(self) -> bool:
        """Whether the finding is said to be there, in doubt or not."""
        return self.polarity is Polarity.ASSERTED


@dataclass(frozen=True, slots=True, kw_only=True)
class SideMention:
    """Words that name a side, and what they stand with.

    Attributes:
        word: As it stands in the sentence, e.g. "Left", "RLL", "lingula".
        target: The words that it describes, e.g. "lower lobe"; empty if nothing known follows.
        is_structure: Whether it belongs to the name of a structure that has its side by its
            nature ("left ventricle", "right-sided aortic arch"): no side of a finding.
    """

    side: Side
    word: str
    start: int
    end: int
    target: str = ""
    is_structure: bool = False


class PriorKind(StrEnum):
    """Why a phrase cannot be known from the films of one study."""

    COMPARISON = "comparison"
    REMOVAL = "removal"
    DATE = "date"
    NUMBER = "number"


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorMention:
    """Words that rest on an earlier film, a date or a number nobody measured."""

    kind: PriorKind
    text: str
    start: int
    end: int
