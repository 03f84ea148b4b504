"""Resampling against sums that are written out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.interpolation import Interpolation
from viewer.canvas.resample import axis_taps, resample

RNG = np.random.default_rng(3)


def area_mean(samples: np.ndarray, top: float, left: float, side: float) -> float:
    """Mean over a square of the film, by cutting it into hundredths of a pixel."""
    fine = 100
    ys = np.floor(top + (np.arange(int(side * fine)) + 0.5) / fine).astype(int)
    xs = np.floor(left + (np.arange(int(side * fine)) + 0.5) / fine).astype(int)
    return float(samples[np.ix_(ys, xs)].mean())


@pytest.mark.parametrize("side", [1.25, 2.5, 3.75])
def test_smaller_is_the_mean_of_what_lies_under_each_pixel(side):
    samples = RNG.integers(0, 65535, (90, 75), dtype=np.uint16)
    count = int(75 / side) - 1
    taps = axis_taps(side / 2 - 0.5, side, count, 75)
    result = resample(samples, axis_taps(side / 2 - 0.5, side, count, 90), taps)
    for row, column in RNG.integers(0, count, (20, 2)):
        expected = area_mean(samples, row * side, column * side, side)
        assert result[row, column] == pytest.approx(expected, abs=2)


def test_a_flat_film_stays_flat_at_any_size():
    samples = np.full((64, 64), 40_000, np.uint16)
    for step in (0.1, 0.3, 0.7, 1.0, 1.1, 1.9, 2.37, 7.3):
        taps = axis_taps(-0.3, step, int(60 / step), 64)
        assert set(np.unique(resample(samples, taps, taps))) <= {39_999, 40_000, 40_001}


def test_up_to_four_times_is_linear_between_neighbours():
    samples = RNG.integers(0, 4096, (20, 20), dtype=np.uint16)
    taps = axis_taps(5.0, 0.4, 20, 20)
    result = resample(samples, taps, taps)
    positions = 5.0 + 0.4 * np.arange(20)
    rows = np.stack([np.interp(positions, range(20), samples[:, i]) for i in range(20)], axis=1)
    both = np.stack([np.interp(positions, range(20), rows[i]) for i in range(20)])
    assert np.abs(result - both).max() <= 0.51


def test_beyond_four_times_shows_stored_pixels_as_squares():
    samples = np.arange(16, dtype=np.uint16).reshape(4, 4)
    taps = axis_taps(-0.4, 0.2, 20, 4)
    assert np.array_equal(resample(samples, taps, taps), np.kron(samples, np.ones((5, 5), int)))


def test_one_to_one_is_a_copy():
    samples = RNG.integers(0, 65535, (30, 40), dtype=np.uint16)
    result = resample(samples, axis_taps(3.0, 1.0, 20, 30), axis_taps(5.0, 1.0, 30, 40))
    assert np.array_equal(result, samples[3:23, 5:35])


@pytest.mark.parametrize("kind", list(Interpolation))
def test_a_film_made_smaller_is_averaged_whatever_was_chosen(kind):
    usual = axis_taps(0.5, 2.5, 30, 80)
    chosen = axis_taps(0.5, 2.5, 30, 80, kind)
    np.testing.assert_array_equal(chosen.weights, usual.weights)


def test_smoothing_as_chosen_when_enlarged():
    # Ten times enlarged: of itself squares, as with none; a line keeps its steps apart otherwise.
    def shown(kind, step=0.1):
        ramp = np.array([[0, 1000, 1000, 4000, 4000]], np.uint16)
        one_row = axis_taps(0.0, 1.0, 1, 1)
        across = axis_taps(0.03, step, 40, 5, kind)
        return resample(ramp, one_row, across)[0].astype(int)

    squares = shown(Interpolation.NEAREST)
    assert set(squares) == {0, 1000, 4000}
    np.testing.assert_array_equal(shown(Interpolation.AUTOMATIC), squares)
    assert set(shown(Interpolation.NEAREST, 0.5)) == {0, 1000, 4000}
    linear = shown(Interpolation.LINEAR)
    places = 0.03 + 0.1 * np.arange(40)
    expected = np.interp(places, range(5), [0, 1000, 1000, 4000, 4000])
    assert np.abs(linear - expected).max() <= 1
    cubic = shown(Interpolation.CUBIC)
    # Through the stored values, and beyond them beside an edge, but never round the corner.
    assert cubic[10] == pytest.approx(1000, abs=60)
    assert cubic.max() > 4000
    assert cubic.min() >= 0


@given(first=st.floats(-2, 6), step=st.floats(0.02, 0.99))
def test_cubic_weights_sum_to_one_and_keep_even_films_even(first, step):
    taps = axis_taps(first, step, 17, 9, Interpolation.CUBIC)
    assert np.abs(taps.weights.sum(axis=0) - 1).max() < 1e-5
    even = np.full((9, 9), 65_535, np.uint16)
    assert (resample(even, taps, taps) >= 65_533).all()
