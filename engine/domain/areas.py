"""The review areas of a chest film, and whether a report mentions them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class AreaState(StrEnum):
    """What a report says about an area."""

    MENTIONED = "mentioned"
    TEMPLATE = "normal by template"
    UNMENTIONED = "not mentioned"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewArea:
    """One review area and what the report says about it.

    Attributes:
        normal: The sentence that calls the area normal.
    """

    name: str
    state: AreaState
    normal: str
