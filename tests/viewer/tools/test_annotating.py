"""Annotations by the mouse on a real view: placing, taking hold, taking back."""

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from testkit.pixel_films import film_header, pixel_film, slope_samples

from engine.domain.annotation import Point
from engine.domain.annotation_kind import MOST_POINTS, AnnotationKind
from engine.domain.image import Window
from engine.domain.mouse import DragAction
from engine.imaging.measure import annotation_shape
from viewer.actions.tool import TOOL_COMMANDS
from viewer.canvas.annotation_editor import AnnotationEditor
from viewer.canvas.viewport import Viewport
from viewer.state.annotations import AnnotationLevel
from viewer.state.film_in_view import FilmCaption
from viewer.state.tool_choice import ToolChoice
from viewer.state.viewport import ViewportState
from viewer.tools.dispatcher import ToolDispatcher

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier
START = Window(center=1800.0, width=2000.0)


class Bench:
    """A view, its annotations and a hand."""

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
    def annotations(self):
        return self.state.annotations.of_film(self.image.sop_uid)

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
        return self.state.placement.geometry.to_image(x, y)


@pytest.fixture
def bench(qtbot):
    return Bench(qtbot)


PLACES = [(60, 40), (120, 200), (200, 60), (260, 220), (90, 120), (330, 130)]


@pytest.mark.parametrize("kind", AnnotationKind)
@pytest.mark.parametrize("turns", [0, 1])
def test_every_tool_places_its_points_by_clicks_where_the_pointer_was(bench, kind, turns):
    bench.state.placement.rotate(90 * turns)
    bench.choice.choose(kind)
    places = [(x + 20, y) for x, y in PLACES[: len(kind.facts.steps)]]
    for place in places:
        bench.click(place)
    if kind.facts.is_outline:
        assert bench.annotations == ()
        bench.click(places[-1])
    if kind is AnnotationKind.TEXT:
        editor = bench.view.findChild(AnnotationEditor)
        QTest.keyClicks(editor, "I see a nodule, B or D")
        QTest.keyClick(editor, Qt.Key.Key_Return)
    (annotation,) = bench.annotations
    assert annotation.kind is kind
    for point, place in zip(annotation.points, places, strict=True):
        assert (point.x, point.y) == pytest.approx(bench.at(*place))
    assert bench.choice.tool is DragAction.WINDOW
    assert bench.state.in_view.in_hand is None
    assert bench.state.grey.window == START
    lines = bench.state.in_view.measured(annotation).lines
    assert bool(lines) is (kind is not AnnotationKind.ARROW)


def test_a_drag_is_a_line_and_a_drag_with_a_click_an_angle(bench):
    bench.choice.choose(AnnotationKind.LENGTH)
    bench.drag((50, 50), (150, 125))
    assert bench.state.in_view.measured(bench.annotations[0]).lines == ("25.0 mm (detector plane)",)
    bench.choice.choose(AnnotationKind.ANGLE)
    bench.drag((300, 200), (250, 200))
    assert len(bench.annotations) == 1
    assert bench.state.in_view.in_hand is not None
    assert bench.state.in_view.hint == "Click the other arm"
    bench.click((250, 100))
    assert bench.state.in_view.measured(bench.annotations[1]).lines == ("Angle 90.0°",)


def test_two_drags_are_both_axes_and_the_short_one_stays_perpendicular(bench):
    bench.choice.choose(AnnotationKind.BIDIRECTIONAL)
    bench.drag((100, 150), (200, 150))
    assert bench.state.in_view.hint == "Drag across it where it is widest"
    bench.drag((150, 120), (165, 180))
    (annotation,) = bench.annotations
    assert bench.state.in_view.measured(annotation).lines == ("20.0 mm × 12.0 mm (detector plane)",)
    bench.drag((150, 180), (150, 200))
    assert bench.state.in_view.measured(bench.annotations[0]).lines == (
        "20.0 mm × 16.0 mm (detector plane)",
    )
    bench.drag((200, 150), (200, 250))
    long, short = annotation_shape(bench.annotations[0], bench.state.in_view.frame).lines
    (ax, ay), (bx, by) = (bench.state.in_view.frame.vector(*line) for line in (long, short))
    assert ax * bx + ay * by == pytest.approx(0.0, abs=1e-6)
    bench.drag((125, 175), (135, 185))
    assert bench.annotations[0].points[0] == Point(x=long[0].x + 10, y=long[0].y + 10)
    bench.state.annotations.remove_selected()
    assert bench.annotations == ()
    bench.state.annotations.undo()
    assert len(bench.annotations) == 1


