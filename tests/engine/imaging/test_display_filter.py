"""Display filters: for the eye, inside the film's own range, and never in place."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from testkit.dicom_files import chest_like
from testkit.pixel_films import SQUARE, pixel_film

from engine.domain.display_filter import NEXT_FILTER, DisplayFilter
from engine.imaging.display_filter import filtered

FILTERS = [DisplayFilter.SHARPEN, DisplayFilter.CLAHE]


@pytest.mark.parametrize("kind", FILTERS)
def test_values_stay_in_the_films_range_and_the_film_is_untouched(kind: DisplayFilter) -> None:
    film = pixel_film(chest_like() + np.uint16(300), padding=(300, 310))
    before = film.samples.copy()
    seen = filtered(film, kind)
    is_film = film.samples > 310
    assert (film.samples == before).all()
    assert seen.dtype == np.uint16
    assert seen[is_film].min() >= film.samples[is_film].min()
    assert seen.max() <= film.samples.max()
    assert (seen[~is_film] == film.samples[~is_film]).all()
    assert (seen != film.samples).mean() > 0.3


def test_sharpening_steepens_an_edge_and_leaves_what_is_even() -> None:
    samples = np.full((64, 64), 1000, np.uint16)
    samples[:, 32:] = 2000
    samples[0, 0], samples[-1, -1] = 0, 4095
    seen = filtered(pixel_film(samples), DisplayFilter.SHARPEN).astype(int)
    # The difference across the edge grows, far from it nothing changes.
    assert seen[32, 32] - seen[32, 31] > 1500
    assert abs(int(seen[32, 12]) - 1000) <= 1
    blurred = np.abs(np.diff(seen[32])).argmax()
    assert blurred == 31


def test_sharpening_is_as_wide_in_millimetres_on_every_film() -> None:
    samples = np.full((96, 96), 1000, np.uint16)
    samples[:, 48:] = 2000
    samples[0, 0], samples[-1, -1] = 0, 4095
    fine = replace(SQUARE, row_mm=0.1, column_mm=0.1)
    widths = []
    for spacing in (fine, SQUARE):
        seen = filtered(pixel_film(samples, spacing=spacing), DisplayFilter.SHARPEN)
        widths.append((np.abs(seen[48].astype(int) - samples[48]) > 20).sum())
    assert widths[0] == pytest.approx(2 * widths[1], abs=4)


def test_local_contrast_tells_apart_what_one_window_cannot() -> None:
    rng = np.random.default_rng(0)
    samples = np.full((128, 128), 500, np.float64)
    samples[:, 64:] = 3500
    samples += rng.normal(0, 10, samples.shape)
    film = pixel_film(np.clip(samples, 0, 4095).astype(np.uint16))
    seen = filtered(film, DisplayFilter.CLAHE)
    assert seen[:, :48].std() > 2 * film.samples[:, :48].std()


@pytest.mark.parametrize("kind", FILTERS)
def test_an_even_or_padded_film_is_left_alone(kind: DisplayFilter) -> None:
    even = pixel_film(np.full((20, 20), 7, np.uint16))
    assert filtered(even, kind) is even.samples
    padded = pixel_film(np.full((20, 20), 7, np.uint16), padding=(7, 7))
    assert filtered(padded, kind) is padded.samples


def test_one_key_goes_round() -> None:
    kind = DisplayFilter.NONE
    for _ in DisplayFilter:
        kind = NEXT_FILTER[kind]
    assert kind is DisplayFilter.NONE
    film = pixel_film(chest_like())
    assert filtered(film, DisplayFilter.NONE) is film.samples
