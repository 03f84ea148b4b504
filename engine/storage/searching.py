"""Search in the study list and the list of past reports."""

from __future__ import annotations

import os
import re
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    ScalarSelect,
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

from engine.domain.past_reports import ReportQuery, ReportSummary
from engine.domain.report import ReportId, ReportStatus
from engine.domain.study import (
    PictureFormat,
    StudyQuery,
    StudyStatus,
    StudySummary,
    StudyUid,
    View,
)
from engine.storage import convert
from engine.storage.listing import ANY_POLARITY
from engine.storage.schema import (
    DraftRow,
    FindingRow,
    ImageRow,
    IncomingStudyRow,
    ListingRow,
    PatientRow,
    ReportRow,
    RevisionRow,
    SeriesRow,
    StudyRow,
)

_STANDING = (ReportStatus.FINAL.value, ReportStatus.ADDENDED.value)
"""A study whose only report was withdrawn does not count as signed: it needs another report."""
_FOUND_BY = {StudyStatus.SIGNED: (StudyStatus.SIGNED.value, StudyStatus.ADDENDED.value)}
"""Filters that find more than their own status: an addended report is a signed one."""


_ReportRows = Select[*tuple[Any, ...]]


class Searches:
    """The two lists, in one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def studies(self, query: StudyQuery) -> tuple[StudySummary, ...]:
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
        wanted = wanted.where(~StudyRow.is_off_list)
        if query.status is not None:
            wanted = wanted.where(status.in_(_FOUND_BY.get(query.status, (query.status.value,))))
        # Counting films and views is expensive: done for the rows on the page, not for all studies.
        page = wanted.order_by(*order).limit(query.limit).subquery()
        rows = self._session.execute(
            select(StudyRow, PatientRow, *_held(), status)
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
                modalities=tuple(sorted(filter(None, (made_by or "").split(",")))),
                file_name=Path(os.fsdecode(path)).name if path else "",
                not_drafted=(refusal or "") if value == StudyStatus.NEW.value else "",
            )
            for study, patient, count, kinds, made_by, path, refusal, value in rows
        )

    def named(self, *, accession: str, uid: str) -> tuple[StudyUid, ...]:
        """Studies with an accession number or a UID, newest first; an empty one names none."""
        is_named = [
            column == wanted
            for column, wanted in ((StudyRow.accession, accession), (StudyRow.uid, uid))
            if wanted
        ]
        if not is_named:
            return ()
        newest = (StudyRow.study_date.desc(), StudyRow.study_time.desc())
        rows = self._session.scalars(select(StudyRow.uid).where(or_(*is_named)).order_by(*newest))
        return tuple(map(StudyUid, rows))

    def reports(self, query: ReportQuery) -> tuple[ReportSummary, ...]:
        """Reports that match, most recently changed first."""
        rows = self._session.execute(_reports(query))
        return tuple(_summary(row, study, patient, listed) for row, study, patient, listed in rows)

    def authors(self) -> tuple[str, ...]:
        """Everybody who began, saved or signed a report, sorted by name."""
        began, saved = select(ReportRow.author), select(RevisionRow.author)
        return tuple(sorted(self._session.scalars(union(began, saved)), key=str.casefold))


def _held() -> tuple[ScalarSelect[Any], ...]:
    """Subqueries of a study: its films' number, views, modalities, picture path, and a refusal."""
    of_study = ImageRow.study_uid == StudyRow.uid
    kind = func.json_extract(ImageRow.facts, "$.transfer_syntax")
    return (
        select(func.count()).select_from(ImageRow).where(of_study).scalar_subquery(),
        select(func.group_concat(func.json_extract(ImageRow.facts, "$.view").distinct()))
        .where(of_study)
        .scalar_subquery(),
        select(func.group_concat(SeriesRow.modality.distinct()))
        .where(SeriesRow.study_uid == StudyRow.uid)
        .scalar_subquery(),
        select(func.min(ImageRow.path))
        .where(of_study, kind.in_(tuple(PictureFormat)))
        .scalar_subquery(),
        select(IncomingStudyRow.refusal)
        .where(IncomingStudyRow.study_uid == StudyRow.uid)
        .scalar_subquery(),
    )


