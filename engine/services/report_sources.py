"""Where the documents of a workspace's reports get their parts from."""

from __future__ import annotations

from dataclasses import replace

from engine.domain.audit import AuditAction, TrailMark
from engine.domain.export import ExportForm
from engine.domain.report import Report, ReportId
from engine.domain.study import Study, StudyUid
from engine.services.annotating import Annotating
from engine.services.exporting import ReportSources
from engine.services.library import Library
from engine.services.reporting import Reporting
from engine.storage.unit_of_work import Store

_KEEPING = (
    AuditAction.REPORT_SAVED,
    AuditAction.REPORT_SIGNED_PRELIMINARY,
    AuditAction.REPORT_SIGNED,
    AuditAction.ADDENDUM_SIGNED,
    AuditAction.REPORT_WITHDRAWN,
    AuditAction.CRITICAL_COMMUNICATED,
)


def shown_sources(
    store: Store, library: Library, reporting: Reporting, annotating: Annotating
) -> ReportSources:
    """Parts of documents that a reader exports: names that are hidden on the screen stay hidden."""
    return ReportSources(
        study_of=library.study,
        draft_of=reporting.draft,
        pixels_of=library.pixels,
        critical_of=reporting.signing.communications,
        annotations_of=annotating.annotations,
        revision_of=reporting.revision,
        handed_out=lambda report_id: handed_out(store, report_id),
        mark_of=lambda report: mark_of(store, report),
    )


def named_sources(store: Store, shown: ReportSources) -> ReportSources:
    """Parts of results for another system, which always carry the patient's name."""

    def named_study(uid: StudyUid) -> Study:
        with store.look() as unit:
            return unit.studies.get(uid)

    return replace(shown, study_of=named_study)


def handed_out(store: Store, report_id: ReportId) -> tuple[tuple[ExportForm, int], ...]:
    """What of a report was exported or delivered, by the audit trail: form and revision, once each.

    Left out are unsaved reports and what has no form of its own, e.g. text on the clipboard.
    """
    with store.look() as unit:
        events = [
            event
            for action in (AuditAction.REPORT_EXPORTED, AuditAction.RESULT_DELIVERED)
            for event in unit.audit.about(action, report_id)
        ]
    known = {form.value: form for form in ExportForm}
    found = (
        (known[event.details["format"]], int(event.details["revision"]))
        for event in events
        if event.details["format"] in known and event.details["revision"]
    )
    return tuple(dict.fromkeys(found))


def mark_of(store: Store, report: Report) -> TrailMark | None:
    """The entry that stored this revision of a report, or what was told of it since.

    Not the trail's newest one: the same report must give the same document, and the export of a
    document is an entry itself.
    """
    with store.look() as unit:
        events = [
            event
            for action in _KEEPING
            for event in unit.audit.about(action, report.id)
            if event.details.get("revision", report.revision) <= report.revision
        ]
    if not events or not report.revision:
        return None
    newest = max(events, key=lambda event: event.sequence)
    return TrailMark(
        workspace_id=store.facts.workspace_id, sequence=newest.sequence, digest=newest.digest
    )
