"""Reports: open, keep while typing, save as a revision, sign, and find again."""

from __future__ import annotations

from dataclasses import dataclass

from engine.domain.report import Draft, DraftId, Report, ReportId, ReportSummary, RevisionSummary
from engine.domain.study import StudyUid


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedReport:
    """A report as it was opened.

    Attributes:
        recovered: It holds typing that was never saved as a revision (after a crash).
    """

    report: Report
    recovered: bool


class Reporting:
    """Reports of the workspace. Every method may block: call it off the GUI thread."""

    def open_for(self, uid: StudyUid) -> OpenedReport:
        """The study's newest report, with unsaved typing if there is any, or a new one."""
        raise NotImplementedError

    def load(self, report_id: ReportId) -> Report:
        """The newest revision of a report; raises `NotFoundError`."""
        raise NotImplementedError

    def draft(self, draft_id: DraftId) -> Draft:
        """A draft as the model made it; raises `NotFoundError`."""
        raise NotImplementedError

    def keep(self, report: Report) -> None:
        """Autosave: durable when it returns, no revision is made."""
        raise NotImplementedError

    def save(self, report: Report) -> Report:
        """Append a revision; returns the report with its revision number."""
        raise NotImplementedError

    def sign(self, report: Report, *, passphrase: str, meaning: str) -> Report:
        """Check the passphrase, sign, append the final revision and an audit event.

        The demo workspace takes the passphrase "demo". Raises `WrongPassphraseError`,
        `TooManyAttemptsError` or `ReportStateError`.
        """
        raise NotImplementedError

    def history(self, report_id: ReportId) -> tuple[RevisionSummary, ...]:
        """Saved revisions, oldest first."""
        raise NotImplementedError

    def reports(self, text: str = "", *, limit: int = 500) -> tuple[ReportSummary, ...]:
        """Past reports whose text or patient matches, newest first."""
        raise NotImplementedError
