"""Critical findings: that somebody was told, who, when and how (ACR communication parameter)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum

from engine.domain.report import ReportId


class Urgency(IntEnum):
    """Categories of actionable findings (ACR Actionable Reporting Work Group, 2014)."""

    MINUTES = 1
    HOURS = 2
    DAYS = 3


class Means(StrEnum):
    """How the finding was communicated."""

    IN_PERSON = "in person"
    TELEPHONE = "by telephone"
    MESSAGE = "by secure message"


@dataclass(frozen=True, slots=True, kw_only=True)
class CriticalCommunication:
    """One entry of the log; never changed.

    Attributes:
        finding: What was communicated.
        told: Whom, by name or function.
        told_at: When, UTC.
        read_back: Whether the finding was repeated by the one who was told.
        recorded_by: Name of the user.
        recorded_at: UTC.
    """

    report_id: ReportId
    finding: str
    told: str
    told_at: datetime
    means: Means
    urgency: Urgency
    read_back: bool
    recorded_by: str
    recorded_at: datetime

    @property
    def line(self) -> str:
        """The entry in one sentence, as it is printed."""
        back = "read back" if self.read_back else "not read back"
        return (
            f"{self.finding}: {self.told} told {self.means.value} on "
            f"{self.told_at:%Y-%m-%d %H:%M} UTC by {self.recorded_by}, {back} "
            f"(category {self.urgency.value})."
        )
