"""Marks by the mouse on a real view: placing, taking hold, taking back."""

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from testkit.pixel_films import film_header, pixel_film, slope_samples

from engine.domain.annotation import POINT_COUNT, AnnotationKind, Point
from engine.domain.image import Window
from viewer.canvas.mark_editor import MarkEditor
from viewer.canvas.viewport import Viewport
from viewer.state.film_caption import FilmCaption
from viewer.state.marks import MarkLevel
from viewer.state.tool_choice import LeftTool, ToolChoice
from viewer.state.viewport import ViewportState
from viewer.tools.dispatcher import ToolDispatcher

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier
START = Window(center=1800.0, width=2000.0)


class Bench:
    """A view, its marks and a hand."""

    def __init__(self, qtbot, **header):
        pixels = pixel_film(slope_samples(300, 400), windows=(START,))
        self.state = ViewportState()
        self.view = Viewport(self.state)
        qtbot.addWidget(self.view)
        self.choice = ToolChoice()
        self.dispatcher = ToolDispatcher(self.view, self.choice)
        self.view.resize(400, 300)
        with qtbot.waitExposed(self.view):
            self.view.show()
        self.image = film_header(pixels, **header)
        self.state.show_image(self.image, pixels, FilmCaption())

    @property
    def marks(self):
        return self.state.marks.of_film(self.image.sop_uid)

    def send(self, kind, at, button=LEFT, buttons=LEFT, held=NONE):
        place = QPointF(*at)
        event = QMouseEvent(
            kind, place, QPointF(self.view.mapToGlobal(place.toPoint())), button, buttons, held
        )
        QApplication.sendEvent(self.view, event)

    def hover(self, at):
        self.send(QEvent.Type.MouseMove, at, Qt.MouseButton.NoButton, Qt.MouseButton.NoButton)

    def click(self, at):
        self.hover(at)
        QTest.mousePress(self.view, LEFT, NONE, QPoint(*at))
        QTest.mouseRelease(self.view, LEFT, NONE, QPoint(*at))

    def drag(self, start, end, held=NONE):
        self.hover(start)
        QTest.mousePress(self.view, LEFT, held, QPoint(*start))
        self.send(QEvent.Type.MouseMove, end, Qt.MouseButton.NoButton, LEFT, held)
        QTest.mouseRelease(self.view, LEFT, held, QPoint(*end))

    def at(self, x, y):
        """Image pixels of a place in the view."""
        return self.state.geometry.to_image(x, y)


@pytest.fixture
def bench(qtbot):
    return Bench(qtbot)


PLACES = [(60, 40), (120, 200), (200, 60), (260, 220), (90, 120), (330, 130)]


@pytest.mark.parametrize("tool", [tool for tool in LeftTool if tool.marks])
@pytest.mark.parametrize("turns", [0, 1])
def test_every_tool_places_its_points_by_clicks_where_the_pointer_was(bench, tool, turns):
    bench.state.rotate(90 * turns)
    bench.choice.choose(tool)
    kind = AnnotationKind(tool.value)
    places = [(x + 20, y) for x, y in PLACES[: POINT_COUNT[kind]]]
    for place in places:
        bench.click(place)
    if kind is AnnotationKind.TEXT:
        editor = bench.view.findChild(MarkEditor)
        QTest.keyClicks(editor, "I see a nodule, B or D")
        QTest.keyClick(editor, Qt.Key.Key_Return)
    (mark,) = bench.marks
    assert mark.kind is kind
    for point, place in zip(mark.points, places, strict=True):
        assert (point.x, point.y) == pytest.approx(bench.at(*place))
    assert bench.choice.tool is LeftTool.WINDOW
    assert bench.state.in_hand.mark is None
    assert bench.state.window == START
    lines = bench.state.measured(mark).lines
    assert bool(lines) is (kind is not AnnotationKind.ARROW)


