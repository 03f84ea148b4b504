"""Past drafts and reports: what can be searched for, and one row of the result."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Self

from engine.domain.finding import Polarity
from engine.domain.report import ReportId, ReportStatus
from engine.domain.study import StudyUid


@dataclass(frozen=True, slots=True, kw_only=True)
class EditRange:
    """A range of distances from the model's draft: changed words over all words, 0 to 1.

    Attributes:
        least: Lower bound, inclusive.
        most: Upper bound, inclusive.
    """

    least: float = 0.0
    most: float = 1.0

    def __contains__(self, share: float) -> bool:
        """Whether a share lies in the range."""
        return self.least <= share <= self.most


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportQuery:
    """Which reports are wanted; conditions are combined by "and", an empty one does not filter.

    Attributes:
        text: Each word must begin a word of the patient, the study or any report of it, or be part
            of a name or number.
        finding: A category of the lexicon that a kept sentence asserts or denies.
        polarity: What the sentence says about `finding`; None takes both.
        author: Full name of a user who began, saved or signed the report.
        study_uid: The study of the report.
        since: First day of the last change, local time.
        until: Last day of the last change, local time.
        edited: Distance from the draft; a report without a draft is in no range.
        limit: Maximum number of rows.
    """

    text: str = ""
    finding: str = ""
    polarity: Polarity | None = None
    status: ReportStatus | None = None
    author: str = ""
    study_uid: StudyUid | None = None
    since: date | None = None
    until: date | None = None
    edited: EditRange | None = None
    limit: int = 500

    @property
    def is_narrowed(self) -> bool:
        """Whether there is any condition besides words."""
        asked = (self.finding, self.status, self.author, self.since, self.until, self.edited)
        return any(value not in (None, "") for value in asked)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSummary:
    """One row of the list of past reports and drafts.

    Attributes:
        edit_share: Changed words over all words against the draft, 0 to 1; None without a draft.
    """

    id: ReportId
    study_uid: StudyUid
    patient_name: str
    patient_id: str
    study_date: str
    status: ReportStatus
    revision: int
    author: str
    updated: datetime
    excerpt: str
    edit_share: float | None = None

    def without_name(self) -> Self:
        """The row without anything that identifies its patient."""
        return replace(self, patient_name="Name hidden", patient_id="", study_date="")


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectionExport:
    """Result of exporting several reports.

    Attributes:
        written: Names of the files, in the order of the selection.
        refused: Why a report was not exported, one sentence each.
    """

    written: tuple[str, ...]
    refused: tuple[str, ...] = ()
