from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from testkit.workspaces import any_study, open_store

from engine.domain.annotation import (
    AnnotationKind,
    Calibration,
    KeyImage,
    Point,
    StudyMarks,
    new_annotation,
)
from engine.domain.study import PixelSpacing, SopUid, SpacingKind, StudyUid
from engine.errors import NotFoundError, StorageError, WorkspaceDamagedError
from engine.services.marking import Marking

NOW = datetime(2026, 3, 18, 9, 30, tzinfo=UTC)
STUDY = any_study()
IMAGE = STUDY.images[0]
UID = STUDY.uid


def mark(kind: AnnotationKind = AnnotationKind.LENGTH, **changes: object):
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
    first, second = mark(), mark(AnnotationKind.ARROW)
    key = KeyImage(study_uid=UID, sop_uid=IMAGE.sop_uid, author="Dr Ünal", created=NOW)
    with open_store(tmp_path, studies=(STUDY, any_study("9"))) as store:
        marking = Marking(store)
        marking.put(first)
        marking.put(second)
        marking.set_key(key)
        marking.set_key(key)
        marking.calibrate(calibration(0.5))
        marking.calibrate(calibration(0.25))
        marking.put(first.moved(3.0, 0.0))
    with open_store(tmp_path) as store:
        kept = Marking(store).marks(UID)
        assert kept == StudyMarks(
            annotations=(first.moved(3.0, 0.0), second),
            calibrations=(calibration(0.25),),
            key_images=(key,),
        )
        assert Marking(store).marks(StudyUid("9")) == StudyMarks()


def test_marks_can_be_taken_back(tmp_path: Path) -> None:
    key = KeyImage(study_uid=UID, sop_uid=IMAGE.sop_uid, author="Dr", created=NOW)
    with open_store(tmp_path, studies=(STUDY,)) as store:
        marking = Marking(store)
        one = mark()
        marking.put(one)
        marking.remove(one)
        marking.remove(one)
        marking.set_key(key)
        marking.clear_key(UID, IMAGE.sop_uid)
        marking.clear_key(UID, SopUid("none"))
        marking.calibrate(calibration(0.5))
        marking.calibrate(calibration(None))
        assert marking.marks(UID) == StudyMarks()


def test_a_calibration_stays_on_record_and_in_the_trail(tmp_path: Path) -> None:
    with open_store(tmp_path, studies=(STUDY,)) as store:
        Marking(store).calibrate(calibration(0.5))
        with store.look() as unit:
            said = unit.session.execute(
                text("SELECT action, actor, details FROM audit_events ORDER BY sequence DESC")
            ).first()
        assert said is not None
        assert said[0] == "film calibrated"
        assert '"reference_mm":25.0' in said[2]
        for change in ("UPDATE calibrations SET sop_uid = 'x'", "DELETE FROM calibrations"):
            with pytest.raises(StorageError), store.change() as unit:
                unit.session.execute(text(change))
        assert Marking(store).marks(UID).calibrations == (calibration(0.5),)


def test_a_mark_needs_its_study(tmp_path: Path) -> None:
    with open_store(tmp_path) as store, pytest.raises(NotFoundError):
        Marking(store).put(mark())


def test_a_damaged_mark_is_a_sentence(tmp_path: Path) -> None:
    with open_store(tmp_path, studies=(STUDY,)) as store:
        Marking(store).put(mark())
        with store.change() as unit:
            unit.session.execute(text("UPDATE annotations SET content = '{\"id\": 1}'"))
        with pytest.raises(WorkspaceDamagedError, match="marks"):
            Marking(store).marks(UID)
