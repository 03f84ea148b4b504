"""Studies from single images: grouping by the UIDs of the DICOM hierarchy.

Imports neither pydicom nor any bytes: the product's own process groups what the decode worker
found, so that a worker that was ended loses nothing of what was read before.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, time

from engine.domain.study import (
    ImageRef,
    Patient,
    Series,
    SeriesUid,
    SopUid,
    Study,
    StudyUid,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundImage:
    """One image with what its header says about its patient, study and series."""

    image: ImageRef
    patient: Patient
    study_date: date | None
    study_time: time | None
    accession: str
    study_description: str
    referring: str
    patient_age: str
    series_description: str
    series_number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyTree:
    """Studies, newest first, and the images that were left out as repeats."""

    studies: tuple[Study, ...]
    repeats: tuple[ImageRef, ...]


def study_tree(found: Iterable[FoundImage]) -> StudyTree:
    """Group images into series and studies.

    Of images with one SOP Instance UID the first whole one is kept, and the others are repeats: a
    copy that was cut short never displaces the film. Films of one Study Instance UID that name
    different patients become one study each: two patients are never shown as one.
    """
    repeats: list[ImageRef] = []
    chosen: dict[tuple[SopUid, str, str], FoundImage] = {}
    for item in found:
        key = (item.image.sop_uid, item.patient.patient_id, item.patient.name)
        known = chosen.setdefault(key, item)
        if known is item:
            continue
        is_better = item.image.is_whole and not known.image.is_whole
        repeats.append(known.image if is_better else item.image)
        if is_better:
            chosen[key] = item
    groups: dict[tuple[StudyUid, str, date | None], list[FoundImage]] = {}
    for item in chosen.values():
        person = (item.image.study_uid, item.patient.patient_id, item.patient.birth_date)
        groups.setdefault(person, []).append(item)
    studies = _distinct([_study(items) for items in groups.values()])
    studies.sort(key=lambda study: (study.study_date or date.min, study.study_time or time.min))
    return StudyTree(studies=tuple(reversed(studies)), repeats=tuple(repeats))


def _distinct(studies: list[Study]) -> list[Study]:
    """Give studies of different patients that share a UID one each, the first keeping it."""
    used: dict[StudyUid, int] = {}
    result = []
    for study in studies:
        count = used.get(study.uid, 0)
        used[study.uid] = count + 1
        result.append(study if count == 0 else _renamed(study, f"{study.uid}.{count}"))
    return result


def _renamed(study: Study, uid: str) -> Study:
    series = tuple(
        replace(one, images=tuple(replace(image, study_uid=StudyUid(uid)) for image in one.images))
        for one in study.series
    )
    return replace(study, uid=StudyUid(uid), series=series)


def _study(items: list[FoundImage]) -> Study:
    by_series: dict[SeriesUid, list[FoundImage]] = {}
    for item in items:
        by_series.setdefault(item.image.series_uid, []).append(item)
    series = sorted((_series(group) for group in by_series.values()), key=lambda one: one.number)
    first = items[0]
    return Study(
        uid=first.image.study_uid,
        patient=first.patient,
        study_date=first.study_date,
        study_time=first.study_time,
        accession=first.accession,
        description=first.study_description,
        referring=first.referring,
        patient_age=first.patient_age,
        series=tuple(series),
    )


def _series(items: list[FoundImage]) -> Series:
    ordered = sorted(items, key=lambda item: (item.image.instance_number, str(item.image.path)))
    first = ordered[0]
    return Series(
        uid=first.image.series_uid,
        modality=first.image.modality,
        description=first.series_description,
        number=first.series_number,
        images=tuple(item.image for item in ordered),
    )
