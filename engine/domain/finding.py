"""What a sentence of a report says: findings, sides and words that refer to an earlier film.

Spans are half-open character offsets into the sentence they were read from, so that an editor can
underline exactly those characters.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Polarity(StrEnum):
    """Whether the sentence says that the finding is present or absent."""

    ASSERTED = "asserted"
    NEGATED = "negated"


class Certainty(StrEnum):
    """Whether the sentence leaves the finding open."""

    CERTAIN = "certain"
    UNCERTAIN = "uncertain"


class Side(StrEnum):
    """The patient's side, never the side of the image."""

    LEFT = "left"
    RIGHT = "right"
    BILATERAL = "bilateral"
    NONE = "none"

    @property
    def opposite(self) -> Side:
        """Left for right and right for left; BILATERAL and NONE stay."""
        return {Side.LEFT: Side.RIGHT, Side.RIGHT: Side.LEFT}.get(self, self)


class Severity(StrEnum):
    """How marked the finding is; NONE where the sentence does not say."""

    MILD = "mild"
    MODERATE = "moderate"
    SEVERE = "severe"
    NONE = "none"


class Trend(StrEnum):
    """The finding's course as the sentence itself states it; NONE where it does not."""

    NEW = "new"
    LARGER = "larger"
    SAME = "same"
    SMALLER = "smaller"
    GONE = "gone"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that a sentence asserts or denies.

    Attributes:
        category: Name in the lexicon, an Indiana University heading where there is one.
        term: The words of the sentence that state it.
        site: Anatomical site in the lexicon's words, e.g. "lower lobe"; for a shift its direction,
            e.g. "to the left"; empty if none is named.
        start: Index of `term` in the sentence.
        end: One past its last character.
        trend: Course that the sentence states.
        size: As it stands in the sentence, e.g. "8 mm"; empty if the sentence gives no size for
            this finding.
    """

    category: str
    term: str
    polarity: Polarity
    certainty: Certainty
    side: Side
    site: str
    severity: Severity
    start: int
    end: int
    trend: Trend = Trend.NONE
    size: str = ""

    @property
    def is_asserted(self) -> bool:
        """Whether the sentence says that the finding is present, certain or not."""
        return self.polarity is Polarity.ASSERTED


@dataclass(frozen=True, slots=True, kw_only=True)
class SideMention:
    """Words that name a side, and what they describe.

    Attributes:
        word: As it stands in the sentence, e.g. "Left", "RLL", "lingula".
        target: The words that it describes, e.g. "lower lobe"; empty if nothing known follows.
        is_structure: Whether the word belongs to the name of a one-sided structure ("left
            ventricle", "right-sided aortic arch"), so that it is not the side of a finding.
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
    """Words that depend on an earlier film, on a date or on a number that nobody measured."""

    kind: PriorKind
    text: str
    start: int
    end: int
