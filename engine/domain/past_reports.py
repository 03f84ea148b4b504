"""Past drafts and reports: what may be asked for, and what a row of the answer says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from engine.domain.finding import Polarity
from engine.domain.report import ReportId, ReportStatus
from engine.domain.study import StudyUid


@dataclass(frozen=True, slots=True, kw_only=True)
class EditRange:
    """How far a report may be from the model's draft: changed words over all words, 0 to 1.

    Attributes:
        least: Smallest share, included.
        most: Largest share, included.
    """

    least: float = 0.0
    most: float = 1.0

    def __contains__(self, share: float) -> bool:
        """Whether a share lies in it."""
        return self.least <= share <= self.most


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportQuery:
    """Which reports are wanted; all conditions hold at once, an empty one asks nothing.

    Attributes:
        text: Each word begins a word of the patient, the study or any report of it, or is part of a
            name or number.
        finding: A category of the lexicon that a kept sentence speaks of.
        polarity: What the sentence says about `finding`; None takes both.
        author: Full name of somebody who began, saved or signed it.
        study_uid: The study that it is about.
        since: First day on which it was last changed, local time.
        until: Last such day.
        edited: How far it is from its draft; reports without a draft are not in any range.
        limit: Most rows.
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
        """Whether anything is asked for besides words."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectionExport:
    """What became of an export of several reports.

    Attributes:
        written: Names of the files, in the order of the selection.
        refused: Why a report was not written, each as a sentence.
    """

    written: tuple[str, ...]
    refused: tuple[str, ...] = ()
