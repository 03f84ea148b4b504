"""Zeros at the end of an uncompressed film: never written, or a border of the film itself."""

from __future__ import annotations

import io

import numpy as np
import pytest
from testkit.dicom_files import chest_like, film

from engine.dicom.pixels import pixel_image
from engine.dicom.reader import read_whole
from engine.dicom.zero_tail import first_lost_row

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
    assert first_lost_row(samples, may_be_padding=False) is None
    assert first_lost_row(np.zeros_like(samples), may_be_padding=False) is None
