"""The review areas of a chest film and whether a report says anything about them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class AreaState(StrEnum):
    """What a report says about an area."""

    MENTIONED = "mentioned"
    TEMPLATE = "normal by template"
    SILENT = "not mentioned"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewArea:
    """One area.

    Attributes:
        normal: The sentence that calls it normal.
    """

    name: str
    state: AreaState
    normal: str
