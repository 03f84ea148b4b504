"""What is on the screen, against values computed without the canvas."""

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication, QLabel
from testkit.pixel_films import film_header, pixel_film, slope_samples

from engine.domain.image import Window
from viewer.canvas.film_export import view_image
from viewer.canvas.viewport import Viewport
from viewer.state.film_in_view import FilmCaption
from viewer.state.viewport import ViewportState
from viewer.theme.tokens import DARK
from viewer.tools.pan_zoom import zoom_by_wheel
from viewer.tools.tool import Pointer

WINDOW = Window(center=2000.5, width=4001)  # grey = value / 4000
WIDTH, HEIGHT = 400, 300


@pytest.fixture
def make(qtbot):
    def build(pixels, **header) -> Viewport:
        state = ViewportState()
        view = Viewport(state)
        qtbot.addWidget(view)
        view.resize(WIDTH, HEIGHT)
        state.placement.set_view_size(WIDTH, HEIGHT)
        state.show_image(film_header(pixels, **header), pixels, FilmCaption())
        return view

    return build


def screen(view: Viewport) -> np.ndarray:
    """RGB of the view, `(HEIGHT, WIDTH, 3)`."""
    picture = view.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    lines = np.frombuffer(picture.constBits(), np.uint8).reshape(HEIGHT, picture.bytesPerLine())
    return lines[:, : 3 * WIDTH].reshape(HEIGHT, WIDTH, 3).astype(int)


def probes(view: Viewport, count: int = 20):
    """Places on the film and well inside the border with its words, with their image pixels."""
    rng = np.random.default_rng(1)
    geometry = view.state.placement.geometry
    left, top, right, bottom = geometry.view_extent
    for _ in range(count):
        x = int(rng.integers(max(left, 50) + 1, min(right, WIDTH - 50) - 1))
        y = int(rng.integers(max(top, 60) + 1, min(bottom, HEIGHT - 60) - 1))
        yield x, y, *geometry.to_image(x + 0.5, y + 0.5)


@pytest.mark.parametrize("turns", range(4))
@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("zoom", [None, 1.0, 2.6])
def test_twenty_points_have_the_grey_of_their_place_in_the_film(make, turns, mirrored, zoom):
    """The film is a plane of grey, so any mean around a place is its value at that place."""
    rows, columns = 620, 500
    view = make(pixel_film(slope_samples(rows, columns), windows=(WINDOW,)))
    if mirrored:
        view.state.placement.flip_horizontal()
    view.state.placement.rotate(90 * turns)
    if zoom is not None:
        view.state.placement.zoom_by(zoom / view.state.placement.zoom)
    seen = screen(view)
    for x, y, image_x, image_y in probes(view):
        value = 2500 * image_x / (columns - 1) + 1500 * image_y / (rows - 1)
        assert seen[y, x] == pytest.approx([255 * value / 4000] * 3, abs=1)


@pytest.mark.parametrize("monochrome1", [False, True])
@pytest.mark.parametrize("inverted", [False, True])
def test_one_to_one_shows_every_stored_pixel(make, monochrome1, inverted):
    samples = np.random.default_rng(5).integers(0, 4001, (200, 300), dtype=np.uint16)
    view = make(pixel_film(samples, windows=(WINDOW,), monochrome1=monochrome1))
    view.state.placement.one_to_one()
    if inverted:
        view.state.grey.toggle_invert()
    seen = screen(view)
    for x, y, image_x, image_y in probes(view):
        grey = 255 * int(samples[round(image_y), round(image_x)]) / 4000
        expected = 255 - grey if monochrome1 != inverted else grey
        assert seen[y, x] == pytest.approx([expected] * 3, abs=0.51)


def test_a_new_window_is_on_the_screen_at_once(make):
    view = make(pixel_film(slope_samples(600, 600), windows=(WINDOW,)))
    before = screen(view)
    view.state.grey.set_window(Window(center=1000.5, width=2001))
    after = screen(view)
    assert after[150, 200, 0] == pytest.approx(2 * before[150, 200, 0], abs=2)


@pytest.mark.parametrize("has_loupe", [False, True])
def test_a_window_drag_repaints_all_that_a_window_changes(make, qtbot, has_loupe):
    """The event loop paints only what was asked for: it must leave what a whole painting would."""
    rng = np.random.default_rng(8)
    view = make(pixel_film(rng.integers(0, 4001, (900, 500), dtype=np.uint16), windows=(WINDOW,)))
    view.show()
    if has_loupe:
        view.loupe.hold(120, 150, zoom=1.0, own_window=False)
    qtbot.waitUntil(lambda: not on_display(view).isNull())
    QApplication.processEvents()
    view.state.grey.toggle_invert()
    for center in (1000.0, 1500.0, 3000.0):
        view.state.grey.set_window(Window(center=center, width=300 + center))
        QApplication.processEvents()
    assert on_display(view) == view.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)


def on_display(view: Viewport) -> QImage:
    """What the event loop has painted so far."""
    shown = view.screen().grabWindow(view.winId()).toImage()
    return shown.convertToFormat(QImage.Format.Format_RGB32)