def test_a_drag_is_a_line_and_a_drag_with_a_click_an_angle(bench):
    bench.choice.choose(LeftTool.LENGTH)
    bench.drag((50, 50), (150, 125))
    assert bench.state.measured(bench.marks[0]).lines == ("25.0 mm (detector plane)",)
    bench.choice.choose(LeftTool.ANGLE)
    bench.drag((300, 200), (250, 200))
    assert len(bench.marks) == 1
    assert bench.state.in_hand.mark is not None
    assert bench.state.in_hand.hint == "Click the other arm"
    bench.click((250, 100))
    assert bench.state.measured(bench.marks[1]).lines == ("Angle 90.0°",)


def test_a_tool_chosen_twice_stays(bench):
    bench.choice.choose(LeftTool.PROBE)
    bench.choice.choose(LeftTool.PROBE)
    bench.click((50, 50))
    bench.click((150, 150))
    assert len(bench.marks) == 2
    assert bench.choice.tool is LeftTool.PROBE
    bench.choice.choose(LeftTool.PROBE)
    assert bench.choice.tool is LeftTool.WINDOW


def test_another_tool_forgets_a_mark_that_was_begun(bench):
    bench.choice.choose(LeftTool.CARDIOTHORACIC)
    bench.drag((200, 50), (200, 250))
    bench.click((150, 150))
    assert bench.state.in_hand.mark is not None
    assert bench.dispatcher.cancel_placing()
    assert bench.state.in_hand.mark is None
    assert not bench.dispatcher.cancel_placing()
    bench.drag((200, 50), (200, 250))
    bench.choice.choose(LeftTool.LENGTH)
    assert bench.state.in_hand.mark is None
    assert bench.marks == ()


def test_a_handle_moves_a_point_and_a_line_the_whole_mark(bench):
    bench.choice.choose(LeftTool.LENGTH)
    bench.drag((50, 50), (150, 50))
    before = bench.marks[0]
    bench.drag((150, 52), (170, 92))
    point = bench.marks[0].points[1]
    assert bench.marks[0].points[0] == before.points[0]
    assert (point.x, point.y) == pytest.approx((before.points[1].x + 20, before.points[1].y + 40))
    bench.drag((110, 70), (120, 75))
    assert bench.marks[0].points[0].x == pytest.approx(before.points[0].x + 10)
    assert bench.state.window == START
    assert bench.state.marks.selected == bench.marks[0]
    bench.drag((300, 200), (310, 200))
    assert bench.state.window != START
    assert bench.state.marks.selected is None


def test_alt_windows_whatever_tool_is_chosen(bench):
    bench.choice.choose(LeftTool.LENGTH)
    bench.drag((50, 50), (100, 50), Qt.KeyboardModifier.AltModifier)
    assert bench.marks == ()
    assert bench.state.window.width > START.width


def test_marks_can_be_taken_back_and_made_again(bench):
    marks = bench.state.marks
    kept, forgotten = [], []
    marks.put.connect(kept.append)
    marks.removed.connect(forgotten.append)
    bench.choice.choose(LeftTool.LENGTH)
    bench.drag((50, 50), (150, 50))
    first = bench.marks[0]
    bench.drag((100, 50), (100, 80))
    moved = bench.marks[0]
    marks.select(moved.id)
    marks.remove_selected()
    assert bench.marks == ()
    marks.undo()
    assert bench.marks == (moved,)
    marks.undo()
    assert bench.marks == (first,)
    marks.undo()
    marks.undo()
    assert bench.marks == ()
    marks.redo()
    marks.redo()
    assert bench.marks == (moved,)
    assert kept == [first, moved, moved, first, first, moved]
    assert forgotten == [moved, first]


