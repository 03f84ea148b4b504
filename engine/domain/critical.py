"""Critical findings: who was told, by whom, when and how (ACR practice on communication)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum

from engine.domain.audit import canonical_json
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
        told: The recipient, by name or function.
        told_at: When the recipient was told, UTC.
        read_back: Whether the recipient repeated the finding.
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
    def sha256(self) -> str:
        """Hash of the whole entry, hex; the audit trail holds it."""
        content = [
            self.report_id,
            self.finding,
            self.told,
            self.told_at.isoformat(),
            self.means.value,
            self.urgency.value,
            self.read_back,
            self.recorded_by,
            self.recorded_at.isoformat(),
        ]
        return hashlib.sha256(canonical_json(content).encode()).hexdigest()

    @property
    def line(self) -> str:
        """The entry in one sentence, as it is printed."""
        back = "read back" if self.read_back else "not read back"
        return (
            f"{self.finding}: {self.told} told {self.means.value} on "
            f"{self.told_at:%Y-%m-%d %H:%M} UTC by {self.recorded_by}, {back} "
            f"(category {self.urgency.value})."
        )
