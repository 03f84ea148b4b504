"""Filters for looking at a film. Measurements never use filtered samples."""

from __future__ import annotations

from enum import StrEnum


class DisplayFilter(StrEnum):
    """What is done to a film's samples before they are drawn."""

    NONE = "none"
    SHARPEN = "sharpened"
    CLAHE = "local contrast"


NEXT_FILTER = {
    DisplayFilter.NONE: DisplayFilter.SHARPEN,
    DisplayFilter.SHARPEN: DisplayFilter.CLAHE,
    DisplayFilter.CLAHE: DisplayFilter.NONE,
}
"""The order in which one key steps through the filters."""
