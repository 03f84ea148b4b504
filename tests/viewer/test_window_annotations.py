"""Annotations in the reading window: by keys, kept at once, restored with the study."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from testkit.reading_room import ReadingRoom

from engine.domain.annotation import Point
from engine.domain.annotation_kind import AnnotationKind
from engine.domain.mouse import DragAction
from engine.domain.study import PixelSpacing, SpacingKind
from engine.services.workspace import Workspace
from viewer.actions import annotation
from viewer.dialogs.millimetres import CalibrateSheet

LEFT = Qt.MouseButton.LeftButton
CTRL = Qt.KeyboardModifier.ControlModifier


def click(room: ReadingRoom, x: int, y: int) -> None:
    QTest.mouseClick(room.view.views.active_view, LEFT, pos=QPoint(x, y))


def shown(room: ReadingRoom):
    return room.view.views.active.in_view.shown


def test_marks_are_kept_at_once_and_come_back_with_the_study(room, demo_root):
    view = room.view.views.active_view
    view.setFocus()
    room.press("D")
    click(room, 100, 300)
    click(room, 300, 300)
    room.press("K")
    room.press("B")
    click(room, 200, 200)
    room.type("Drain? Q, B and D")
    room.press(Qt.Key.Key_Return)
    assert room.focus is view
    annotations = shown(room)
    assert [annotation.kind for annotation in annotations] == [
        AnnotationKind.LENGTH,
        AnnotationKind.TEXT,
    ]
    assert annotations[1].text == "Drain? Q, B and D"
    assert annotations[0].author == "Demo Reader"
    first = room.desk.library.study.uid
    other = next(row.uid for row in room.desk.library.rows if row.uid != first)
    room.show_study(other)
    assert not shown(room)
    room.show_study(first)
    room.wait(lambda: shown(room) == annotations)
    assert room.desk.annotations.is_key(room.view.views.active.film.image.sop_uid)
    room.close()
    with Workspace.open_demo(demo_root) as workspace:
        kept = workspace.annotating.annotations(first)
        assert kept.annotations == annotations
        assert [key.author for key in kept.key_images] == ["Demo Reader"]


def test_marks_are_taken_back_made_again_and_deleted_by_keys(room):
    view = room.view.views.active_view
    view.setFocus()
    room.press("U")
    click(room, 200, 300)
    assert len(shown(room)) == 1
    room.press("Z", CTRL)
    assert not shown(room)
    room.press("Y", CTRL)
    assert len(shown(room)) == 1
    room.press(Qt.Key.Key_Delete)
    assert not shown(room)


def test_escape_puts_the_tool_away_before_it_resets_the_view(room):
    view = room.view.views.active_view
    view.setFocus()
    room.press("I")
    room.press("C")
    click(room, 200, 200)
    room.press(Qt.Key.Key_Escape)
    assert room.view.views.active.in_view.in_hand is None
    assert room.view.views.tool.tool is DragAction.WINDOW
    assert room.view.views.active.grey.is_inverted
    room.press(Qt.Key.Key_Escape)
    assert not room.view.views.active.grey.is_inverted


def test_a_film_is_calibrated_by_a_length_and_back(room):
    state = room.view.views.active
    room.view.views.active_view.setFocus()
    before = state.in_view.spacing
    room.do("mark.calibrate")
    assert room.window.findChild(CalibrateSheet) is None
    room.press("D")
    click(room, 100, 300)
    click(room, 300, 300)
    room.do("mark.calibrate")
    sheet = room.sheet(CalibrateSheet)
    assert not sheet.use.isEnabled()
    sheet.field.setText("50")
    QTest.keyClick(sheet.field, Qt.Key.Key_Return)
    assert state.in_view.spacing.kind is SpacingKind.BY_USER
    assert state.in_view.measured(shown(room)[0]).lines == ("50.0 mm (calibrated by user)",)
    room.do("mark.uncalibrate")
    assert state.in_view.spacing == before


def test_a_line_without_length_calibrates_nothing_and_says_so(room):
    state, annotations = room.view.views.active, room.desk.annotations
    place = Point(x=100, y=100)
    annotations.add(annotations.new(AnnotationKind.LENGTH, state.film.image, [place, place]))
    room.do("mark.calibrate")
    assert room.window.findChild(CalibrateSheet) is None
    assert "no length" in room.notices[-1].sentence


def test_a_measurement_in_the_report_follows_its_mark_until_it_is_rewritten(room):
    view, annotations = room.view.views.active_view, room.desk.annotations

    def said() -> list[str]:
        return [sentence.text for sentence in room.report.sentences]

    view.setFocus()
    room.press("M", CTRL)
    assert said() == []
    room.press("D")
    click(room, 100, 300)
    click(room, 300, 300)
    room.press("M", CTRL)
    annotation = annotations.selected
    assert said() == [room.view.views.sentence_of(annotation)]
    assert said()[0].endswith(" mm (detector plane).")
    annotations.change(annotation.with_point(1, annotation.points[1].moved(40, 0)))
    assert said() == [room.view.views.sentence_of(annotations.selected)]
    annotations.undo()
    assert said() == [room.view.views.sentence_of(annotation)]
    annotations.calibrate(
        room.view.views.active.film.image,
        10.0,
        PixelSpacing(row_mm=0.5, column_mm=0.5, kind=SpacingKind.BY_USER),
    )
    assert said()[0].endswith(" mm (calibrated by user).")
    room.desk.report.set_text(room.report.sentences[0].id, "A tube of 5 cm.")
    annotations.change(
        annotations.selected.moved(30, 0).with_point(0, annotations.selected.points[0])
    )
    assert said() == ["A tube of 5 cm."]


def test_a_right_click_on_an_annotation_opens_its_own_menu_and_elsewhere_that_of_the_film(room):
    view = room.view.views.active_view
    view.setFocus()
    room.press("D")
    click(room, 100, 300)
    click(room, 300, 300)
    room.desk.annotations.let_go()

    def menu_at(x: int, y: int) -> QMenu:
        QTest.mouseClick(view, Qt.MouseButton.RightButton, pos=QPoint(x, y))
        room.wait(lambda: QApplication.activePopupWidget() is not None)
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        return menu

    menu = menu_at(200, 300)
    entries = {action.objectName(): action for action in menu.actions()}
    assert list(entries) == [annotation.TO_REPORT, annotation.CALIBRATE, annotation.DELETE]
    assert room.desk.annotations.selected == shown(room)[0]
    QTest.keyClick(menu, Qt.Key.Key_Escape)
    film_menu = menu_at(300, 500)
    assert annotation.DELETE not in {action.objectName() for action in film_menu.actions()}
    QTest.keyClick(film_menu, Qt.Key.Key_Escape)
    entries[annotation.DELETE].trigger()
    assert not shown(room)
