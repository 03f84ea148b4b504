"""What is put under a report: signatures, addenda and a withdrawal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """Who signed, when, and what the signature means (21 CFR 11.50).

    Attributes:
        meaning: e.g. "I am the author of this report."
        report_sha256: `Report.sha256` at the moment of signing; for an addendum or a withdrawal the
            hash of report and addition (`engine.domain.lifecycle.addition_sha256`).
        role: Role of the signer, e.g. "attending"; empty in reports older than roles.
    """

    signer: str
    meaning: str
    signed_at: datetime
    report_sha256: str
    role: str = ""

    @property
    def name_and_role(self) -> str:
        """The signer as printed, e.g. "A. Reader, attending"."""
        return f"{self.signer}, {self.role}" if self.role else self.signer


@dataclass(frozen=True, slots=True, kw_only=True)
class Addendum:
    """Text added to a report after it was signed."""

    text: str
    signature: Signature


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """Why a signed report is not valid, and who withdrew it."""

    reason: str
    signature: Signature
