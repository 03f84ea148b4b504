"""The matrix of docs/correctness.md holds, and the page says what is measured."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from testkit.sample_films import FILMS, POINTS, SampleFilm, values_of

_PAGE = Path(__file__).resolve().parents[3] / "docs" / "correctness.md"


@pytest.mark.parametrize("sample", FILMS, ids=lambda one: one.name)
def test_every_pixel_has_the_value_that_the_standard_asks_for(sample: SampleFilm) -> None:
    image, wanted = sample.measured()
    np.testing.assert_allclose(values_of(image), wanted, atol=1e-6)


@pytest.mark.parametrize("sample", FILMS, ids=lambda one: one.name)
def test_the_page_has_the_values(sample: SampleFilm) -> None:
    _, wanted = sample.make()
    values = ", ".join(f"{wanted[point]:g}" for point in POINTS)
    row = f"| {sample.name} | {sample.section} | {values} | {values} | 0 |"
    assert row in _PAGE.read_text("utf-8")
