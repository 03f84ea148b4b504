"""What a reader made of the films before the model's draft was shown.

Readers who see a wrong draft first often follow it; a reader who has committed to a call first can
see what the draft changed. A first reading is kept and cannot be repeated.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class FirstCall(StrEnum):
    """The reader's own call before the draft."""

    NORMAL = "normal"
    ABNORMAL = "abnormal"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstReading:
    """One reader's call, made without the draft.

    Attributes:
        impression: The reader's own words; empty if the reader only chose a call.
        reader: Name of the user.
        at: UTC.
    """

    call: FirstCall
    impression: str
    reader: str
    at: datetime
