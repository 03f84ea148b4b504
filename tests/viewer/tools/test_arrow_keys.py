"""Arrow keys on a real view do what dragging does."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from testkit.loupe_key import loupe_action
from testkit.pixel_films import film_header, pixel_film, slope_samples

from engine.domain.annotation import Point
from engine.domain.annotation_kind import AnnotationKind
from engine.domain.image import Window
from engine.domain.mouse import DragAction
from viewer.canvas.viewport import Viewport
from viewer.state.film_in_view import FilmCaption
from viewer.state.tool_choice import ToolChoice
from viewer.state.viewport import ViewportState
from viewer.tools.arrow_keys import ArrowKeys
from viewer.tools.dispatcher import ToolDispatcher
from viewer.tools.loupe import LoupeKey

LEFT, RIGHT, UP, DOWN = (
    Qt.Key.Key_Left,
    Qt.Key.Key_Right,
    Qt.Key.Key_Up,
    Qt.Key.Key_Down,
)
SHIFT = Qt.KeyboardModifier.ShiftModifier
NONE = Qt.KeyboardModifier.NoModifier


class Bench:
    """A view of 400 x 300 that shows a film of that size, and a keyboard."""

    def __init__(self, qtbot):
        pixels = pixel_film(slope_samples(300, 400), windows=(Window(center=1800.0, width=2000.0),))
        self.state = ViewportState()
        self.view = Viewport(self.state)
        qtbot.addWidget(self.view)
        self.choice = ToolChoice()
        dispatcher = ToolDispatcher(self.view, self.choice)
        self.action = loupe_action()
        LoupeKey(self.view, self.action)
        self.arrows = ArrowKeys(self.view, self.choice, dispatcher)
        self.view.resize(400, 300)
        with qtbot.waitExposed(self.view):
            self.view.show()
        self.image = film_header(pixels)
        self.state.show_image(self.image, pixels, FilmCaption())
        self.view.setFocus()
        self.state.placement.place(1.0, (0.0, 0.0))

    def press(self, *keys, held=NONE):
        for key in keys:
            QTest.keyClick(self.view, key, held)

    @property
    def annotations(self):
        return self.state.annotations.of_film(self.image.sop_uid)

    def add_length(self):
        points = [Point(x=100.0, y=100.0), Point(x=200.0, y=100.0)]
        self.state.annotations.add(
            self.state.annotations.new(AnnotationKind.LENGTH, self.image, points)
        )
        return points


@pytest.fixture
def bench(qtbot):
    return Bench(qtbot)


def test_they_drive_window_zoom_and_place(bench):
    before = bench.state.grey.window
    bench.press(RIGHT, UP)
    assert bench.state.grey.window.width > before.width
    assert bench.state.grey.window.center < before.center, "up is brighter"
    coarse = bench.state.grey.window.width
    bench.press(RIGHT, held=SHIFT)
    assert 0 < bench.state.grey.window.width - coarse < coarse - before.width
    bench.choice.choose(DragAction.ZOOM)
    bench.press(UP)
    assert bench.state.placement.zoom > 1.0
    bench.choice.choose(DragAction.PAN)
    bench.press(LEFT, LEFT)
    assert bench.state.presentation.pan[0] == pytest.approx(-32.0)


def test_points_are_set_with_return_and_the_tool_goes(bench):
    bench.choice.choose(AnnotationKind.LENGTH)
    bench.press(LEFT)
    assert bench.view.key_pointer.position == (200.0, 150.0), "it starts in the middle"
    bench.press(LEFT, LEFT, Qt.Key.Key_Return, DOWN, Qt.Key.Key_Return)
    (annotation,) = bench.annotations
    assert [(p.x, p.y) for p in annotation.points] == [(167.5, 149.5), (167.5, 165.5)]
    assert bench.choice.tool is DragAction.WINDOW
    assert bench.view.key_pointer.position is None


def test_the_crosshair_stays_in_the_view_and_goes_with_the_tool(bench):
    bench.choice.choose(AnnotationKind.LENGTH)
    bench.press(*[LEFT] * 30)
    bench.press(*[UP] * 30)
    assert bench.view.key_pointer.position == (0.0, 0.0)
    bench.press(RIGHT, held=SHIFT)
    assert bench.view.key_pointer.position == (1.0, 0.0)
    bench.press(Qt.Key.Key_Return)
    bench.choice.leave()
    assert bench.view.key_pointer.position is None
    assert bench.annotations == ()


def test_a_mark_moved_while_the_key_is_held_is_one_step_to_undo(bench):
    points = bench.add_length()
    for _ in range(5):
        QTest.keyPress(bench.view, RIGHT)
    QTest.keyRelease(bench.view, RIGHT)
    assert [(p.x, p.y) for p in bench.annotations[0].points] == [(180.0, 100.0), (280.0, 100.0)]
    bench.state.annotations.undo()
    assert list(bench.annotations[0].points) == points


def test_one_point_of_a_mark_is_moved_and_shown(bench):
    bench.add_length()
    bench.arrows.select_handle()
    bench.arrows.select_handle()
    assert bench.view.key_pointer.position == (200.5, 100.5), "in the middle of the film's pixel"
    bench.press(DOWN)
    assert [(p.x, p.y) for p in bench.annotations[0].points] == [(100.0, 100.0), (200.0, 116.0)]
    bench.arrows.select_handle()
    assert bench.view.key_pointer.position is None, "after the last point all of it"


def test_marks_are_selected_one_after_the_other_and_then_none(bench):
    bench.add_length()
    bench.add_length()
    first, second = (annotation.id for annotation in bench.annotations)
    bench.state.annotations.select(None)
    found = []
    for _ in range(3):
        bench.arrows.select_annotation()
        selected = bench.state.annotations.selected
        found.append(selected.id if selected else None)
    assert found == [first, second, None]


def test_the_crosshair_stands_on_the_handle_that_is_drawn(bench):
    """The fourth point of a bidirectional measurement need not lie where its axis ends."""
    points = [Point(x=x, y=y) for x, y in ((50, 100), (150, 100), (100, 80), (130, 120))]
    annotations = bench.state.annotations
    annotations.add(annotations.new(AnnotationKind.BIDIRECTIONAL, bench.image, points))
    for _ in range(4):
        bench.arrows.select_handle()
    expected = bench.state.placement.geometry.to_view(100, 120)
    assert bench.view.key_pointer.position == pytest.approx(expected)
    bench.press(DOWN)
    assert bench.annotations[0].points[3] == Point(x=130, y=136)
    bench.arrows.select_handle()
    assert bench.view.key_pointer.position is None


def test_an_outline_is_set_by_keys_and_closed_by_the_same_corner_again(bench):
    bench.choice.choose(AnnotationKind.FREEHAND)
    bench.press(LEFT, Qt.Key.Key_Return, RIGHT, RIGHT, Qt.Key.Key_Return, UP, Qt.Key.Key_Return)
    assert bench.state.in_view.hint.endswith("the same again closes the outline")
    assert bench.annotations == ()
    bench.press(Qt.Key.Key_Return)
    (annotation,) = bench.annotations
    assert len(annotation.points) == 3
    bench.arrows.select_handle()
    assert bench.view.key_pointer.position is None, "an outline moves as a whole"
    bench.press(DOWN)
    assert bench.annotations[0].points == annotation.moved(0, 16).points


def test_a_loupe_that_is_held_goes_where_they_say(bench):
    QTest.keyPress(bench.view, Qt.Key.Key_M)
    x, y = bench.view.loupe.position
    bench.press(LEFT, DOWN)
    assert bench.view.loupe.position == (x - 16.0, y + 16.0)
    QTest.keyRelease(bench.view, Qt.Key.Key_M)
    assert bench.view.loupe.position is None


def test_hints_speak_of_keys_while_keys_set_the_points(bench):
    def hint():
        return bench.state.in_view.hint

    bench.choice.choose(AnnotationKind.ANGLE)
    assert "arrow keys and Return" in hint()
    for place in ("the end of one arm", "the vertex", "the end of the other arm"):
        bench.press(LEFT)
        assert hint() == f"Arrow keys, then Return: {place}"
        bench.press(Qt.Key.Key_Return)
    assert hint() == ""
    bench.choice.choose(AnnotationKind.LENGTH)
    bench.view.clearFocus()
    assert hint() == "", "the keyboard is elsewhere"
    bench.view.setFocus()
    assert "arrow keys and Return" in hint()
