"""The loupe shows native pixels under the pointer, whatever the view does with the film."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QKeySequence, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from testkit.loupe_key import loupe_action
from testkit.pixel_films import film_header, pixel_film

from engine.domain.image import Window
from viewer.canvas.viewport import Viewport
from viewer.state.film_in_view import FilmCaption
from viewer.state.viewport import ViewportState
from viewer.tools.loupe import LoupeKey

WIDTH, HEIGHT = 600, 500
WINDOW = Window(center=2000.5, width=4001)


@pytest.fixture
def view(qtbot):
    samples = np.random.default_rng(2).integers(0, 4001, (2000, 2400), dtype=np.uint16)
    pixels = pixel_film(samples, windows=(WINDOW,))
    state = ViewportState()
    built = Viewport(state)
    qtbot.addWidget(built)
    built.action = loupe_action()
    built.key = LoupeKey(built, built.action)
    built.resize(WIDTH, HEIGHT)
    with qtbot.waitExposed(built):
        built.show()
    state.show_image(film_header(pixels), pixels, FilmCaption())
    return built


def grey(view, x, y):
    picture = view.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    return picture.pixelColor(x, y).red()


@pytest.mark.parametrize("turns", range(4))
@pytest.mark.parametrize("mirrored", [False, True])
def test_every_film_pixel_is_one_screen_pixel_under_the_pointer(view, turns, mirrored):
    state = view.state
    if mirrored:
        state.placement.flip_horizontal()
    state.placement.rotate(90 * turns)
    x, y = 320, 260
    view.loupe.hold(x, y, zoom=state.placement.zoom, own_window=False)
    assert view.loupe.scale == 1.0
    middle = state.placement.geometry.to_image(x, y)
    step_x = np.subtract(state.placement.geometry.to_image(x + 1, y), middle)
    step_y = np.subtract(state.placement.geometry.to_image(x, y + 1), middle)
    picture = view.grab().toImage()
    seen = np.array(
        [[picture.pixelColor(x + i, y + j).red() for i in range(-9, 10)] for j in range(-9, 10)]
    )
    unit_x, unit_y = np.sign(np.round(step_x * 10)), np.sign(np.round(step_y * 10))
    samples = state.film.pixels.samples.astype(float)
    best = []
    for dx in (-1, 0, 1):
        for dy in (-1, 0, 1):
            base = (round(middle[0]) + dx, round(middle[1]) + dy)
            truth = np.array(
                [
                    [
                        samples[
                            int(base[1] + i * unit_x[1] + j * unit_y[1]),
                            int(base[0] + i * unit_x[0] + j * unit_y[0]),
                        ]
                        for i in range(-9, 10)
                    ]
                    for j in range(-9, 10)
                ]
            )
            best.append(np.abs(seen - truth * 255 / 4000).max())
    assert min(best) <= 0.51  # exactly the stored pixels, at most one off the pointer


def test_it_is_held_by_its_key_enlarged_by_the_wheel_and_goes_with_the_key(view):
    view.setFocus()
    QTest.keyPress(view, Qt.Key.Key_M)
    assert view.loupe.position is not None
    assert not view.loupe.has_own_window
    place = QPointF(300, 250)
    wheel = QWheelEvent(
        place,
        QPointF(view.mapToGlobal(place.toPoint())),
        QPoint(),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    zoom = view.state.placement.zoom
    QApplication.sendEvent(view, wheel)
    assert view.loupe.scale == 2.0
    assert view.state.placement.zoom == zoom
    QTest.mouseMove(view, QPoint(310, 240))
    QTest.keyRelease(view, Qt.Key.Key_M)
    assert view.loupe.position is None
    QTest.keyPress(view, Qt.Key.Key_M, Qt.KeyboardModifier.ShiftModifier)
    assert view.loupe.has_own_window
    view.clearFocus()
    assert view.loupe.position is None


def test_its_own_window_spreads_what_lies_under_it(view, qtbot):
    samples = np.full((2000, 2400), 1000, np.uint16)
    samples[900:1100, 1100:1300] = np.linspace(1000, 1040, 200, dtype=np.uint16)
    pixels = pixel_film(samples, windows=(WINDOW,))
    view.state.show_image(film_header(pixels), pixels, FilmCaption())
    view.loupe.hold(WIDTH / 2, HEIGHT / 2, zoom=view.state.placement.zoom, own_window=True)
    left, right = grey(view, WIDTH // 2 - 95, HEIGHT // 2), grey(view, WIDTH // 2 + 95, HEIGHT // 2)
    assert right - left > 180
    assert view.state.grey.window == WINDOW


def test_a_loupe_over_an_enlarged_view_enlarges_more(view):
    view.state.placement.zoom_by(2.5 / view.state.placement.zoom)
    view.loupe.hold(300, 250, zoom=view.state.placement.zoom, own_window=False)
    assert view.loupe.scale == 4.0


def test_its_keys_are_those_that_the_command_has_been_given(view):
    view.action.setShortcuts([QKeySequence("X")])
    view.setFocus()
    QTest.keyPress(view, Qt.Key.Key_M)
    assert view.loupe.position is None
    QTest.keyPress(view, Qt.Key.Key_X)
    assert view.loupe.position is not None
    QTest.keyRelease(view, Qt.Key.Key_X)
    assert view.loupe.position is None
