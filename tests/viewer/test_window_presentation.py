"""Presentation states in the window: offered, applied, left, saved; and how films hang kept."""

import numpy as np
import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QMenu
from testkit.dicom_files import write_film
from testkit.presentation_states import item, reference, write_state

from viewer.canvas.corner_text import badges

FILM, STUDY = "1.2.3.4.5", "1.2.3"


@pytest.fixture
def opened(room, tmp_path):
    """The room with a film open, and a state beside it that the scan found."""
    folder = tmp_path / "films"
    write_film(folder / "film.dcm", SOPInstanceUID=FILM, StudyInstanceUID=STUDY)
    line = item(
        GraphicType="POLYLINE",
        GraphicData=[10.5, 20.5, 200.5, 20.5],
        GraphicAnnotationUnits="PIXEL",
        GraphicDimensions=2,
        NumberOfGraphicPoints=2,
        GraphicFilled="N",
    )
    words = item(
        UnformattedTextValue="Line tip",
        BoundingBoxAnnotationUnits="PIXEL",
        BoundingBoxTopLeftHandCorner=[20, 40],
        BoundingBoxBottomRightHandCorner=[90, 60],
    )
    annotation = item(
        GraphicLayer="A",
        ReferencedImageSequence=reference(FILM),
        GraphicObjectSequence=[line],
        TextObjectSequence=[words],
    )
    write_state(
        folder / "state.dcm",
        FILM,
        GraphicAnnotationSequence=[annotation],
        PresentationLUTShape="INVERSE",
        ImageRotation=90,
        MaskSubtractionSequence=[item(MaskOperation="NONE")],
    )
    room.desk.library.add([folder])
    room.wait(lambda: not room.desk.library.is_scanning)
    room.show_study(STUDY)
    room.wait(lambda: bool(room.view.views.active.applied.offered))
    return room


def seen(room) -> np.ndarray:
    picture = room.view.views.active_view.grab().toImage()
    grey = picture.convertToFormat(QImage.Format.Format_Grayscale8)
    rows = np.frombuffer(grey.constBits(), np.uint8).reshape(grey.height(), -1)
    return rows[:, : grey.width()].copy()


def test_a_state_is_offered_applied_and_left(opened):
    view = opened.view.views.active
    before, own = seen(opened), view.presentation
    assert "PRESENTATION STATE OFFERED" in badges(view)
    assert view.presentation.turn.quarter_turns == 0
    opened.do("presentation.next")
    opened.wait(lambda: view.applied.is_whole)
    assert {"STATE “Look here”", "INVERTED", "TURNED 90°"} <= set(badges(view))
    assert view.grey.voi.width == 1001
    assert "subtraction of a mask" in opened.notices[-1].sentence
    applied = seen(opened)
    assert not np.array_equal(applied, before)
    opened.do("mark.level")
    assert not np.array_equal(seen(opened), applied)
    opened.do("mark.level")
    opened.do("mark.level")
    opened.do("presentation.next")
    opened.wait(lambda: view.applied.state is not None and not view.applied.is_whole)
    assert view.presentation == own
    assert not np.array_equal(seen(opened), before)
    opened.do("presentation.next")
    assert view.applied.state is None
    assert np.array_equal(seen(opened), before)
    menu = QMenu()
    added = opened.view.presentations.add_to(menu)
    words = [action.text() for action in added.actions()]
    assert words == [
        "As in file",
        "Look here by Doe, Jo, 2024-02-04",
        "Look here, graphics only",
    ]
    assert [action.isChecked() for action in added.actions()] == [True, False, False]
    added.actions()[1].trigger()
    opened.wait(lambda: opened.view.views.active.applied.is_whole)


def test_a_view_is_saved_found_and_seen_the_same(opened, tmp_path):
    view = opened.view.views.active
    view.placement.flip_horizontal()
    view.placement.zoom_by(3.0)
    view.placement.pan_by(40, 25)
    view.grey.toggle_invert()
    before = seen(opened)
    target = tmp_path / "films" / "mine.dcm"
    opened.view.presentations.save(target)
    opened.wait(target.exists)
    opened.wait(lambda: any("mine.dcm" in notice.sentence for notice in opened.notices))
    opened.do("view.reset")
    opened.desk.library.add([target])
    opened.wait(lambda: len(view.applied.offered) == 2)
    opened.do("presentation.next")
    opened.wait(lambda: view.applied.is_whole)
    assert view.applied.state.title == "As seen in Negatoscope"
    height, width = before.shape
    middle = np.s_[height // 4 : -height // 4, width // 4 : -width // 4]
    apart = np.abs(seen(opened)[middle].astype(int) - before[middle])
    # The area is kept in whole film pixels, so the zoom may differ by a part of one.
    assert np.median(apart) <= 8


def test_without_a_state_it_is_said(room):
    room.do("presentation.next")
    assert "no presentation state" in room.notices[-1].sentence


def test_how_a_film_hangs_is_kept_for_the_next_opening(opened):
    view = opened.view.views.active
    view.placement.rotate(90)
    turn = view.presentation.turn
    view.placement.flip_horizontal()
    assert "MIRRORED" in " ".join(badges(view))
    other = next(row.uid for row in opened.desk.library.rows if row.uid != STUDY)
    opened.show_study(other)
    assert opened.view.views.active.presentation.turn.quarter_turns == 0
    opened.show_study(STUDY)
    opened.wait(lambda: opened.view.views.active.presentation.turn == turn)
    shown = " ".join(badges(opened.view.views.active))
    assert "TURNED 90°" in shown
    assert "MIRRORED" not in shown
