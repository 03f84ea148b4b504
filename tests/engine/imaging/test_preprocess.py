from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from testkit.dicom_files import chest_like

from engine.domain.bundle import PreprocessSpec
from engine.domain.image import GridTransform, VoiFunction, VoiLut, Window
from engine.errors import UnsupportedImageError
from engine.imaging.preprocess import film_grey, grey_image, model_input, model_view

SPEC = PreprocessSpec()


def chest(rows=60, columns=50, levels=4096, seed=0):
    draw = np.random.default_rng(seed)
    y, x = np.mgrid[0:rows, 0:columns] / max(rows, columns)
    film = 0.2 + 0.5 * np.sin(5 * x) ** 2 * np.cos(3 * y) ** 2 + 0.1 * draw.random((rows, columns))
    return np.rint(film / film.max() * (levels - 1)).astype(np.uint16)


def film(samples, **changes):
    image = grey_image(np.zeros((1, 1), np.uint8))
    return replace(image, samples=np.ascontiguousarray(samples, np.uint16), **changes)


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 1000),
    gain=st.integers(1, 12),
    offset=st.integers(0, 10_000),
    slope=st.floats(0.1, 20),
    intercept=st.floats(-2000, 2000),
)
def test_a_linear_rescale_of_the_samples_changes_nothing(seed, gain, offset, slope, intercept):
    samples = chest(seed=seed)
    plain = film_grey(film(samples), SPEC)
    scaled = film(samples * gain + offset, slope=slope, intercept=intercept)
    np.testing.assert_allclose(film_grey(scaled, SPEC), plain, atol=1e-5)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 1000), top=st.integers(4095, 65_535))
def test_monochrome1_equals_the_inverted_monochrome2(seed, top):
    samples = chest(seed=seed)
    bright = film_grey(film(samples), SPEC)
    dark = film_grey(film(top - samples, monochrome1=True), SPEC)
    np.testing.assert_allclose(dark, bright, atol=1e-6)


def test_monochrome1_with_inverse_shape_flips_once():
    samples = 4095 - chest()
    both = film_grey(film(samples, monochrome1=True, inverse=True), SPEC)
    np.testing.assert_array_equal(both, film_grey(film(samples, inverse=True), SPEC))


def test_8_bit_and_12_bit_of_one_film_agree():
    deep = chest(300, 240)
    shallow = np.rint(deep / 4095 * 255).astype(np.uint8)
    views = [model_input([f], SPEC) for f in (film(deep), grey_image(shallow))]
    assert np.abs(views[0] - views[1]).max() < 0.03  # 1/255 of full scale over std .224


def test_padding_is_black_and_does_not_move_the_stretch():
    samples = chest()
    framed = np.pad(samples, 20, constant_values=60_000)
    grey = film_grey(film(framed, padding=(60_000, 60_000)), SPEC)
    np.testing.assert_array_equal(grey[20:-20, 20:-20], film_grey(film(samples), SPEC))
    assert grey[:20].max() == 0.0


def curve(shape, bits=12, first=0):
    entries = np.rint(shape * (2**bits - 1)).astype(np.uint16)
    return VoiLut(first_value=first, entries=entries, bits=bits)


RISING = np.linspace(0, 1, 4096)
SETTINGS = {
    "the whole range": {"windows": (Window(center=2048.0, width=4096.0),)},
    "narrow": {"windows": (Window(center=1800.0, width=600.0),)},
    "too narrow": {"windows": (Window(center=2048.0, width=2.0),)},
    "14 bits": {"windows": (Window(center=8192.0, width=16_384.0),)},
    "16 bits": {"windows": (Window(center=32_768.0, width=65_536.0),)},
    "of another film": {"windows": (Window(center=40_000.0, width=100.0),)},
    "exact": {"windows": (Window(center=2e3, width=3e3, function=VoiFunction.LINEAR_EXACT),)},
    "sigmoid": {"windows": (Window(center=1900.0, width=900.0, function=VoiFunction.SIGMOID),)},
    "a bent curve": {"voi_luts": (curve(RISING**2),)},
    "a step": {"voi_luts": (curve((RISING > 0.5).astype(float)),)},
    "a dark curve": {"voi_luts": (curve(RISING / 16, bits=16),)},
    "a curve before a window": {
        "voi_luts": (curve(RISING**0.5),),
        "windows": (Window(center=100.0, width=20.0),),
    },
}


