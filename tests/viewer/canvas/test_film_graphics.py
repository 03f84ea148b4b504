"""Shutters and overlays on the screen, for every turn of the film."""

import numpy as np
import pytest
from testkit.pixel_films import film_header, pixel_film

from engine.domain.film_graphics import Overlay, Shutter
from engine.domain.image import Window
from viewer.canvas.corner_text import badges
from viewer.canvas.film_export import film_image
from viewer.canvas.viewport import Viewport
from viewer.state.film_in_view import FilmCaption
from viewer.state.viewport import ViewportState

WIDTH, HEIGHT = 400, 300
GREY = 102
WINDOW = Window(center=2000.5, width=4001)


@pytest.fixture
def make(qtbot):
    def build(**film) -> Viewport:
        pixels = pixel_film(np.full((150, 200), 1600, np.uint16), windows=(WINDOW,), **film)
        state = ViewportState()
        view = Viewport(state)
        qtbot.addWidget(view)
        view.resize(WIDTH, HEIGHT)
        state.placement.set_view_size(WIDTH, HEIGHT)
        state.show_image(film_header(pixels), pixels, FilmCaption())
        return view

    return build


def grey_at(view, x, y):
    """Of a film pixel's middle on the screen."""
    at_x, at_y = view.state.placement.geometry.to_view(x, y)
    return view.grab().toImage().pixelColor(int(at_x), int(at_y)).value()


TURNS = [(turns, mirrored) for turns in range(4) for mirrored in (False, True)]


def turned(view, turns, mirrored):
    if mirrored:
        view.state.placement.flip_horizontal()
    view.state.placement.rotate(90 * turns)


@pytest.mark.parametrize(("turns", "mirrored"), TURNS)
@pytest.mark.parametrize(
    ("shutter", "inside", "outside"),
    [
        (Shutter(box=(50, 40, 160, 120)), [(52, 60), (158, 118)], [(47, 60), (80, 123)]),
        (Shutter(circle=(100, 75, 45)), [(100, 75), (60, 75)], [(52, 75), (140, 105)]),
        (Shutter(polygon=((40, 40), (160, 40), (160, 110))), [(140, 60)], [(60, 100)]),
    ],
)
def test_a_shutter_blackens_what_is_outside(make, turns, mirrored, shutter, inside, outside):
    view = make(shutter=shutter)
    turned(view, turns, mirrored)
    assert [grey_at(view, *place) for place in inside] == [GREY] * len(inside)
    assert [grey_at(view, *place) for place in outside] == [0] * len(outside)
    assert "SHUTTER" in badges(view.state)
    view.state.film.toggle_shutter()
    assert [grey_at(view, *place) for place in outside] == [GREY] * len(outside)
    assert "SHUTTER LIFTED" in badges(view.state)


@pytest.mark.parametrize(("turns", "mirrored"), TURNS)
def test_an_overlay_lies_on_its_pixels_and_goes_with_the_marks(make, turns, mirrored):
    mask = np.ones((6, 20), np.uint8)
    mask[:, 8:12] = 0
    view = make(overlays=(Overlay(mask=mask, row=70, column=90, name="Marker"),))
    turned(view, turns, mirrored)
    assert grey_at(view, 94, 73) > 200
    assert grey_at(view, 106, 73) > 200
    assert grey_at(view, 100, 73) == GREY
    assert grey_at(view, 94, 80) == GREY
    view.state.annotations.cycle_level()
    assert grey_at(view, 94, 73) == GREY
    assert "ANNOTATIONS HIDDEN" in badges(view.state)


def test_oblong_pixels_are_shown_in_their_true_shape(make):
    view = make(spacing=None, pixel_aspect=2.0)
    left, top, right, bottom = view.state.placement.geometry.view_extent
    assert (right - left) / (bottom - top) == pytest.approx(200 / 300)


@pytest.mark.parametrize(("turns", "mirrored"), TURNS)
def test_the_models_view_lies_over_the_film_square_by_square(make, turns, mirrored):
    view = make()
    turned(view, turns, mirrored)
    grey = np.arange(16, dtype=np.uint8).reshape(4, 4) * 15
    view.state.film.show_model_view(grey)
    for row in range(4):
        for column in range(4):
            # Towards the middle of the film, away from the words in the corners.
            x = (column + (0.85 if column < 2 else 0.15)) * 200 / 4 - 0.5
            y = (row + (0.85 if row < 2 else 0.15)) * 150 / 4 - 0.5
            assert grey_at(view, x, y) == grey[row, column]
    assert "AS THE MODEL SEES IT, 4 × 4" in badges(view.state)
    view.state.film.show_model_view(None)
    assert grey_at(view, 100, 75) == GREY
    assert not any("MODEL" in badge for badge in badges(view.state))


@pytest.mark.parametrize(("turns", "mirrored"), TURNS)
def test_a_saved_film_keeps_its_shutter_until_it_is_lifted(make, turns, mirrored):
    view = make(shutter=Shutter(box=(50, 40, 159, 119)))
    turned(view, turns, mirrored)
    picture = film_image(view.state)
    place = view.state.presentation.turn.to_view
    for x, y, grey in ((50, 40, GREY), (159, 119, GREY), (49, 60, 0), (100, 120, 0), (0, 0, 0)):
        at = place(x, y, rows=150, columns=200)
        assert picture.pixelColor(round(at[0]), round(at[1])).value() == grey
    view.state.film.toggle_shutter()
    assert film_image(view.state).pixelColor(0, 0).value() == GREY