def trace(bench, places):
    """Drag along them with the button held; gives the last hint."""
    bench.hover(places[0])
    QTest.mousePress(bench.view, LEFT, NONE, QPoint(*places[0]))
    for place in places[1:]:
        bench.send(QEvent.Type.MouseMove, place, Qt.MouseButton.NoButton, LEFT)
    hint = bench.state.in_view.hint
    QTest.mouseRelease(bench.view, LEFT, NONE, QPoint(*places[-1]))
    return hint


def circle(points, radius=60):
    turns = [2 * np.pi * k / points for k in range(points)]
    return [(round(200 + radius * np.cos(t)), round(150 + radius * np.sin(t))) for t in turns]


def test_an_outline_is_traced_by_a_drag_that_ends_where_it_began(bench):
    bench.choice.choose(AnnotationKind.FREEHAND)
    way = circle(80)
    assert trace(bench, [*way, way[0]]) == "Release to close the outline"
    (annotation,) = bench.annotations
    traced = np.array([(p.x, p.y) for p in annotation.points[:80]])
    assert traced == pytest.approx(np.array([bench.at(*at) for at in way]))
    line = bench.state.in_view.measured(annotation).lines[-1]
    assert line.endswith("cm² (detector plane)")
    assert float(line.split()[0]) == pytest.approx(np.pi * (60 * 0.02) ** 2, rel=0.01)
    assert bench.choice.tool is DragAction.WINDOW


def test_a_traced_outline_is_moved_by_its_line_deleted_and_brought_back(bench):
    bench.choice.choose(AnnotationKind.FREEHAND)
    trace(bench, circle(40))
    (before,) = bench.annotations
    bench.drag((200, 150), (230, 150))
    assert bench.annotations == (before,), "inside it the film's own tool acts"
    bench.drag((260, 150), (270, 155))
    (moved,) = bench.annotations
    assert moved.points == before.moved(10, 5).points
    assert bench.state.annotations.selected == moved
    bench.state.annotations.remove_selected()
    assert bench.annotations == ()
    bench.state.annotations.undo()
    assert bench.annotations == (moved,)
    bench.state.annotations.undo()
    assert bench.annotations == (before,)


def test_corners_can_be_clicked_and_the_first_one_closes(bench):
    bench.choice.choose(AnnotationKind.FREEHAND)
    corners = [(100, 100), (200, 100), (200, 200), (100, 200)]
    for corner in corners:
        bench.click(corner)
    assert bench.state.in_view.hint.endswith("closes the outline")
    bench.click((103, 102))
    assert [(p.x, p.y) for p in bench.annotations[0].points] == [bench.at(*at) for at in corners]
    bench.choice.choose(AnnotationKind.FREEHAND)
    for _ in range(3):
        bench.click((300, 100))
    assert len(bench.annotations) == 1, "a corner is no outline"
    assert bench.dispatcher.cancel_placing()