@pytest.mark.parametrize("setting", SETTINGS.values(), ids=SETTINGS)
def test_no_window_and_no_curve_changes_what_the_model_gets(setting):
    plain = film(chest())
    shown = model_input([replace(plain, **setting)], SPEC)
    np.testing.assert_array_equal(shown, model_input([plain], SPEC))


@pytest.mark.parametrize("is_upright", [False, True], ids=["inverted", "upright"])
@pytest.mark.parametrize("monochrome1", [False, True])
def test_a_curve_that_falls_sets_a_film_right_and_never_inverts_it(monochrome1, is_upright):
    """As makers write it with MONOCHROME1; as a setting of the display it changes nothing."""
    upright = chest_like()
    stored = upright if monochrome1 is is_upright else 4095 - upright
    falling = film(stored, voi_luts=(curve(RISING[::-1]),), monochrome1=monochrome1)
    np.testing.assert_allclose(film_grey(falling, SPEC), film_grey(film(upright), SPEC), atol=1e-6)


def test_a_curve_that_falls_on_what_is_no_chest_turns_it_as_for_the_eye():
    samples = np.tile(np.arange(4096, dtype=np.uint16), (64, 1))
    falling = film(samples, voi_luts=(curve(RISING[::-1]),))
    expected = film_grey(film(samples, monochrome1=True), SPEC)
    np.testing.assert_array_equal(film_grey(falling, SPEC), expected)


def test_a_falling_curve_that_is_passed_over_turns_nothing():
    samples = chest()
    dark = film(samples, voi_luts=(curve(RISING[::-1] / 16, bits=16),))
    np.testing.assert_array_equal(film_grey(dark, SPEC), film_grey(film(samples), SPEC))


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (3, 2)])
def test_tiny_films_give_a_finite_view(shape):
    view = model_view(film_grey(film(chest(*shape)), SPEC), SPEC)
    assert view.shape == (3, 224, 224)
    assert np.isfinite(view).all()


def test_a_constant_film_is_black():
    assert film_grey(film(np.full((9, 9), 700)), SPEC).max() == 0.0


def test_a_film_of_padding_only_is_refused():
    with pytest.raises(UnsupportedImageError):
        film_grey(film(np.full((4, 4), 9), padding=(9, 9)), SPEC)


def test_a_5000_pixel_film_is_read():
    view = model_input([film(np.tile(chest(500, 500), (10, 10)))], SPEC)
    assert view.shape == (1, 3, 224, 224)


def test_reduction_does_not_alias():
    stripes = np.zeros((2240, 2240), np.float32)
    stripes[:, ::2] = 1.0
    view = model_view(stripes, SPEC)
    inner = view[0, 5:-5, 5:-5] * SPEC.std[0] + SPEC.mean[0]
    np.testing.assert_allclose(inner, 0.5, atol=0.02)


def test_a_point_lands_where_the_grid_transform_says():
    grey = np.zeros((1000, 700), np.float32)
    grey[795:806, 195:206] = 1.0
    row, column = np.unravel_index(model_view(grey, SPEC)[0].argmax(), (224, 224))
    x, y = GridTransform(rows=1000, columns=700, size=224).to_model(200.0, 800.0)
    assert abs(column - x) <= 1.0
    assert abs(row - y) <= 1.0


def test_two_films_keep_their_order():
    first, second = film(chest(seed=1)), film(chest(seed=2)[::-1])
    both = model_input([first, second], SPEC)
    np.testing.assert_array_equal(both[1], model_input([second], SPEC)[0])
