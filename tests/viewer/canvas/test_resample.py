"""Resampling against sums that are written out."""

import numpy as np
import pytest

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