def test_a_very_long_outline_goes_on_in_larger_steps(bench):
    bench.choice.choose(AnnotationKind.FREEHAND)
    way = [(50 + k % 300, 50 + k // 300 * 10) for k in range(0, 5400, 3)]
    trace(bench, way)
    (annotation,) = bench.annotations
    assert 400 < len(annotation.points) <= MOST_POINTS
    assert max(p.y for p in annotation.points) == pytest.approx(bench.at(*way[-1])[1], abs=10)


def test_a_tool_chosen_twice_stays(bench):
    bench.choice.choose(AnnotationKind.PROBE)
    bench.choice.choose(AnnotationKind.PROBE)
    bench.click((50, 50))
    bench.click((150, 150))
    assert len(bench.annotations) == 2
    assert bench.choice.tool is AnnotationKind.PROBE
    bench.choice.choose(AnnotationKind.PROBE)
    assert bench.choice.tool is DragAction.WINDOW


def test_another_tool_forgets_a_mark_that_was_begun(bench):
    bench.choice.choose(AnnotationKind.CARDIOTHORACIC)
    bench.drag((200, 50), (200, 250))
    bench.click((150, 150))
    assert bench.state.in_view.in_hand is not None
    assert bench.dispatcher.cancel_placing()
    assert bench.state.in_view.in_hand is None
    assert not bench.dispatcher.cancel_placing()
    bench.drag((200, 50), (200, 250))
    bench.choice.choose(AnnotationKind.LENGTH)
    assert bench.state.in_view.in_hand is None
    assert bench.annotations == ()


def test_a_handle_moves_a_point_and_a_line_the_whole_mark(bench):
    bench.choice.choose(AnnotationKind.LENGTH)
    bench.drag((50, 50), (150, 50))
    before = bench.annotations[0]
    bench.drag((150, 52), (170, 92))
    point = bench.annotations[0].points[1]
    assert bench.annotations[0].points[0] == before.points[0]
    assert (point.x, point.y) == pytest.approx((before.points[1].x + 20, before.points[1].y + 40))
    bench.drag((110, 70), (120, 75))
    assert bench.annotations[0].points[0].x == pytest.approx(before.points[0].x + 10)
    assert bench.state.grey.window == START
    assert bench.state.annotations.selected == bench.annotations[0]
    bench.drag((300, 200), (310, 200))
    assert bench.state.grey.window != START
    assert bench.state.annotations.selected is None


def test_alt_windows_whatever_tool_is_chosen(bench):
    bench.choice.choose(AnnotationKind.LENGTH)
    bench.drag((50, 50), (100, 50), Qt.KeyboardModifier.AltModifier)
    assert bench.annotations == ()
    assert bench.state.grey.window.width > START.width


def test_marks_can_be_taken_back_and_made_again(bench):
    annotations = bench.state.annotations
    kept, forgotten = [], []
    annotations.put.connect(kept.append)
    annotations.removed.connect(forgotten.append)
    bench.choice.choose(AnnotationKind.LENGTH)
    bench.drag((50, 50), (150, 50))
    first = bench.annotations[0]
    bench.drag((100, 50), (100, 80))
    moved = bench.annotations[0]
    annotations.select(moved.id)
    annotations.remove_selected()
    assert bench.annotations == ()
    annotations.undo()
    assert bench.annotations == (moved,)
    annotations.undo()
    assert bench.annotations == (first,)
    annotations.undo()
    annotations.undo()
    assert bench.annotations == ()
    annotations.redo()
    annotations.redo()
    assert bench.annotations == (moved,)
    assert kept == [first, moved, moved, first, first, moved]
    assert forgotten == [moved, first]


def test_space_alone_goes_through_three_levels_and_with_a_drag_moves(bench):
    bench.choice.choose(AnnotationKind.ARROW)
    bench.drag((50, 50), (150, 50))
    bench.choice.choose(AnnotationKind.LENGTH)
    bench.drag((50, 100), (150, 100))
    annotations, view = bench.state.annotations, bench.view
    view.setFocus()
    seen = []
    for _ in range(3):
        QTest.keyClick(view, Qt.Key.Key_Space)
        seen.append((annotations.level, [a.kind.value for a in bench.state.in_view.shown]))
    assert seen == [
        (AnnotationLevel.MEASUREMENTS, ["length"]),
        (AnnotationLevel.NONE, []),
        (AnnotationLevel.ALL, ["arrow", "length"]),
    ]
    QTest.keyPress(view, Qt.Key.Key_Space)
    bench.drag((200, 200), (220, 200))
    QTest.keyRelease(view, Qt.Key.Key_Space)
    assert annotations.level is AnnotationLevel.ALL


def test_hidden_marks_cannot_be_taken_hold_of(bench):
    bench.choice.choose(AnnotationKind.LENGTH)
    bench.drag((50, 50), (150, 50))
    before = bench.annotations
    bench.state.annotations.cycle_level()
    bench.state.annotations.cycle_level()
    bench.drag((150, 50), (200, 90))
    assert bench.annotations == before


def test_words_can_be_changed_by_a_double_click_and_empty_ones_are_no_mark(bench, qtbot):
    bench.choice.choose(AnnotationKind.TEXT)
    bench.click((100, 100))
    editor = bench.view.findChild(AnnotationEditor)
    QTest.keyClick(editor, Qt.Key.Key_Escape)
    assert bench.annotations == ()
    qtbot.wait(10)
    annotation = bench.state.annotations.new(
        AnnotationKind.TEXT, bench.image, [Point(x=50, y=50)], "before"
    )
    bench.state.annotations.add(annotation)
    asked = []
    bench.dispatcher.maximise_requested.connect(lambda: asked.append(True))
    QTest.mouseDClick(bench.view, LEFT, NONE, QPoint(60, 58))
    editor = bench.view.findChildren(AnnotationEditor)[-1]
    assert editor.text() == "before"
    editor.setText("after")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    assert [m.text for m in bench.annotations] == ["after"]
    assert asked == []


@pytest.mark.parametrize("turns", range(4))
@pytest.mark.parametrize("mirrored", [False, True])
def test_a_mark_stays_on_its_pixels_when_the_film_is_turned(bench, turns, mirrored):
    bench.choice.choose(AnnotationKind.PROBE)
    bench.click((123, 77))
    value = bench.state.in_view.measured(bench.annotations[0]).lines
    if mirrored:
        bench.state.placement.flip_horizontal()
    bench.state.placement.rotate(90 * turns)
    bench.state.placement.zoom_by(1.7)
    picture = bench.view.grab().toImage()
    x, y = bench.state.placement.geometry.to_view(
        bench.annotations[0].points[0].x, bench.annotations[0].points[0].y
    )
    near = [
        picture.pixelColor(round(x) + dx, round(y) + dy)
        for dx in range(-2, 3)
        for dy in range(-2, 3)
    ]
    assert max(colour.saturation() for colour in near) > 40  # the accent of a selected annotation
    assert bench.state.in_view.measured(bench.annotations[0]).lines == value


def test_a_film_of_another_study_shows_none_of_the_marks(bench):
    bench.choice.choose(AnnotationKind.PROBE)
    bench.click((123, 77))
    pixels = pixel_film(np.zeros((300, 400), np.uint16))
    bench.state.show_image(film_header(pixels, sop_uid="9.9"), pixels, FilmCaption())
    assert bench.state.in_view.shown == ()


def test_showing_the_same_film_again_does_not_lose_a_mark_that_was_begun(bench):
    bench.choice.choose(AnnotationKind.LENGTH)
    bench.click((50, 50))
    bench.state.show_image(bench.image, bench.state.film.pixels, FilmCaption(patient="Again, A."))
    bench.click((150, 50))
    assert len(bench.annotations) == 1
    bench.choice.choose(AnnotationKind.LENGTH)
    bench.click((50, 90))
    other = pixel_film(np.zeros((300, 400), np.uint16))
    bench.state.show_image(film_header(other, sop_uid="9.9"), other, FilmCaption())
    assert bench.state.in_view.in_hand is None
    assert not bench.dispatcher.cancel_placing()


@pytest.mark.parametrize("kind", AnnotationKind)
def test_every_kind_has_a_tool_a_command_and_a_key_from_its_row(bench, kind):
    command = next(each for each in TOOL_COMMANDS if each.id == f"tool.{kind.value}")
    assert (command.text, command.shortcut) == (kind.facts.name, kind.facts.key)
    bench.choice.choose(kind)
    bench.hover((50, 50))
    assert bench.state.in_view.hint == kind.facts.steps[0].hint