def test_around_the_film_is_black_and_the_frame_shows_the_active_view(make):
    view = make(pixel_film(slope_samples(100, 20), windows=(WINDOW,)))
    assert tuple(screen(view)[150, 100]) == (0, 0, 0)
    assert tuple(screen(view)[1, 100]) == (0, 0, 0)
    view.set_active(True)
    frame = QColor(*(int(part) for part in screen(view)[1, 100]))
    accent = QColor(DARK.accent)
    assert frame.hue() == pytest.approx(accent.hue(), abs=3)
    assert 0.3 * accent.value() < frame.value() < 0.6 * accent.value()


def test_letters_are_drawn_where_they_belong(make):
    view = make(pixel_film(np.zeros((100, 100), np.uint16), windows=(WINDOW,)))
    upright = screen(view)
    right_edge = upright[130:170, WIDTH - 40 :].copy()
    assert right_edge.max() > 200
    view.state.placement.flip_horizontal()
    assert not np.array_equal(screen(view)[130:170, WIDTH - 40 :], right_edge)
    view.state.placement.flip_horizontal()
    assert np.array_equal(screen(view)[130:170, WIDTH - 40 :], right_edge)


def test_words_never_lie_in_the_middle(make):
    view = make(pixel_film(np.zeros((100, 100), np.uint16), windows=(WINDOW,)), lossy=True)
    assert screen(view)[60 : HEIGHT - 60, 40 : WIDTH - 40].max() == 0


def test_a_device_pixel_ratio_of_two_uses_every_device_pixel(make, qtbot, monkeypatch):
    samples = np.random.default_rng(5).integers(0, 4001, (500, 700), dtype=np.uint16)
    view = make(pixel_film(samples, windows=(WINDOW,)))
    monkeypatch.setattr(view, "devicePixelRatioF", lambda: 2.0)
    view.state.placement.set_view_size(2 * WIDTH, 2 * HEIGHT)
    view.state.placement.one_to_one()
    target = QImage(2 * WIDTH, 2 * HEIGHT, QImage.Format.Format_RGB32)
    target.setDevicePixelRatio(2.0)
    view.render(target)
    left, top = (int(edge) for edge in view.state.placement.geometry.view_extent[:2])
    for x, y in ((200, 250), (401, 302), (555, 333)):
        grey = 255 * int(samples[y - top, x - left]) / 4000
        assert target.pixelColor(x, y).red() == pytest.approx(grey, abs=0.51)


def test_an_unreadable_film_says_so(make):
    view = make(pixel_film(slope_samples(100, 100)))
    view.state.show_unreadable(view.state.film.image, FilmCaption(), "Cut short.", "Copy it again.")
    assert screen(view)[100:200, 100:300].max() > 100
    assert view.accessibleDescription() == "Cut short."


def test_a_film_under_the_hand_is_exact_when_it_rests(make, qtbot):
    rng = np.random.default_rng(9)
    film = pixel_film(rng.integers(0, 4001, (900, 700), dtype=np.uint16), windows=(WINDOW,))
    view, still = make(film), make(film)
    zoom_by_wheel(view.state, Pointer(x=120.0, y=90.0), 2)
    still.state.placement.place(view.state.placement.zoom, view.state.presentation.pan)
    exact = screen(still)
    assert view.state.placement.motion.is_on
    assert not np.array_equal(screen(view), exact)
    with qtbot.waitSignal(view.state.placement.motion.ended):
        pass
    np.testing.assert_array_equal(screen(view), exact)


def test_a_picture_of_the_view_is_exact_even_under_the_hand(make):
    rng = np.random.default_rng(9)
    film = pixel_film(rng.integers(0, 4001, (900, 700), dtype=np.uint16), windows=(WINDOW,))
    view, still = make(film), make(film)
    zoom_by_wheel(view.state, Pointer(x=120.0, y=90.0), 2)
    still.state.placement.place(view.state.placement.zoom, view.state.presentation.pan)
    assert view_image(view).toImage() == view_image(still).toImage()


def test_a_widget_that_lies_on_the_film_stays_when_the_window_changes(make):
    view = make(pixel_film(slope_samples(620, 500), windows=(WINDOW,)))
    view.state.placement.one_to_one()
    label = QLabel(parent=view)
    label.setGeometry(150, 100, 60, 40)
    label.setStyleSheet("background: #ff0000")
    view.show()
    QApplication.processEvents()
    view.state.grey.set_window(Window(center=1000, width=1500))
    QApplication.processEvents()
    shown = view.window().backingStore().paintDevice()
    assert isinstance(shown, QImage)
    assert shown.pixelColor(180, 120) == QColor("red")
    beside = QColor(*(int(value) for value in screen(view)[120, 120]))
    assert shown.pixelColor(120, 120) == beside


def test_a_hint_that_is_too_long_for_the_view_goes_on_in_the_next_line(make):
    view = make(pixel_film(slope_samples(620, 500), windows=(WINDOW,)))
    hint = "Cardiothoracic ratio: drag down the midline of the spine, or arrow keys and Return"
    before = screen(view)
    view.state.in_view.hold(None, hint[:40])
    one = np.flatnonzero((screen(view) != before).any(axis=(1, 2)))
    view.state.in_view.hold(None, hint)
    two = np.flatnonzero((screen(view) != before).any(axis=(1, 2)))
    assert two[-1] - two[0] > 1.5 * (one[-1] - one[0])
