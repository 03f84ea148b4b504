"""The words in the corners and at the scale bar."""

import numpy as np
import pytest
from testkit.pixel_films import SQUARE, film_header, pixel_film, slope_samples

from engine.domain.image import VoiLut, Window
from engine.domain.study import PixelSpacing, SpacingKind
from viewer.canvas.corner_text import NO_SCALE, corner_text, scale_bar
from viewer.canvas.viewport import Viewport
from viewer.state.film_in_view import FilmCaption
from viewer.state.viewport import ViewportState

LUT = VoiLut(first_value=0, entries=np.arange(4096, dtype=np.uint16), bits=12, name="Chest")


def shown(caption=None, *, lossy=False, **film) -> ViewportState:
    pixels = pixel_film(slope_samples(100, 80), **film)
    state = ViewportState()
    state.placement.set_view_size(160, 200)
    state.show_image(film_header(pixels, lossy=lossy), pixels, caption or FilmCaption())
    return state


def test_whose_film_and_how_it_is_shown():
    caption = FilmCaption(
        patient="Okafor, A.", study="2026-03-02", view="Frontal PA", position="1 of 2"
    )
    text = corner_text(shown(caption, windows=(Window(center=1800, width=3200),)))
    assert text.top_left == ("Okafor, A.", "2026-03-02")
    assert text.top_right == ("Frontal PA", "1 of 2")
    assert text.shown == "W 3200 L 1800   2.00×"
    assert text.badges == ()


def test_badges_come_and_go_with_their_reason():
    state = shown(FilmCaption(badges=("DEMO",)), lossy=True, voi_luts=(LUT,))
    assert corner_text(state).shown.startswith("LUT Chest")
    assert corner_text(state).badges == ("DEMO", "LOSSY")
    state.grey.toggle_invert()
    state.grey.set_window(Window(center=1, width=2))
    state.placement.zoom_by(0.25)
    assert corner_text(state).badges == ("DEMO", "INVERTED", "REDUCED", "LOSSY", "LUT left")
    state.reset()
    assert corner_text(state).badges == ("DEMO", "LOSSY")


def test_what_was_left_out_of_the_film_stands_beside_it():
    note = "One of the film's overlays is damaged and was left out."
    state = shown(notes=(note,))
    assert corner_text(state).notes == (note,)
    view = Viewport(state)
    assert note in view.accessibleDescription()
    assert corner_text(shown(notes=(note, note))).notes == (note,), "once for all overlays"


def test_an_empty_view_says_nothing_of_a_film():
    text = corner_text(ViewportState())
    assert (text.top_left, text.top_right, text.badges, text.shown) == ((), (), (), "")


@pytest.mark.parametrize(
    ("zoom", "ratio", "length", "label"),
    [
        (1.0, 1.0, 100.0, "20 mm detector plane"),
        (0.3, 1.0, 150.0, "100 mm detector plane"),
        (8.0, 1.0, 80.0, "2 mm detector plane"),
        (1.0, 2.0, 250.0, "50 mm detector plane"),
    ],
)
def test_the_bar_is_a_round_length_and_says_where_it_comes_from(zoom, ratio, length, label):
    bar = scale_bar(SQUARE, zoom, ratio)
    assert bar.length == pytest.approx(length)
    assert bar.label == label


def test_the_bar_measures_the_finer_side_of_unequal_pixels():
    spacing = PixelSpacing(row_mm=0.4, column_mm=0.2, kind=SpacingKind.CALIBRATED)
    assert scale_bar(spacing, 1.0).length == pytest.approx(20 / 0.2)
    assert scale_bar(spacing, 1.0).label == "20 mm calibrated"


def test_without_spacing_there_is_no_bar_and_no_guess():
    assert scale_bar(None, 1.0).length == 0
    assert scale_bar(None, 1.0).label == NO_SCALE
