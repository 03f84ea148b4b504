"""Reports: open, autosave, save as a revision, sign, and list their history."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from engine.domain.audit import AuditAction
from engine.domain.difference import (
    SentenceDifference,
    draft_differences,
    revision_differences,
)
from engine.domain.export import ExportForm
from engine.domain.ledger import LedgerEntry
from engine.domain.report import (
    Draft,
    DraftId,
    Report,
    ReportId,
    ReportStatus,
    new_report,
)
from engine.domain.revisions import RevisionStep, step_changes, what_for
from engine.domain.study import StudyUid
from engine.domain.user import Permission
from engine.errors import NotFoundError, ReportStateError
from engine.services.access import Access
from engine.services.signing import Signing, revision_details
from engine.storage.unit_of_work import Store, UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedReport:
    """A report as it was opened.

    Attributes:
        recovered: Whether it holds typing that was never saved as a revision (after a crash).
        saved: The newest revision, beside recovered typing; None if there is none.
    """

    report: Report
    recovered: bool
    saved: Report | None = None


class Reporting:
    """Reports of the workspace. Every method may block: call it off the GUI thread.

    Args:
        store: The open database.
        access: Checks the passphrase at signing.
        on_signed: Called once a signature is durable; it requests a backup and returns at once.
        outbox_forms: Forms in which each signed revision goes to the outbox.
    """

    def __init__(
        self,
        store: Store,
        access: Access,
        on_signed: Callable[[], None],
        outbox_forms: Callable[[], Iterable[ExportForm]] = tuple,
    ) -> None:
        self._store = store
        self._access = access
        self.signing = Signing(store, access, on_signed, outbox_forms)

    def open_for(self, uid: StudyUid) -> OpenedReport:
        """The study's newest report, with unsaved typing if there is any, or a new one."""
        with self._store.look() as unit:
            unit.studies.get(uid)
        self._store.note(AuditAction.STUDY_OPENED, uid)
        with self._store.look() as unit:
            report_id = unit.reports.newest_of(uid)
            if report_id is None:
                author = self._store.actor
                return OpenedReport(
                    report=new_report(uid, author, self._store.clock()), recovered=False
                )
            saved = unit.reports.revision(report_id)
            typed = unit.reports.working_copy(report_id)
        if typed is not None and (saved is None or not _says_the_same(typed, saved)):
            # Numbered like the newest revision, so that the next save gets the number after it.
            number = saved.revision if saved else 0
            report = replace(typed, revision=number)
            return OpenedReport(report=report, recovered=True, saved=saved)
        return OpenedReport(report=_found(saved or typed), recovered=False)

    def recovered_studies(self) -> tuple[StudyUid, ...]:
        """Studies whose report has unsaved typing, after a crash or because it is open."""
        with self._store.look() as unit:
            return tuple(
                typed.study_uid
                for typed in unit.reports.working_copies()
                if (saved := unit.reports.revision(typed.id)) is None
                or not _says_the_same(typed, saved)
            )

    def begin_anew(self, uid: StudyUid) -> OpenedReport:
        """An empty report for a study whose last report was withdrawn; the withdrawn one stays.

        Nothing is stored before the first change. Raises `ReportStateError` while another report is
        valid.
        """
        self._access.require(Permission.WRITE)
        with self._store.look() as unit:
            unit.studies.get(uid)
            report_id = unit.reports.newest_of(uid)
            newest = unit.reports.revision(report_id) if report_id is not None else None
        if newest is None or newest.status is not ReportStatus.WITHDRAWN:
            raise ReportStateError(
                "This study has a report already.",
                what_to_do="Edit it, add an addendum, or withdraw it first.",
            )
        fresh = new_report(uid, self._store.actor, self._store.clock())
        return OpenedReport(report=fresh, recovered=False)

    def load(self, report_id: ReportId) -> Report:
        """The newest revision of a report; raises `NotFoundError`.

        A report without a revision comes as it was last typed.
        """
        with self._store.look() as unit:
            return _found(unit.reports.revision(report_id) or unit.reports.working_copy(report_id))

    def draft(self, draft_id: DraftId) -> Draft:
        """A draft as the model made it; raises `NotFoundError`."""
        with self._store.look() as unit:
            return unit.drafts.get(draft_id)

    def keep(self, report: Report) -> None:
        """Autosave: durable on return, without making a revision.

        Raises `ReportStateError` for a signed report, and `DiskFullError`; the caller may try again
        with the same value.
        """
        _require_draft(report)
        with self._store.change(Permission.WRITE) as unit:
            unit.reports.keep(report, self._store.now_text())

    def save(self, report: Report) -> Report:
        """Append a revision; returns the report with its revision number."""
        _require_draft(report)
        with self._store.change(Permission.WRITE) as unit:
            saved = self._append(unit, report)
            details = revision_details(saved)
            if saved.first_reading is not None:
                details["first_reading"] = saved.first_reading.call.value
            unit.audit.record(AuditAction.REPORT_SAVED, saved.id, details)
        return saved

    def sign(self, report: Report, *, passphrase: str, meaning: str) -> Report:
        """Check the passphrase, sign, and append the final revision and an audit event.

        The demo workspace takes the passphrase "demo". Raises `WrongPassphraseError`,
        `TooManyAttemptsError` or `ReportStateError`.
        """
        return self.signing.final(report, passphrase=passphrase, meaning=meaning)

    def revision(self, report_id: ReportId, number: int) -> Report:
        """A saved revision as it was; raises `NotFoundError`."""
        with self._store.look() as unit:
            return _found(unit.reports.numbered(report_id, number))

    def changes_since_preliminary(self, report_id: ReportId) -> tuple[SentenceDifference, ...]:
        """What was changed after the trainee signed; empty without a preliminary signature."""
        with self._store.look() as unit:
            now = _found(unit.reports.stored(report_id))
            revisions = unit.reports.revisions(report_id)
        handed_over = next(
            (
                saved.report
                for saved in revisions
                if saved.status is ReportStatus.PRELIMINARY
                and now.preliminary is not None
                and saved.report_sha256 == now.preliminary.report_sha256
            ),
            None,
        )
        return () if handed_over is None else revision_differences(handed_over, now)

    def history(self, report_id: ReportId) -> tuple[RevisionStep, ...]:
        """Saved revisions, oldest first: who, when, what for, and what changed."""
        with self._store.look() as unit:
            revisions = unit.reports.revisions(report_id)
        reports = [saved.report for saved in revisions]
        return tuple(
            RevisionStep(
                revision=saved.report.revision,
                saved_at=saved.saved_at,
                author=saved.author,
                status=saved.status,
                report_sha256=saved.report_sha256,
                what=what_for(before, saved.report),
                changes=step_changes(before, saved.report),
            )
            for saved, before in zip(revisions, (None, *reports), strict=False)
        )

    def ledger(self, report_id: ReportId) -> tuple[LedgerEntry, ...]:
        """Every stored change of every sentence of a report, oldest first."""
        with self._store.look() as unit:
            return unit.reports.ledger.of(report_id)

    def changes(self, report_id: ReportId) -> tuple[SentenceDifference, ...]:
        """The model's draft against the stored report; raises `NotFoundError`."""
        with self._store.look() as unit:
            report = _found(unit.reports.stored(report_id))
            draft = unit.drafts.get(report.draft_id) if report.draft_id is not None else None
        return draft_differences(report, draft)

    def _append(self, unit: UnitOfWork, report: Report) -> Report:
        saved = unit.reports.append(report, self._store.now_text())
        unit.studies.index_report(saved)
        return saved


def _require_draft(report: Report) -> None:
    if not report.is_editable:
        raise ReportStateError("A signed report cannot be changed.")


def _found(report: Report | None) -> Report:
    if report is None:
        raise NotFoundError("This report is not in the workspace.")
    return report


def _says_the_same(one: Report, other: Report) -> bool:
    content = (one.sentences, one.draft_id, one.first_reading)
    return content == (other.sentences, other.draft_id, other.first_reading)
