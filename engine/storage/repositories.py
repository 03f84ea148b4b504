"""Drafts and reports in one session."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import delete, func, select, text
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session

from engine.domain.lifecycle import is_reviewed
from engine.domain.report import Draft, DraftId, Report, ReportId, ReportStatus
from engine.domain.revisions import SavedRevision
from engine.domain.study import StudyUid
from engine.errors import NotFoundError, ReportStateError
from engine.storage import convert
from engine.storage.ledger import SentenceLedger
from engine.storage.listing import Listing
from engine.storage.schema import DraftRow, ReportRow, RevisionRow, WorkingCopyRow


class Drafts:
    """What the model wrote, untouched."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, draft: Draft) -> None:
        """Store a draft."""
        self._session.add(convert.draft_row(draft))
        self._session.flush()

    def get(self, draft_id: DraftId) -> Draft:
        """The draft; raises `NotFoundError`."""
        row = self._session.get(DraftRow, draft_id)
        if row is None:
            raise NotFoundError("This draft is not in the workspace.")
        return convert.draft_of(row)

    def bundle_sha256(self, bundle_id: str, version: str) -> str | None:
        """Manifest hash of the model that wrote the newest draft under that name and version."""
        found = self._session.scalar(
            select(func.json_extract(DraftRow.content, "$.bundle_sha256"))
            .where(
                func.json_extract(DraftRow.content, "$.bundle_id") == bundle_id,
                func.json_extract(DraftRow.content, "$.bundle_version") == version,
            )
            .order_by(DraftRow.created.desc())
            .limit(1)
        )
        return None if found is None else str(found)

    def of_study(self, uid: StudyUid) -> tuple[Draft, ...]:
        """All drafts of a study, newest first."""
        rows = self._session.scalars(
            select(DraftRow)
            .where(DraftRow.study_uid == uid)
            .order_by(DraftRow.created.desc(), text("rowid DESC"))
        )
        return tuple(convert.draft_of(row) for row in rows)


class Reports:
    """Reports, their revisions, unsaved typing, and the ledger of both.

    Args:
        session: Of the caller.
        actor: Name of the user whose changes are stored; empty for a session that only reads.
    """

    def __init__(self, session: Session, actor: str = "") -> None:
        self._session = session
        self._actor = actor
        self.ledger = SentenceLedger(session, actor)

    def newest_of(self, uid: StudyUid) -> ReportId | None:
        """The study's newest report."""
        found = self._session.scalar(
            select(ReportRow.id)
            .where(ReportRow.study_uid == uid)
            .order_by(ReportRow.created.desc(), text("rowid DESC"))
            .limit(1)
        )
        return ReportId(found) if found else None

    def revision(self, report_id: ReportId) -> Report | None:
        """The newest saved revision, or None."""
        row = self._session.scalar(
            select(RevisionRow)
            .where(RevisionRow.report_id == report_id)
            .order_by(RevisionRow.revision.desc())
            .limit(1)
        )
        return convert.report_of(row) if row else None

    def numbered(self, report_id: ReportId, number: int) -> Report | None:
        """The revision of that number, or None."""
        row = self._session.get(RevisionRow, (report_id, number))
        return convert.report_of(row) if row else None

    def working_copy(self, report_id: ReportId) -> Report | None:
        """Typing that was not saved as a revision, or None."""
        row = self._session.get(WorkingCopyRow, report_id)
        return convert.report_of(row) if row else None

    def working_copies(self) -> tuple[Report, ...]:
        """The working copy of each report with typing that is not saved as a revision."""
        return tuple(map(convert.report_of, self._session.scalars(select(WorkingCopyRow))))

    def revisions(self, report_id: ReportId) -> tuple[SavedRevision, ...]:
        """All revisions, oldest first."""
        rows = self._session.scalars(
            select(RevisionRow)
            .where(RevisionRow.report_id == report_id)
            .order_by(RevisionRow.revision)
        )
        return tuple(
            SavedRevision(
                report=convert.report_of(row),
                saved_at=convert.moment_of(row.saved),
                author=row.author,
                status=ReportStatus(row.status),
                report_sha256=row.report_sha256,
            )
            for row in rows
        )

    def keep(self, report: Report, saved: str) -> None:
        """Replace the working copy; raises `ReportStateError` for a signed report."""
        row = self._open_row(report)
        if report.revision < row.revision and report.updated.isoformat() <= row.updated:
            # An autosave overtaken by a save: the revision holds all of it.
            return
        self._record(report, saved)
        self._touch(row, report)
        content = convert.report_content(report)
        values = {"saved": saved, "content": content, "sha256": convert.sha256(content)}
        self._session.execute(
            insert(WorkingCopyRow)
            .values(report_id=report.id, **values)
            .on_conflict_do_update(index_elements=["report_id"], set_=values)
        )

    def append(self, report: Report, saved: str) -> Report:
        """Add a revision and drop the working copy; returns the report with its number."""
        row = self._row_to_append_to(report)
        numbered = replace(report, revision=row.revision + 1)
        self._record(numbered, saved)
        content = convert.report_content(numbered)
        self._session.add(
            RevisionRow(
                report_id=report.id,
                revision=numbered.revision,
                saved=saved,
                author=self._actor or numbered.author,
                status=numbered.status.value,
                report_sha256=numbered.sha256,
                content=content,
                sha256=convert.sha256(content),
            )
        )
        self._session.flush()
        self._session.execute(delete(WorkingCopyRow).where(WorkingCopyRow.report_id == report.id))
        row.revision, row.stage = numbered.revision, numbered.status.value
        row.status = _openness(numbered)
        self._touch(row, numbered)
        return numbered

    def stored(self, report_id: ReportId) -> Report | None:
        """The state stored last: unsaved typing, else the newest revision."""
        return self.working_copy(report_id) or self.revision(report_id)

    def _record(self, report: Report, saved: str) -> None:
        self.ledger.record(self.stored(report.id), report, convert.moment_of(saved))

    def _row_to_append_to(self, report: Report) -> ReportRow:
        """The row of an open report, or of a signed one that gets an addition."""
        if report.status in {ReportStatus.ADDENDED, ReportStatus.WITHDRAWN}:
            row = self._session.get(ReportRow, report.id)
            if row is not None and row.stage in {"final", "addended"}:
                return row
        return self._open_row(report)

    def _open_row(self, report: Report) -> ReportRow:
        row = self._session.get(ReportRow, report.id)
        if row is None:
            row = ReportRow(
                id=report.id,
                study_uid=report.study_uid,
                author=report.author,
                created=report.created.isoformat(),
                updated=report.updated.isoformat(),
                status=ReportStatus.DRAFT.value,
                revision=0,
                is_reviewed=is_reviewed(report),
                stage=ReportStatus.DRAFT.value,
            )
            self._session.add(row)
            self._session.flush()
        if row.status == ReportStatus.FINAL.value:
            raise ReportStateError("A signed report cannot be changed.")
        if row.study_uid != report.study_uid:
            raise ReportStateError("This report belongs to another study.")
        return row

    def _touch(self, row: ReportRow, report: Report) -> None:
        row.updated = report.updated.isoformat()
        row.is_reviewed = is_reviewed(report)
        self._session.flush()
        Listing(self._session).keep(report)


def _openness(report: Report) -> str:
    """The value of `status` that the triggers check: open or signed."""
    return (ReportStatus.DRAFT if report.is_editable else ReportStatus.FINAL).value
