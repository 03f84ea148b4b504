"""The lines of the cardiothoracic ratio from outlines, and when there are none."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.domain.outline import CLASSES, OutlineClass
from engine.errors import NoSuitableFilmError
from engine.imaging.chest_lines import agreed_lines, chest_lines, film_variants

SIDE = 128
Shape = tuple[float, float, float, float]
"""Centre x, centre y, half width, half height of an ellipse."""
RIGHT: Shape = (38.0, 60.0, 20.0, 42.0)
LEFT: Shape = (90.0, 60.0, 18.0, 42.0)
HEART: Shape = (66.0, 84.0, 22.0, 16.0)


def outline(
    right: Shape = RIGHT, left: Shape = LEFT, heart: Shape = HEART, soft: float = 0.6
) -> NDArray[np.float32]:
    """Probabilities of three ellipses with borders that are `soft` pixels wide."""
    shares = np.zeros((len(CLASSES), SIDE, SIDE), np.float32)
    y, x = np.mgrid[:SIDE, :SIDE]
    for kind, (middle_x, middle_y, width, height) in (
        (OutlineClass.RIGHT_LUNG, right),
        (OutlineClass.LEFT_LUNG, left),
        (OutlineClass.HEART, heart),
    ):
        reach = np.hypot((x - middle_x) / width, (y - middle_y) / height)
        inside = 1 / (1 + np.exp((reach - 1) * width / soft))
        shares[kind] = inside
        if kind is OutlineClass.HEART:
            shares[[OutlineClass.RIGHT_LUNG, OutlineClass.LEFT_LUNG]] *= 1 - inside
    shares[OutlineClass.OUTSIDE] = 1 - shares[1:].sum(axis=0)
    return shares


def test_borders_lie_between_pixels() -> None:
    found = chest_lines(outline())
    _top, bottom, heart_right, heart_left, chest_right, chest_left = found.points
    assert heart_right == pytest.approx((44.0, 84.0), abs=0.1)
    assert heart_left == pytest.approx((88.0, 84.0), abs=0.1)
    assert chest_right == pytest.approx((18.0, 60.0), abs=0.1)
    assert chest_left == pytest.approx((108.0, 60.0), abs=0.1)
    assert found.ratio == pytest.approx(44 / 90, abs=0.002)
    assert bottom[0] == pytest.approx(65.0, abs=1.0)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"left": (90.0, 60.0, 3.0, 10.0)}, "Both lungs and the heart were not found"),
        ({"left": (88.0, 60.0, 11.0, 30.0)}, "differ much in size"),
        ({"left": (90.0, 36.0, 18.0, 42.0)}, "not at one height"),
        ({"right": LEFT, "left": RIGHT}, "does not lie between the lungs"),
        ({"heart": (66.0, 20.0, 22.0, 16.0)}, "does not lie between the lungs"),
        ({"heart": (66.0, 100.0, 22.0, 16.0)}, "does not lie between the lungs"),
        (
            {"left": (90.0, 50.0, 18.0, 32.0), "heart": (66.0, 94.0, 22.0, 9.0)},
            "do not lie beside the lungs",
        ),
        ({"right": (19.0, 60.0, 20.0, 42.0)}, "cut off at the film's edge"),
        (
            {
                "right": (40.0, 60.0, 28.0, 42.0),
                "left": (92.0, 60.0, 14.0, 42.0),
                "heart": (74.0, 84.0, 18.0, 16.0),
            },
            "rotated",
        ),
        ({"heart": (65.0, 84.0, 13.0, 16.0)}, "borders of the heart were not found"),
    ],
)
def test_what_is_no_upright_frontal_chest_has_no_lines(
    changed: dict[str, Shape], reason: str
) -> None:
    with pytest.raises(NoSuitableFilmError, match=reason):
        chest_lines(outline(**changed))


def test_an_outline_in_pieces_has_no_lines() -> None:
    shares = outline()
    shares[:, 110:120, 30:40] = 0.0
    shares[OutlineClass.HEART, 110:120, 30:40] = 1.0
    with pytest.raises(NoSuitableFilmError, match="borders of lungs and heart"):
        chest_lines(shares)


def test_a_film_whose_small_changes_disagree_has_no_lines() -> None:
    wide = outline(heart=(66.0, 84.0, 26.0, 16.0))
    agreed = np.stack([outline()] * 4)
    assert agreed_lines(agreed).ratio == pytest.approx(chest_lines(outline()).ratio)
    with pytest.raises(NoSuitableFilmError, match="not found for sure"):
        agreed_lines(np.stack([outline(), outline(), outline(), wide]))


def test_the_changes_of_a_film_keep_its_shape() -> None:
    grey = np.tile(np.linspace(0, 1, SIDE, dtype=np.float32), (SIDE, 1))
    same, darker, brighter, smaller = film_variants(grey)[:, 0]
    assert (same == grey).all()
    assert darker[5, 60] < grey[5, 60] < brighter[5, 60]
    assert (smaller[0] == 0).all()
    assert smaller[64, 64] == pytest.approx(grey[64, 64], abs=0.02)
