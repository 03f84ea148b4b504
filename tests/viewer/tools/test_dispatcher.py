"""Mouse, wheel and space bar on a real view."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from testkit.pixel_films import film_header, pixel_film, slope_samples

from engine.domain.image import VoiLut, Window
from engine.domain.mouse import (
    DragAction,
    MouseButtons,
    MouseDirection,
    MouseHabits,
    MouseProfile,
)
from viewer.canvas.viewport import Viewport
from viewer.state.film_in_view import FilmCaption
from viewer.state.tool_choice import ToolChoice
from viewer.state.viewport import ViewportState
from viewer.tools.dispatcher import ToolDispatcher

START = Window(center=1800.0, width=2000.0)
PER_PX = 4.0  # the film's 4000 values over 1000 px
LEFT, MIDDLE, RIGHT = (
    Qt.MouseButton.LeftButton,
    Qt.MouseButton.MiddleButton,
    Qt.MouseButton.RightButton,
)
NONE = Qt.KeyboardModifier.NoModifier


class Bench:
    """A view with its dispatcher."""

    def __init__(self, qtbot, **film):
        pixels = pixel_film(slope_samples(300, 240), **({"windows": (START,)} | film))
        self.state = ViewportState()
        self.view = Viewport(self.state)
        qtbot.addWidget(self.view)
        self.choice = ToolChoice()
        self.dispatcher = ToolDispatcher(self.view, self.choice)
        self.view.resize(400, 300)
        with qtbot.waitExposed(self.view):
            self.view.show()
        self.state.show_image(film_header(pixels), pixels, FilmCaption())

    def drag(self, button, dx, dy, held=NONE, start=(200, 150)):
        begin = QPoint(*start)
        QTest.mousePress(self.view, button, held, begin)
        self.move(button, begin + QPoint(dx // 2, dy // 2), held)
        self.move(button, begin + QPoint(dx, dy), held)
        QTest.mouseRelease(self.view, button, held, begin + QPoint(dx, dy))

    def move(self, button, to, held):
        place = QPointF(to)
        event = QMouseEvent(
            QEvent.Type.MouseMove,
            place,
            QPointF(self.view.mapToGlobal(to)),
            Qt.MouseButton.NoButton,
            button,
            held,
        )
        QApplication.sendEvent(self.view, event)

    def wheel(self, notches, at, held=NONE):
        place = QPointF(*at)
        event = QWheelEvent(
            place,
            QPointF(self.view.mapToGlobal(place.toPoint())),
            QPoint(),
            QPoint(0, round(notches * 120)),
            Qt.MouseButton.NoButton,
            held,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(self.view, event)


@pytest.fixture
def bench(qtbot):
    return Bench(qtbot)


@pytest.mark.parametrize("monochrome1", [False, True])
@pytest.mark.parametrize("inverted", [False, True])
def test_right_is_wider_and_up_is_brighter_to_the_eye(qtbot, monochrome1, inverted):
    bench = Bench(qtbot, monochrome1=monochrome1)
    if inverted:
        bench.state.grey.toggle_invert()
    before = bench.view.grab().toImage().pixelColor(200, 150).value()
    bench.drag(LEFT, 100, 0)
    assert bench.state.grey.window.width == pytest.approx(2000 + 100 * PER_PX)
    assert bench.state.grey.window.center == START.center
    bench.drag(LEFT, 0, -60)
    direction = 1 if monochrome1 != inverted else -1
    assert bench.state.grey.window.center == pytest.approx(1800 + direction * 60 * PER_PX)
    assert bench.view.grab().toImage().pixelColor(200, 150).value() > before


def test_shift_is_fine_and_ctrl_is_coarse(bench):
    bench.drag(LEFT, 50, 0, Qt.KeyboardModifier.ShiftModifier)
    assert bench.state.grey.window.width == pytest.approx(2000 + 50 * PER_PX * 0.2)
    bench.drag(LEFT, 20, 0, Qt.KeyboardModifier.ControlModifier)
    assert bench.state.grey.window.width == pytest.approx(
        2000 + 50 * PER_PX * 0.2 + 20 * PER_PX * 5
    )


def test_zoom_and_move_are_finer_and_coarser_too(bench):
    zoom = bench.state.placement.zoom
    bench.drag(RIGHT, 0, -140, Qt.KeyboardModifier.ShiftModifier)
    assert bench.state.placement.zoom == pytest.approx(zoom * 2**0.2)
    bench.drag(RIGHT, 0, 28, Qt.KeyboardModifier.ControlModifier)
    assert bench.state.placement.zoom == pytest.approx(zoom * 2**0.2 / 2)
    before = bench.state.presentation.pan
    bench.drag(MIDDLE, 50, 20, Qt.KeyboardModifier.ShiftModifier)
    moved = np.subtract(bench.state.presentation.pan, before)
    assert tuple(moved) == pytest.approx((10.0, 4.0))


def test_a_window_never_closes(bench):
    bench.drag(LEFT, -5000, 0)
    assert bench.state.grey.window.width == 1.0


def test_dragging_on_a_lut_goes_on_from_the_window_nearest_to_it(qtbot):
    ramp = np.clip((np.arange(4096) - 1000) * 16, 0, 65535).astype(np.uint16)
    lut = VoiLut(first_value=0, entries=ramp, bits=16)
    bench = Bench(qtbot, voi_luts=(lut,))
    before = bench.state.grey.window
    bench.drag(LEFT, 10, 0)
    assert bench.state.grey.has_left_lut
    assert bench.state.grey.window.center == pytest.approx(before.center)
    assert bench.state.grey.window.width == pytest.approx(before.width + 10 * PER_PX)


def test_middle_moves_the_film_with_the_hand(bench):
    held = bench.state.placement.geometry.to_image(200, 150)
    bench.drag(MIDDLE, 30, -20)
    assert bench.state.placement.geometry.to_image(230, 130) == pytest.approx(held)
    assert bench.state.grey.window == START


def test_space_lends_the_left_button_the_hand(bench):
    held = bench.state.placement.geometry.to_image(200, 150)
    bench.view.setFocus()
    QTest.keyPress(bench.view, Qt.Key.Key_Space)
    assert bench.view.cursor().shape() == Qt.CursorShape.OpenHandCursor
    bench.drag(LEFT, 12, 8)
    QTest.keyRelease(bench.view, Qt.Key.Key_Space)
    assert bench.state.placement.geometry.to_image(212, 158) == pytest.approx(held)
    assert bench.state.grey.window == START
    assert bench.view.cursor().shape() == Qt.CursorShape.ArrowCursor


def test_right_drag_zooms_about_the_point_pressed(bench):
    held = bench.state.placement.geometry.to_image(120, 90)
    zoom = bench.state.placement.zoom
    asked = []
    bench.dispatcher.menu_requested.connect(asked.append)
    bench.drag(RIGHT, 0, -140, start=(120, 90))
    assert bench.state.placement.zoom == pytest.approx(2 * zoom)
    assert bench.state.placement.geometry.to_image(120, 90) == pytest.approx(held)
    assert asked == []


def test_right_click_without_travel_asks_for_the_menu(bench, qtbot):
    with qtbot.waitSignal(bench.dispatcher.menu_requested) as asked:
        bench.drag(RIGHT, 2, -1)
    assert asked.args == [bench.view.mapToGlobal(QPoint(202, 149))]
    assert bench.state.placement.is_fitted


@pytest.mark.parametrize("notches", [1, -1, 3])
def test_the_wheel_zooms_at_the_cursor(bench, notches):
    held = bench.state.placement.geometry.to_image(260, 70)
    zoom = bench.state.placement.zoom
    bench.wheel(notches, (260, 70))
    assert bench.state.placement.zoom == pytest.approx(zoom * 1.15**notches)
    assert bench.state.placement.geometry.to_image(260, 70) == pytest.approx(held)


def test_double_click_asks_to_maximise(bench, qtbot):
    with qtbot.waitSignal(bench.dispatcher.maximise_requested):
        qtbot.mouseDClick(bench.view, LEFT)
    assert bench.state.grey.window == START


def test_the_left_button_drives_the_chosen_tool(bench):
    bench.choice.choose(DragAction.ZOOM)
    assert bench.view.cursor().shape() == Qt.CursorShape.SizeVerCursor
    zoom = bench.state.placement.zoom
    bench.drag(LEFT, 0, 140)
    assert bench.state.placement.zoom == pytest.approx(zoom / 2)
    assert bench.state.grey.window == START


def test_one_drag_at_a_time(bench):
    QTest.mousePress(bench.view, LEFT, NONE, QPoint(200, 150))
    QTest.mousePress(bench.view, RIGHT, NONE, QPoint(200, 150))
    bench.move(LEFT | RIGHT, QPoint(230, 150), NONE)
    QTest.mouseRelease(bench.view, RIGHT, NONE, QPoint(230, 150))
    bench.move(LEFT, QPoint(250, 150), NONE)
    QTest.mouseRelease(bench.view, LEFT, NONE, QPoint(250, 150))
    assert bench.state.placement.is_fitted
    assert bench.state.grey.window.width == pytest.approx(2000 + 50 * PER_PX)


def test_an_empty_view_takes_the_keyboard_and_nothing_else(bench, qtbot):
    bench.state.clear("Nothing here")
    bench.drag(LEFT, 50, 50)
    bench.wheel(1, (10, 10))
    with qtbot.waitSignal(bench.dispatcher.menu_requested):
        bench.drag(RIGHT, 0, 0)
    assert bench.view.hasFocus()


@pytest.mark.parametrize("profile", [MouseProfile.OHIF, MouseProfile.WEASIS])
def test_the_wheel_goes_through_films_where_others_do_it(bench, profile):
    bench.choice.habits = MouseHabits(profile=profile)
    asked, zoom = [], bench.state.placement.zoom
    bench.dispatcher.film_asked.connect(asked.append)
    bench.wheel(1, (200, 150))
    bench.wheel(-1, (200, 150))
    assert asked == [-1, 1]
    for _ in range(3):
        bench.wheel(-1 / 3, (200, 150))
    assert asked == [-1, 1, 1]
    assert bench.state.placement.zoom == zoom
    bench.wheel(1, (200, 150), Qt.KeyboardModifier.ControlModifier)
    assert bench.state.placement.zoom > zoom
    assert asked == [-1, 1, 1]


def test_with_ctrl_the_usual_wheel_goes_through_films(bench):
    asked = []
    bench.dispatcher.film_asked.connect(asked.append)
    bench.wheel(-1, (200, 150), Qt.KeyboardModifier.ControlModifier)
    assert asked == [1]


@pytest.mark.parametrize("profile", [MouseProfile.OHIF, MouseProfile.WEASIS])
def test_with_ctrl_the_wheel_turns_the_frames_of_a_film_that_has_several(bench, profile):
    bench.choice.habits = MouseHabits(profile=profile)
    image, pixels = bench.state.film.image, bench.state.film.pixels
    bench.state.show_image(replace(image, frames=3), pixels, bench.state.film.caption)
    frames, films, zoom = [], [], bench.state.placement.zoom
    bench.dispatcher.frame_asked.connect(frames.append)
    bench.dispatcher.film_asked.connect(films.append)
    bench.wheel(-1, (200, 150), Qt.KeyboardModifier.ControlModifier)
    bench.wheel(1, (200, 150), Qt.KeyboardModifier.ControlModifier)
    assert (frames, films, bench.state.placement.zoom) == ([1, -1], [], zoom)


def test_the_right_button_of_weasis_opens_its_menu_and_drags_nothing(bench):
    bench.choice.habits = MouseHabits(profile=MouseProfile.WEASIS)
    asked, before = [], bench.state.presentation
    bench.dispatcher.menu_requested.connect(asked.append)
    bench.drag(RIGHT, 0, -60)
    assert len(asked) == 1
    assert bench.state.presentation == before


def test_buttons_of_ones_own(bench):
    own = MouseButtons(middle=DragAction.ZOOM, right=DragAction.WINDOW)
    bench.choice.habits = MouseHabits(profile=MouseProfile.OWN, own=own)
    zoom, window = bench.state.placement.zoom, bench.state.grey.window
    bench.drag(MIDDLE, 0, -60)
    assert bench.state.placement.zoom > zoom
    bench.drag(RIGHT, 50, 0)
    assert bench.state.grey.window.width > window.width


def test_direction_and_speed_of_the_window_are_the_readers(bench):
    bench.drag(LEFT, 0, -40)
    usual = bench.state.grey.window.center - START.center
    bench.state.grey.set_window(START)
    bench.choice.habits = MouseHabits(direction=MouseDirection.REVERSED, speed=2.0)
    bench.drag(LEFT, 0, -40)
    assert bench.state.grey.window.center - START.center == pytest.approx(-2 * usual)
    bench.state.grey.set_window(START)
    bench.drag(LEFT, 40, 0)
    assert bench.state.grey.window.width > START.width
