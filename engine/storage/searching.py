"""Rows of the study list and of the list of past reports, by the words that were typed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    case,
    column,
    exists,
    func,
    or_,
    select,
    table,
    union,
)
from sqlalchemy.orm import Session

from engine.domain.difference import draft_differences, edit_share
from engine.domain.past_reports import ReportQuery, ReportSummary
from engine.domain.report import Draft, DraftId, Report, ReportId, ReportStatus, Section
from engine.domain.study import StudyQuery, StudyStatus, StudySummary, StudyUid, View
from engine.storage import convert
from engine.storage.repositories import Drafts, Reports
from engine.storage.schema import (
    DraftRow,
    ImageRow,
    PatientRow,
    ReportRow,
    RevisionRow,
    StudyRow,
)

_EXCERPT = 160
_STANDING = (ReportStatus.FINAL.value, ReportStatus.ADDENDED.value)
"""A study whose only report was withdrawn is not a signed one: it waits for another."""


def study_summaries(session: Session, query: StudyQuery) -> tuple[StudySummary, ...]:
    """Rows of the study list, newest study first."""
    status = _status()
    order = (
        StudyRow.study_date.desc(),
        StudyRow.study_time.desc(),
        StudyRow.added.desc(),
        StudyRow.uid,
    )
    wanted = _matching(
        select(StudyRow.uid).join(PatientRow, PatientRow.id == StudyRow.patient), query.text
    )
    if query.status is not None:
        wanted = wanted.where(status == query.status.value)
    # What costs, the films and their views, is asked of the rows that are shown, not of all.
    page = wanted.order_by(*order).limit(query.limit).subquery()
    images = (
        select(func.count())
        .select_from(ImageRow)
        .where(ImageRow.study_uid == StudyRow.uid)
        .scalar_subquery()
    )
    views = (
        select(func.group_concat(func.json_extract(ImageRow.facts, "$.view").distinct()))
        .where(ImageRow.study_uid == StudyRow.uid)
        .scalar_subquery()
    )
    rows = session.execute(
        select(StudyRow, PatientRow, images, views, status)
        .join(page, page.c.uid == StudyRow.uid)
        .join(PatientRow, PatientRow.id == StudyRow.patient)
        .order_by(*order)
    )
    return tuple(
        StudySummary(
            uid=StudyUid(study.uid),
            patient=convert.patient_of(patient),
            study_date=convert.date_of(study.study_date),
            study_time=convert.time_of(study.study_time),
            description=study.description,
            accession=study.accession,
            image_count=count,
            status=StudyStatus(value),
            views=_views(kinds),
        )
        for study, patient, count, kinds, value in rows
    )


def _views(kinds: str | None) -> tuple[View, ...]:
    present = set((kinds or "").split(","))
    return tuple(view for view in View if view.value in present)


@dataclass(frozen=True, slots=True, kw_only=True)
class PastReport:
    """A report that was found, with its row."""

    row: ReportSummary
    report: Report


def past_reports(session: Session, query: ReportQuery) -> Iterator[PastReport]:
    """Reports that match what rows can tell, newest first: all of the query but the finding.

    Neither the finding nor the limit is looked at here; stop when there are enough.
    """
    wanted = _matching(
        select(ReportRow, StudyRow, PatientRow)
        .join(StudyRow, StudyRow.uid == ReportRow.study_uid)
        .join(PatientRow, PatientRow.id == StudyRow.patient),
        query.text,
    )
    if query.status is not None:
        wanted = wanted.where(ReportRow.stage == query.status.value)
    if query.author:
        wrote = RevisionRow.report_id == ReportRow.id, RevisionRow.author == query.author
        wanted = wanted.where(or_(ReportRow.author == query.author, exists().where(*wrote)))
    if query.study_uid is not None:
        wanted = wanted.where(ReportRow.study_uid == query.study_uid)
    if query.since is not None:
        wanted = wanted.where(ReportRow.updated >= _start_of(query.since))
    if query.until is not None:
        wanted = wanted.where(ReportRow.updated < _start_of(query.until + timedelta(days=1)))
    reports, drafts = Reports(session), Drafts(session)
    for row, study, patient in session.execute(
        wanted.order_by(ReportRow.updated.desc(), ReportRow.id)
    ):
        newest = reports.stored(ReportId(row.id))
        if newest is None:
            continue
        share = _share(drafts, newest)
        if query.edited is None or (share is not None and share in query.edited):
            yield PastReport(row=_summary(row, study, patient, newest, share), report=newest)


def report_authors(session: Session) -> tuple[str, ...]:
    """Everybody who began, saved or signed a report, in alphabetical order."""
    began, saved = select(ReportRow.author), select(RevisionRow.author)
    return tuple(sorted(session.scalars(union(began, saved)), key=str.casefold))


def _start_of(day: date) -> str:
    """The moment at which a local day begins, as rows have it."""
    return datetime.combine(day, time.min).astimezone().astimezone(UTC).isoformat()


def _share(drafts: Drafts, report: Report) -> float | None:
    if report.draft_id is None:
        return None
    return _edit_share(report, drafts.get(DraftId(report.draft_id)))


@lru_cache(maxsize=4096)
def _edit_share(report: Report, draft: Draft) -> float | None:
    return edit_share(draft_differences(report, draft))


def _summary(
    row: ReportRow, study: StudyRow, patient: PatientRow, newest: Report, share: float | None
) -> ReportSummary:
    return ReportSummary(
        id=ReportId(row.id),
        study_uid=StudyUid(row.study_uid),
        patient_name=patient.name,
        patient_id=patient.patient_id,
        study_date=study.study_date,
        status=ReportStatus(row.stage),
        revision=row.revision,
        author=row.author,
        updated=convert.moment_of(row.updated),
        excerpt=_excerpt(newest),
        edit_share=share,
    )


def _excerpt(report: Report) -> str:
    parts = (report.text(Section.IMPRESSION), report.text(Section.FINDINGS))
    words = " ".join(part for part in parts if part)
    return words if len(words) <= _EXCERPT else words[: _EXCERPT - 1].rstrip() + "…"


def _status() -> ColumnElement[str]:
    reports = exists().where(ReportRow.study_uid == StudyRow.uid)
    return case(
        (reports.where(ReportRow.stage.in_(_STANDING)), StudyStatus.SIGNED.value),
        (reports.where(ReportRow.is_reviewed), StudyStatus.IN_REVIEW.value),
        (exists().where(DraftRow.study_uid == StudyRow.uid), StudyStatus.DRAFTED.value),
        else_=StudyStatus.NEW.value,
    )


def _matching(wanted: Select[*tuple[Any, ...]], words: str) -> Select[*tuple[Any, ...]]:
    """Each word begins a word of patient, study or report, or is part of a name or number."""
    for word in words.split():
        phrase = re.sub(r"\W+", " ", word).strip()
        places: list[ColumnElement[bool]] = [
            field.contains(word, autoescape=True)
            for field in (PatientRow.name, PatientRow.patient_id, StudyRow.accession)
        ]
        if phrase:
            places.append(StudyRow.uid.in_(_hits(phrase)))
        wanted = wanted.where(or_(*places))
    return wanted


def _hits(phrase: str) -> Select[str]:
    """Uids of the studies in which a word begins with the phrase (FTS5 prefix query)."""
    index = table("study_search", column("study_uid", String), column("study_search", String))
    return select(index.c.study_uid).where(index.c.study_search.op("MATCH")(f'"{phrase}"*'))
