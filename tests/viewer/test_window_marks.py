"""Marks in the reading window: by keys, kept at once, restored with the study."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from testkit.reading_room import ReadingRoom

from engine.domain.annotation import AnnotationKind, Point
from engine.domain.study import PixelSpacing, SpacingKind
from engine.services.workspace import Workspace
from viewer.dialogs.calibrate import CalibrateSheet
from viewer.state.tool_choice import LeftTool

LEFT = Qt.MouseButton.LeftButton
CTRL = Qt.KeyboardModifier.ControlModifier


def click(room: ReadingRoom, x: int, y: int) -> None:
    QTest.mouseClick(room.window.views.active_view, LEFT, pos=QPoint(x, y))


def shown(room: ReadingRoom):
    return room.window.views.active.shown_marks


def test_marks_are_kept_at_once_and_come_back_with_the_study(room, demo_root):
    view = room.window.views.active_view
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
    marks = shown(room)
    assert [mark.kind for mark in marks] == [AnnotationKind.LENGTH, AnnotationKind.TEXT]
    assert marks[1].text == "Drain? Q, B and D"
    assert marks[0].author == "Demo Reader"
    first = room.context.library.study.uid
    other = next(row.uid for row in room.context.library.rows if row.uid != first)
    room.show_study(other)
    assert not shown(room)
    room.show_study(first)
    room.wait(lambda: shown(room) == marks)
    assert room.context.marks.is_key(room.window.views.active.image.sop_uid)
    room.close()
    with Workspace.open_demo(demo_root) as workspace:
        kept = workspace.marking.marks(first)
        assert kept.annotations == marks
        assert [key.author for key in kept.key_images] == ["Demo Reader"]


def test_marks_are_taken_back_made_again_and_deleted_by_keys(room):
    view = room.window.views.active_view
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
    view = room.window.views.active_view
    view.setFocus()
    room.press("I")
    room.press("C")
    click(room, 200, 200)
    room.press(Qt.Key.Key_Escape)
    assert room.window.views.active.in_hand.mark is None
    assert room.window.views.tool.tool is LeftTool.WINDOW
    assert room.window.views.active.is_inverted
    room.press(Qt.Key.Key_Escape)
    assert not room.window.views.active.is_inverted


def test_a_film_is_calibrated_by_a_length_and_back(room):
    state = room.window.views.active
    room.window.views.active_view.setFocus()
    before = state.spacing
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
    assert state.spacing.kind is SpacingKind.BY_USER
    assert state.measured(shown(room)[0]).lines == ("50.0 mm (calibrated by user)",)
    room.do("mark.uncalibrate")
    assert state.spacing == before


def test_a_line_without_length_calibrates_nothing_and_says_so(room):
    state, marks = room.window.views.active, room.context.marks
    place = Point(x=100, y=100)
    marks.add(marks.new(AnnotationKind.LENGTH, state.image, [place, place]))
    room.do("mark.calibrate")
    assert room.window.findChild(CalibrateSheet) is None
    assert "no length" in room.notices[-1].sentence


def test_a_measurement_in_the_report_follows_its_mark_until_it_is_rewritten(room):
    view, marks = room.window.views.active_view, room.context.marks

    def said() -> list[str]:
        return [sentence.text for sentence in room.report.sentences]

    view.setFocus()
    room.press("M", CTRL)
    assert said() == []
    room.press("D")
    click(room, 100, 300)
    click(room, 300, 300)
    room.press("M", CTRL)
    mark = marks.selected
    assert said() == [room.window.views.sentence_of(mark)]
    assert said()[0].endswith(" mm (detector plane).")
    marks.change(mark.with_point(1, mark.points[1].moved(40, 0)))
    assert said() == [room.window.views.sentence_of(marks.selected)]
    marks.undo()
    assert said() == [room.window.views.sentence_of(mark)]
    marks.calibrate(
        room.window.views.active.image,
        10.0,
        PixelSpacing(row_mm=0.5, column_mm=0.5, kind=SpacingKind.BY_USER),
    )
    assert said()[0].endswith(" mm (calibrated by user).")
    room.context.report.set_text(room.report.sentences[0].id, "A tube of 5 cm.")
    marks.change(marks.selected.moved(30, 0).with_point(0, marks.selected.points[0]))
    assert said() == ["A tube of 5 cm."]
