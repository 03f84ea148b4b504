from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from testkit.presentation_states import annotations_on
from testkit.workspaces import any_study, open_store

from engine.domain.annotation import Calibration, KeyImage, Point, StudyAnnotations, new_annotation
from engine.domain.annotation_kind import AnnotationKind
from engine.domain.study import PixelSpacing, SopUid, SpacingKind, StudyUid
from engine.errors import NotFoundError, StorageError, WorkspaceDamagedError
from engine.services.annotating import Annotating

NOW = datetime(2026, 3, 18, 9, 30, tzinfo=UTC)
STUDY = any_study()
IMAGE = STUDY.images[0]
UID = STUDY.uid


def annotation(kind: AnnotationKind = AnnotationKind.LENGTH, **changes: object):
    points = [Point(x=1.5, y=2.25), Point(x=30.0, y=4.0)]
    built = new_annotation(kind, IMAGE, points, author="Dr Ünal", now=NOW, text="héllo\n行")
    return replace(built, **changes)  # type: ignore[arg-type]


def calibration(row_mm: float | None) -> Calibration:
    spacing = (
        None
        if row_mm is None
        else PixelSpacing(row_mm=row_mm, column_mm=0.2, kind=SpacingKind.BY_USER)
    )
    return Calibration(
        study_uid=UID,
        sop_uid=IMAGE.sop_uid,
        reference_mm=25.0,
        spacing=spacing,
        author="Dr Ünal",
        created=NOW,
    )


def test_marks_come_back_as_they_went_in_after_a_reopening(tmp_path: Path) -> None:
    first, second = annotation(), annotation(AnnotationKind.ARROW)
    key = KeyImage(study_uid=UID, sop_uid=IMAGE.sop_uid, author="Dr Ünal", created=NOW)
    with open_store(tmp_path, studies=(STUDY, any_study("9"))) as store:
        marking = Annotating(store)
        marking.put(first)
        marking.put(second)
        marking.set_key(key)
        marking.set_key(key)
        marking.calibrate(calibration(0.5))
        marking.calibrate(calibration(0.25))
        marking.put(first.moved(3.0, 0.0))
    with open_store(tmp_path) as store:
        kept = Annotating(store).annotations(UID)
        assert kept == StudyAnnotations(
            annotations=(first.moved(3.0, 0.0), second),
            calibrations=(calibration(0.25),),
            key_images=(key,),
        )
        assert Annotating(store).annotations(StudyUid("9")) == StudyAnnotations()


@pytest.mark.parametrize("kind", AnnotationKind)
def test_every_kind_is_kept(kind: AnnotationKind, tmp_path: Path) -> None:
    (put,) = annotations_on(IMAGE, kind)
    with open_store(tmp_path, studies=(STUDY,)) as store:
        Annotating(store).put(put)
    with open_store(tmp_path) as store:
        assert Annotating(store).annotations(UID).annotations == (put,)


def test_marks_can_be_taken_back(tmp_path: Path) -> None:
    key = KeyImage(study_uid=UID, sop_uid=IMAGE.sop_uid, author="Dr", created=NOW)
    with open_store(tmp_path, studies=(STUDY,)) as store:
        marking = Annotating(store)
        one = annotation()
        marking.put(one)
        marking.remove(one)
        marking.remove(one)
        marking.set_key(key)
        marking.clear_key(UID, IMAGE.sop_uid)
        marking.clear_key(UID, SopUid("none"))
        marking.calibrate(calibration(0.5))
        marking.calibrate(calibration(None))
        assert marking.annotations(UID) == StudyAnnotations()


def test_a_calibration_stays_on_record_and_in_the_trail(tmp_path: Path) -> None:
    with open_store(tmp_path, studies=(STUDY,)) as store:
        Annotating(store).calibrate(calibration(0.5))
        with store.database.reading() as session:
            said = session.execute(
                text("SELECT action, actor, details FROM audit_events ORDER BY sequence DESC")
            ).first()
        assert said is not None
        assert said[0] == "film calibrated"
        assert '"reference_mm":25.0' in said[2]
        for change in ("UPDATE calibrations SET sop_uid = 'x'", "DELETE FROM calibrations"):
            with pytest.raises(StorageError), store.database.writing() as session:
                session.execute(text(change))
        assert Annotating(store).annotations(UID).calibrations == (calibration(0.5),)


def test_a_mark_needs_its_study(tmp_path: Path) -> None:
    with open_store(tmp_path) as store, pytest.raises(NotFoundError):
        Annotating(store).put(annotation())


def test_a_damaged_mark_is_a_sentence(tmp_path: Path) -> None:
    with open_store(tmp_path, studies=(STUDY,)) as store:
        Annotating(store).put(annotation())
        with store.database.writing() as session:
            session.execute(text("UPDATE annotations SET content = '{\"id\": 1}'"))
        with pytest.raises(WorkspaceDamagedError, match="annotations"):
            Annotating(store).annotations(UID)
