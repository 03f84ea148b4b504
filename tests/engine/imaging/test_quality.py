"""The input gate on real demo films, as they are and turned, cut, inverted."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray

from engine.dicom.pixels import pixel_image
from engine.domain.bundle import PreprocessSpec
from engine.imaging.preprocess import film_grey
from engine.imaging.quality import film_quality
from engine.paths import demo_studies

NAMES = sorted(path.name for path in demo_studies().glob("*.dcm"))
Film = NDArray[np.float32]


@cache
def demo_film(name: str) -> Film:
    return film_grey(pixel_image(pydicom.dcmread(demo_studies() / name)), PreprocessSpec())


@pytest.mark.parametrize("name", NAMES)
def test_every_demo_film_may_be_drafted(name: str) -> None:
    quality = film_quality(demo_film(name))
    assert quality.refusal == ""
    assert quality.warning == ""


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda film: np.rot90(film, 1), "on its side"),
        (lambda film: np.rot90(film, 3), "on its side"),
        (lambda film: np.rot90(film, 2), "upside down"),
        (lambda film: 1 - film, "black and white are swapped"),
    ],
)
def test_a_film_that_lies_wrong_is_refused_with_the_reason(
    name: str, change: Callable[[Film], Film], reason: str
) -> None:
    assert reason in film_quality(change(demo_film(name))).refusal


def test_what_is_no_chest_is_refused() -> None:
    draw = np.random.default_rng(0)
    assert film_quality(draw.random((300, 300), dtype=np.float32)).refusal
    assert film_quality(np.zeros((300, 300), dtype=np.float32)).refusal


def test_exposure_and_window_change_nothing() -> None:
    film = demo_film(NAMES[0])
    assert film_quality(film**2).likeness == pytest.approx(film_quality(film).likeness, abs=0.05)