def _views(kinds: str | None) -> tuple[View, ...]:
    present = set((kinds or "").split(","))
    return tuple(view for view in View if view.value in present)


def _start_of(day: date) -> str:
    """The start of a local day, as stored."""
    return datetime.combine(day, time.min).astimezone().astimezone(UTC).isoformat()


def _reports(query: ReportQuery) -> _ReportRows:
    """The statement; the columns it sorts and narrows by share one index in each case."""
    wanted = _matching(
        select(ReportRow, StudyRow, PatientRow, ListingRow)
        .join(StudyRow, StudyRow.uid == ReportRow.study_uid)
        .join(PatientRow, PatientRow.id == StudyRow.patient)
        .join(ListingRow, ListingRow.report_id == ReportRow.id),
        query.text,
    )
    order: tuple[ColumnElement[str], ...] = (
        ListingRow.updated.desc(),
        ListingRow.report_id.desc(),
    )
    if query.finding:
        polarity = ANY_POLARITY if query.polarity is None else query.polarity.value
        wanted = wanted.join(FindingRow, FindingRow.report_id == ListingRow.report_id).where(
            FindingRow.category == query.finding, FindingRow.polarity == polarity
        )
        order = FindingRow.updated.desc(), FindingRow.report_id.desc()
    if query.edited is not None:
        share = ListingRow.edit_share
        wanted = wanted.where(share >= query.edited.least, share <= query.edited.most)
    if query.status is not None:
        wanted = wanted.where(ReportRow.stage == query.status.value)
    if query.author:
        wrote = RevisionRow.report_id == ReportRow.id, RevisionRow.author == query.author
        wanted = wanted.where(or_(ReportRow.author == query.author, exists().where(*wrote)))
    if query.study_uid is not None:
        wanted = wanted.where(ReportRow.study_uid == query.study_uid)
    if query.since is not None:
        wanted = wanted.where(ListingRow.updated >= _start_of(query.since))
    if query.until is not None:
        wanted = wanted.where(ListingRow.updated < _start_of(query.until + timedelta(days=1)))
    return wanted.order_by(*order).limit(query.limit)


def _summary(
    row: ReportRow, study: StudyRow, patient: PatientRow, listed: ListingRow
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
        excerpt=listed.excerpt,
        edit_share=listed.edit_share,
    )


def _status() -> ColumnElement[str]:
    reports = exists().where(ReportRow.study_uid == StudyRow.uid)
    return case(
        (
            reports.where(ReportRow.stage == ReportStatus.ADDENDED.value),
            StudyStatus.ADDENDED.value,
        ),
        (reports.where(ReportRow.stage.in_(_STANDING)), StudyStatus.SIGNED.value),
        (reports.where(ReportRow.is_reviewed), StudyStatus.IN_REVIEW.value),
        (exists().where(DraftRow.study_uid == StudyRow.uid), StudyStatus.DRAFTED.value),
        else_=StudyStatus.NEW.value,
    )


def _matching(wanted: Select[*tuple[Any, ...]], words: str) -> Select[*tuple[Any, ...]]:
    """Each word must begin a word of patient, study or report, or be part of a name or number."""
    for word in words.split():
        phrase = re.sub(r"\W+", " ", word).strip()
        places: list[ColumnElement[bool]] = [
            field.contains(word, autoescape=True)
            for field in (PatientRow.name, PatientRow.patient_id, StudyRow.accession)
        ]
        if phrase:
            places.append(StudyRow.search_row.in_(_hits(phrase)))
        wanted = wanted.where(or_(*places))
    return wanted


def _hits(phrase: str) -> Select[int]:
    """Search rows of the studies in which a word begins with the phrase (FTS5 prefix query).

    Only row numbers are read: any other column of the search table is stored with the reports'
    words.
    """
    index = table("study_search", column("rowid", Integer), column("study_search", String))
    return select(index.c.rowid).where(index.c.study_search.op("MATCH")(f'"{phrase}"*'))
