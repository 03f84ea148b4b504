"""Filters that a film may be looked at through; nothing is ever measured through one."""

from __future__ import annotations

from enum import StrEnum


class DisplayFilter(StrEnum):
    """What is done to a film's samples before they are painted."""

    NONE = "none"
    SHARPEN = "sharpened"
    CLAHE = "local contrast"


NEXT_FILTER = {
    DisplayFilter.NONE: DisplayFilter.SHARPEN,
    DisplayFilter.SHARPEN: DisplayFilter.CLAHE,
    DisplayFilter.CLAHE: DisplayFilter.NONE,
}
"""One key goes round."""