def test_space_alone_goes_through_three_levels_and_with_a_drag_moves(bench):
    bench.choice.choose(LeftTool.ARROW)
    bench.drag((50, 50), (150, 50))
    bench.choice.choose(LeftTool.LENGTH)
    bench.drag((50, 100), (150, 100))
    marks, view = bench.state.marks, bench.view
    view.setFocus()
    seen = []
    for _ in range(3):
        QTest.keyClick(view, Qt.Key.Key_Space)
        seen.append((marks.level, [mark.kind.value for mark in bench.state.shown_marks]))
    assert seen == [
        (MarkLevel.MEASUREMENTS, ["length"]),
        (MarkLevel.NONE, []),
        (MarkLevel.ALL, ["arrow", "length"]),
    ]
    QTest.keyPress(view, Qt.Key.Key_Space)
    bench.drag((200, 200), (220, 200))
    QTest.keyRelease(view, Qt.Key.Key_Space)
    assert marks.level is MarkLevel.ALL


def test_hidden_marks_cannot_be_taken_hold_of(bench):
    bench.choice.choose(LeftTool.LENGTH)
    bench.drag((50, 50), (150, 50))
    before = bench.marks
    bench.state.marks.cycle_level()
    bench.state.marks.cycle_level()
    bench.drag((150, 50), (200, 90))
    assert bench.marks == before


def test_words_can_be_changed_by_a_double_click_and_empty_ones_are_no_mark(bench, qtbot):
    bench.choice.choose(LeftTool.TEXT)
    bench.click((100, 100))
    editor = bench.view.findChild(MarkEditor)
    QTest.keyClick(editor, Qt.Key.Key_Escape)
    assert bench.marks == ()
    qtbot.wait(10)
    mark = bench.state.marks.new(AnnotationKind.TEXT, bench.image, [Point(x=50, y=50)], "before")
    bench.state.marks.add(mark)
    asked = []
    bench.dispatcher.maximise_requested.connect(lambda: asked.append(True))
    QTest.mouseDClick(bench.view, LEFT, NONE, QPoint(60, 58))
    editor = bench.view.findChildren(MarkEditor)[-1]
    assert editor.text() == "before"
    editor.setText("after")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    assert [m.text for m in bench.marks] == ["after"]
    assert asked == []


@pytest.mark.parametrize("turns", range(4))
@pytest.mark.parametrize("mirrored", [False, True])
def test_a_mark_stays_on_its_pixels_when_the_film_is_turned(bench, turns, mirrored):
    bench.choice.choose(LeftTool.PROBE)
    bench.click((123, 77))
    value = bench.state.measured(bench.marks[0]).lines
    if mirrored:
        bench.state.flip_horizontal()
    bench.state.rotate(90 * turns)
    bench.state.zoom_by(1.7)
    picture = bench.view.grab().toImage()
    x, y = bench.state.geometry.to_view(bench.marks[0].points[0].x, bench.marks[0].points[0].y)
    near = [
        picture.pixelColor(round(x) + dx, round(y) + dy)
        for dx in range(-2, 3)
        for dy in range(-2, 3)
    ]
    assert max(colour.saturation() for colour in near) > 40  # the accent of a selected mark
    assert bench.state.measured(bench.marks[0]).lines == value


def test_a_film_of_another_study_shows_none_of_the_marks(bench):
    bench.choice.choose(LeftTool.PROBE)
    bench.click((123, 77))
    pixels = pixel_film(np.zeros((300, 400), np.uint16))
    bench.state.show_image(film_header(pixels, sop_uid="9.9"), pixels, FilmCaption())
    assert bench.state.shown_marks == ()


def test_showing_the_same_film_again_does_not_lose_a_mark_that_was_begun(bench):
    bench.choice.choose(LeftTool.LENGTH)
    bench.click((50, 50))
    bench.state.show_image(bench.image, bench.state.pixels, FilmCaption(patient="Again, A."))
    bench.click((150, 50))
    assert len(bench.marks) == 1
    bench.choice.choose(LeftTool.LENGTH)
    bench.click((50, 90))
    other = pixel_film(np.zeros((300, 400), np.uint16))
    bench.state.show_image(film_header(other, sop_uid="9.9"), other, FilmCaption())
    assert bench.state.in_hand.mark is None
    assert not bench.dispatcher.cancel_placing()
