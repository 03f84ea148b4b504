"""Films in small: the right shape, the right greys, the right way up."""

import numpy as np
from testkit.pixel_films import pixel_film, slope_samples

from engine.domain.study import PixelSpacing, SpacingKind
from engine.imaging.thumbnail import SIDE, thumbnail


def test_the_longer_side_is_fixed_and_the_proportions_are_kept():
    assert thumbnail(pixel_film(slope_samples(400, 200))).shape == (SIDE, SIDE // 2)
    assert thumbnail(pixel_film(slope_samples(30, 60))).shape == (SIDE // 2, SIDE)


def test_pixels_that_are_not_square_are_made_so():
    spacing = PixelSpacing(row_mm=0.4, column_mm=0.2, kind=SpacingKind.DETECTOR_PLANE)
    assert thumbnail(pixel_film(slope_samples(100, 200), spacing=spacing)).shape == (SIDE, SIDE)


def test_greys_are_those_of_the_display():
    rising = thumbnail(pixel_film(slope_samples(256, 256)))
    falling = thumbnail(pixel_film(slope_samples(256, 256), monochrome1=True))
    assert rising[0, 0] < rising[-1, -1]
    assert np.abs(rising.astype(int) + falling.astype(int) - 255).max() <= 2
