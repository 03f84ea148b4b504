"""Rows of zeros in an uncompressed film: never written, or a border of the film itself."""

from __future__ import annotations

import io

import numpy as np
import pytest
from testkit.dicom_files import chest_like, film

from engine.dicom.pixels import pixel_image
from engine.dicom.reader import read_whole
from engine.dicom.zero_rows import lost_rows

_NOTE = "From row {} of 120 on there are only zeros: a part may be missing."


def _film() -> np.ndarray:
    return np.maximum(chest_like(120, 96), 1)


def _notes(samples: np.ndarray, **elements: object) -> tuple[str, ...]:
    buffer = io.BytesIO()
    film(samples, **elements).save_as(buffer)
    buffer.seek(0)
    return pixel_image(read_whole(buffer)).notes


@pytest.mark.parametrize("first", [100 * 96 + 40, 100 * 96, 60 * 96 + 80])
def test_a_tail_that_was_never_written_is_noted_and_shown(first: int) -> None:
    samples = _film()
    samples.reshape(-1)[first:] = 0
    assert _notes(samples) == (_NOTE.format(first // 96 + 1),)


def test_a_black_border_is_no_loss() -> None:
    samples = _film()
    samples[100:] = samples[:, :10] = samples[:, -10:] = 0
    assert _notes(samples) == ()


def test_a_label_above_a_black_border_is_no_loss() -> None:
    samples = _film()
    samples[90:] = 0
    samples[95:101, 20:30] = 4000
    assert _notes(samples) == ()


def test_a_tilted_border_is_no_loss() -> None:
    samples = _film()
    rows, columns = np.indices(samples.shape)
    samples[rows > 100 - columns // 12] = 0
    assert _notes(samples) == ()


def test_padding_that_the_header_declares_is_no_loss() -> None:
    samples = _film()
    samples[100:] = 0
    assert _notes(samples, PixelPaddingValue=0) == ()
    assert _notes(samples) == (_NOTE.format(101),)


def test_a_black_film_and_a_film_to_its_last_row_have_no_lost_row() -> None:
    samples = _film()
    assert lost_rows(samples, may_be_padding=False) == ()
    assert lost_rows(np.zeros_like(samples), may_be_padding=False) == ()


@pytest.mark.parametrize("first", [70 * 96, 69 * 96 + 40])
def test_a_band_that_was_never_written_is_noted(first: int) -> None:
    samples = _film()
    samples[:, :30] = 0  # collimated
    samples.reshape(-1)[first : 80 * 96 + 60] = 0
    assert _notes(samples, PixelPaddingValue=0) == (
        "Rows 71 to 80 of 120 hold only zeros: a part may be missing.",
    )
    samples[90:95] = 0
    (note,) = _notes(samples)
    assert note == "Rows 71 to 80 of 120 and later ones hold only zeros: parts may be missing."


def test_a_film_with_clipped_air_loses_its_tail_and_one_that_fades_has_a_border() -> None:
    samples = _film()
    samples[:40, 5:12] = 0  # air at the side, 2 % of the film
    samples[100:] = 0
    assert lost_rows(samples, may_be_padding=False) == ((100, 120),)
    samples[99] = 10
    assert lost_rows(samples, may_be_padding=False) == ()
