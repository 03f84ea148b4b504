"""What a reader made of the films before the model's draft was shown.

Readers who see a wrong draft first follow it often; one who has said something first can see what
the draft changed. What was said first is kept and cannot be said again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class FirstCall(StrEnum):
    """The reader's own call."""

    NORMAL = "normal"
    ABNORMAL = "abnormal"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstReading:
    """One reader's call, made without the draft.

    Attributes:
        impression: The reader's own words; empty if the reader only ticked a call.
        reader: Name of the user.
        at: UTC.
    """

    call: FirstCall
    impression: str
    reader: str
    at: datetime
