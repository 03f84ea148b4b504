"""The index of studies in one session, written and read in batches.

A folder may bring thousands of studies at once, so each table is written by one statement with many
rows, and a row that is already right is not written again.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any, Final, TypeVar

from sqlalchemy import exists, func, or_, select, text
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session

from engine.domain.person_name import short_name
from engine.domain.report import Report
from engine.domain.study import ImageRef, Patient, Study, StudyUid
from engine.errors import NotFoundError
from engine.storage import convert
from engine.storage.schema import (
    Base,
    DraftRow,
    ImageRow,
    PatientRow,
    ReportRow,
    RevisionRow,
    SeriesRow,
    StudyRow,
)

_AT_ONCE: Final = 500
_Values = dict[str, Any]
T = TypeVar("T")


class Studies:
    """The index of studies."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, uid: StudyUid) -> Study:
        """The whole study; raises `NotFoundError`."""
        study = next(self.each((uid,)), None)
        if study is None:
            raise NotFoundError("This study is not in the workspace.")
        return study

    def each(self, uids: Iterable[StudyUid]) -> Iterator[Study]:
        """Those of the studies that are in the index, in the given order."""
        for some in _batches(uids):
            yield from self._whole(some)

    def paths(self, folder: Path) -> tuple[Path, ...]:
        """Paths of the indexed films in a folder or below it."""
        start = os.fsencode(folder) + os.fsencode(os.sep)
        # Filtered in the database: there may be ten thousand other films.
        below = select(ImageRow.path).where(func.substr(ImageRow.path, 1, len(start)) == start)
        return tuple(Path(os.fsdecode(kept)) for kept in self._session.scalars(below))

    def put(self, studies: Iterable[Study], added: str) -> tuple[StudyUid, ...]:
        """Add studies, or what is new in them; films that moved get their new path.

        Returns:
            The studies that were stored. A study whose UID already has drafts, reports or further
            films of another patient is not changed: they must never appear under another name.
        """
        return tuple(uid for some in _batches(studies) for uid in self._put(some, added))

    def take_off_list(self, uid: StudyUid) -> None:
        """Hide a study from the list until its films are opened again; raises `NotFoundError`.

        Nothing else changes: its reports can be found, and it hangs as a prior.
        """
        row = self._session.get(StudyRow, uid)
        if row is None:
            raise NotFoundError("This study is not in the workspace.")
        row.is_off_list = True

    def priors(self, uid: StudyUid) -> tuple[Study, ...]:
        """Earlier studies of the same person, newest first (see `Patient.is_same_person`)."""
        study = self.get(uid)
        patient = study.patient
        if study.study_date is None or not patient.patient_id or patient.birth_date is None:
            return ()
        moment = (study.study_date.isoformat(), convert.time_text(study.study_time))
        rows = self._session.execute(
            select(StudyRow.uid, StudyRow.study_date, StudyRow.study_time)
            .join(PatientRow, PatientRow.id == StudyRow.patient)
            .where(
                PatientRow.patient_id == patient.patient_id,
                PatientRow.birth_date == patient.birth_date.isoformat(),
                StudyRow.uid != uid,
                StudyRow.study_date != "",
            )
            .order_by(StudyRow.study_date.desc(), StudyRow.study_time.desc())
        )
        return tuple(self.get(StudyUid(r.uid)) for r in rows if (r[1], r[2]) < moment)

    def count(self) -> int:
        """Number of studies."""
        return self._session.scalar(select(func.count()).select_from(StudyRow)) or 0

    def index_report(self, report: Report) -> None:
        """Make the study searchable by the words of this report and of its other reports."""
        others = self._session.scalars(
            select(RevisionRow)
            .join(ReportRow, ReportRow.id == RevisionRow.report_id)
            .where(ReportRow.study_uid == report.study_uid, ReportRow.id != report.id)
            .where(RevisionRow.revision == ReportRow.revision)
        )
        words = [_report_words(report), *(_report_words(convert.report_of(r)) for r in others)]
        self._session.execute(
            text(
                "UPDATE study_search SET report = :words "
                "WHERE rowid = (SELECT search_row FROM studies WHERE uid = :uid)"
            ),
            {"words": " ".join(words), "uid": report.study_uid},
        )

    def _whole(self, uids: Sequence[StudyUid]) -> Iterator[Study]:
        studies = {
            study.uid: (study, patient)
            for study, patient in self._session.execute(
                select(StudyRow, PatientRow)
                .join(PatientRow, PatientRow.id == StudyRow.patient)
                .where(StudyRow.uid.in_(uids))
            )
        }
        series, images = defaultdict(list), defaultdict(list)
        for one in self._session.scalars(
            select(SeriesRow)
            .where(SeriesRow.study_uid.in_(uids))
            .order_by(SeriesRow.number, SeriesRow.uid)
        ):
            series[one.study_uid].append(one)
        for image in self._session.scalars(
            select(ImageRow)
            .where(ImageRow.study_uid.in_(uids))
            .order_by(ImageRow.instance_number, ImageRow.sop_uid)
        ):
            images[image.study_uid].append(image)
        for uid in uids:
            if uid in studies:
                yield convert.study_of(*studies[uid], series[uid], images[uid])

    def _put(self, studies: Sequence[Study], added: str) -> list[StudyUid]:
        patients = self._patients(study.patient for study in studies)
        known = {
            row.uid: row
            for row in self._session.scalars(
                select(StudyRow).where(StudyRow.uid.in_([study.uid for study in studies]))
            )
        }
        kept = []
        for study in studies:
            row, patient = known.get(study.uid), patients[_identity(study.patient)]
            is_ours = row is None or row.patient == patient or self._is_renamed(row, study.patient)
            if is_ours or not (self._is_used(study.uid) or self._has_others(study)):
                kept.append(study)
        words = self._words([study.uid for study in kept if study.uid in known])
        rows = [
            convert.study_values(study, patients[_identity(study.patient)], added) for study in kept
        ]
        self._upsert("studies", rows, but=("added", "search_row"))
        # The tables refer to each other by plain ids, so parents are written first.
        series = [(study, one) for study in kept for one in study.series]
        self._upsert("series", [convert.series_values(*each) for each in series])
        images = [image for study in kept for image in study.images if not self._has_better(image)]
        self._upsert("images", [convert.image_values(image) for image in images])
        self._session.expire_all()
        uids = list(dict.fromkeys(study.uid for study in kept))
        self._index(uids, words)
        return uids

    def _patients(self, patients: Iterable[Patient]) -> Mapping[tuple[str, ...], int]:
        """Ids of the patients' rows; missing rows are made."""
        wanted = dict.fromkeys(_identity(patient) for patient in patients)
        names = ("patient_id", "name", "birth_date", "sex")
        self._session.connection().execute(
            insert(Base.metadata.tables["patients"]).on_conflict_do_nothing(),
            [dict(zip(names, identity, strict=True)) for identity in wanted],
        )
        rows = self._session.execute(
            select(PatientRow.id, *(getattr(PatientRow, name) for name in names)).where(
                PatientRow.patient_id.in_({identity[0] for identity in wanted})
            )
        )
        return {tuple(identity): number for number, *identity in rows}

    def _upsert(self, name: str, rows: list[_Values], but: Sequence[str] = ()) -> None:
        """Write rows; an existing one is changed only where it differs, and never in `but`."""
        if not rows:
            return
        table = Base.metadata.tables[name]
        statement = insert(table)
        changed = {
            column.name: statement.excluded[column.name]
            for column in table.columns
            if not column.primary_key and column.name not in but
        }
        self._session.connection().execute(
            statement.on_conflict_do_update(
                index_elements=list(table.primary_key),
                set_=changed,
                where=or_(*(table.c[name] != value for name, value in changed.items())),
            ),
            rows,
        )

    def _is_renamed(self, row: StudyRow, patient: Patient) -> bool:
        """Whether an older version stored this patient, without the name's prefix and suffix."""
        known = self._session.get_one(PatientRow, row.patient)
        short = replace(patient, name=short_name(patient.header_name))
        return not row.header_name and _identity(short) == _identity(convert.patient_of(known))

    def _has_better(self, image: ImageRef) -> bool:
        """Whether this image was cut short and a whole copy is indexed and still exists."""
        if image.is_whole:
            return False
        row = self._session.get(ImageRow, (image.study_uid, image.series_uid, image.sop_uid))
        known = None if row is None else convert.image_of(row)
        return known is not None and known.is_whole and known.path.exists()

    def _is_used(self, uid: StudyUid) -> bool:
        drafts, reports = DraftRow.study_uid == uid, ReportRow.study_uid == uid
        return bool(
            self._session.scalar(select(or_(exists().where(drafts), exists().where(reports))))
        )

    def _has_others(self, study: Study) -> bool:
        """Whether the index has films of this study's UID that are not among its own films."""
        known = self._session.scalars(
            select(ImageRow.sop_uid).where(ImageRow.study_uid == study.uid)
        )
        return not set(known) <= {image.sop_uid for image in study.images}

    def _words(self, uids: Sequence[StudyUid]) -> Mapping[str, tuple[str, str]]:
        """The search words of indexed studies: those of the patient, and those of the study."""
        series = defaultdict(list)
        for row in self._session.execute(
            select(SeriesRow.study_uid, SeriesRow.modality)
            .where(SeriesRow.study_uid.in_(uids))
            .order_by(SeriesRow.number, SeriesRow.uid)
        ):
            series[row.study_uid].append(row.modality)
        found = {}
        for study, patient in self._session.execute(
            select(StudyRow, PatientRow)
            .join(PatientRow, PatientRow.id == StudyRow.patient)
            .where(StudyRow.uid.in_(uids))
        ):
            parts = (study.description, study.accession, study.study_date)
            details = " ".join((*parts, *series[study.uid], study.referring))
            found[study.uid] = (f"{patient.name} {patient.patient_id}", details)
        return found

    def _index(self, uids: Sequence[StudyUid], before: Mapping[str, tuple[str, str]]) -> None:
        """Update the search words of studies; a study with unchanged words is left alone."""
        words = self._words(uids)
        values = [
            {"uid": uid, "patient": words[uid][0], "details": words[uid][1]}
            for uid in uids
            if words[uid] != before.get(uid)
        ]
        new = [one for one in values if one["uid"] not in before]
        if new:
            self._index_new(new)
        for one in values:
            if one["uid"] in before:
                self._session.execute(
                    text(
                        "UPDATE study_search SET patient = :patient, details = :details "
                        "WHERE rowid = (SELECT search_row FROM studies WHERE uid = :uid)"
                    ),
                    one,
                )

    def _index_new(self, values: Sequence[_Values]) -> None:
        """Add rows to the search table and store their row numbers, which are its only key."""
        newest = text("SELECT rowid FROM study_search ORDER BY rowid DESC LIMIT 1")
        last = self._session.scalar(newest) or 0
        rows = [{**one, "row": last + n} for n, one in enumerate(values, start=1)]
        self._session.execute(
            text(
                "INSERT INTO study_search (rowid, study_uid, patient, details, report) "
                "VALUES (:row, :uid, :patient, :details, '')"
            ),
            rows,
        )
        self._session.execute(text("UPDATE studies SET search_row = :row WHERE uid = :uid"), rows)


def _report_words(report: Report) -> str:
    added = [addendum.text for addendum in report.addenda]
    return " ".join([*(sentence.text for sentence in report.kept()), *added])


def _batches(items: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(items)
    while some := list(islice(rest, _AT_ONCE)):
        yield some


def _identity(patient: Patient) -> tuple[str, ...]:
    """What distinguishes one patient's row from another."""
    born = patient.birth_date.isoformat() if patient.birth_date else ""
    return patient.patient_id, patient.name, born, patient.sex
