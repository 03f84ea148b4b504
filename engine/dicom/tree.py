"""Groups single images into studies by the UIDs of the DICOM hierarchy.

Imports no pydicom and reads no files: the main process groups what the decode worker found, so that
ending a worker loses nothing that was already read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
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
    """One image with its header's facts about patient, study and series."""

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
    study_id: str = ""
    header_referring: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyTree:
    """Studies, newest first, and the images that were left out as repeats."""

    studies: tuple[Study, ...]
    repeats: tuple[ImageRef, ...]


def study_tree(found: Iterable[FoundImage]) -> StudyTree:
    """Group images into series and studies.

    Of images with one SOP Instance UID the first complete one is kept and the others are repeats: a
    truncated copy never displaces the film. Films with one Study Instance UID but different
    patients become one study each: two patients are never shown as one.
    """
    repeats: list[ImageRef] = []
    chosen: dict[tuple[SopUid, str, str], FoundImage] = {}
    for item in found:
        key = _identity(item)
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


_SHARED = "Another film among these files has the same number (SOP Instance UID); each is shown."
Contents = Callable[[Sequence[ImageRef]], Sequence[str]]


def told_apart(found: Sequence[FoundImage], contents: Contents) -> list[FoundImage]:
    """Give films that share an identifier with a film of other pixels one of their own.

    Anonymised sets often contain such films. The first keeps its identifier; the others get one
    under 2.25 (PS3.5 B.2) derived from it and their pixels, so that it is the same in every scan.
    Copies of one film are left as they are.

    Args:
        found: In the order of the scan.
        contents: Returns a name for the pixels of each image, equal for equal pixels; empty if they
            cannot be read.
    """
    groups: dict[tuple[SopUid, str, str], list[int]] = {}
    for index, item in enumerate(found):
        if item.image.is_whole:
            groups.setdefault(_identity(item), []).append(index)
    apart = list(found)
    for indices in groups.values():
        if len(indices) < 2:
            continue
        names = contents([found[index].image for index in indices])
        first = next(filter(None, names), "")
        is_shared = len(set(filter(None, names))) > 1
        for index, name in zip(indices, names, strict=True):
            if first and not name:
                apart[index] = _damaged(found[index])
            elif is_shared:
                apart[index] = _named(found[index], "" if name == first else name)
    return apart


def _named(item: FoundImage, content: str) -> FoundImage:
    """The film with a note about its shared identifier; `content` gives it one of its own."""
    image = replace(item.image, notes=(*item.image.notes, _SHARED))
    if content:
        digest = hashlib.sha256(f"{image.sop_uid} {content}".encode()).digest()
        own = SopUid(f"2.25.{int.from_bytes(digest[:15], 'big')}")
        image = replace(image, sop_uid=own, shared_uid=image.sop_uid)
    return replace(item, image=image)


def _damaged(item: FoundImage) -> FoundImage:
    """A film that cannot be read, although another one with its identifier can."""
    return replace(item, image=replace(item.image, is_whole=False))


def _identity(item: FoundImage) -> tuple[SopUid, str, str]:
    return item.image.sop_uid, item.patient.patient_id, item.patient.name


def _distinct(studies: list[Study]) -> list[Study]:
    """Renames studies of different patients that share a UID; the first one keeps it."""
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
        study_id=first.study_id,
        header_referring=first.header_referring,
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
