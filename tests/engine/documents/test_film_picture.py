"""The small picture of a film in a document."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from testkit.report_documents import pixel_image

from engine.documents.film_picture import LONGEST_SIDE, film_picture
from engine.domain.image import Window
from engine.domain.study import PixelSpacing, SpacingKind


def opened(jpeg: bytes) -> Image.Image:
    image = Image.open(BytesIO(jpeg))
    assert image.mode == "L"
    return image


def test_bone_is_bright_whatever_the_photometric_interpretation() -> None:
    plain = np.asarray(opened(film_picture(pixel_image()))).astype(int)
    turned = np.asarray(opened(film_picture(pixel_image(monochrome1=True)))).astype(int)
    assert plain[:, 0].mean() < 10
    assert plain[:, -1].mean() > 245
    np.testing.assert_allclose(turned[:, ::-1], plain, atol=6)


def test_the_film_is_shown_through_its_own_window() -> None:
    film = replace(pixel_image(), windows=(Window(center=2048, width=50),))
    grey = np.asarray(opened(film_picture(film)))
    assert (grey[:, :90] < 8).all()


@pytest.mark.parametrize(
    ("rows", "columns", "row_mm", "size"),
    [
        (2200, 1100, 0.2, (550, 1100)),
        (300, 200, 0.2, (200, 300)),
        (200, 200, 0.4, (200, 400)),
    ],
)
def test_size_and_proportions(
    rows: int, columns: int, row_mm: float, size: tuple[int, int]
) -> None:
    spacing = PixelSpacing(row_mm=row_mm, column_mm=0.2, kind=SpacingKind.DETECTOR_PLANE)
    film = replace(pixel_image(rows=rows, columns=columns), spacing=spacing)
    picture = opened(film_picture(film))
    assert picture.size == size
    assert max(picture.size) <= LONGEST_SIDE
