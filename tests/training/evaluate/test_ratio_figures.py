import numpy as np
import pytest
from PIL import Image
from testkit.dicom_files import chest_like
from testkit.tiny_film_masks import SIDE, drawn_mask

from engine.domain.bundle import PreprocessSpec
from training.data.film_masks import MaskedFilm
from training.evaluate.ratio_figures import drawn_ratio, ratio_figures

SPEC = PreprocessSpec(size=SIDE)


def shares_of(mask):
    return np.stack([(mask == kind) for kind in range(4)]).astype(np.float32)


def wider(mask, by):
    """The heart grown by so many pixels to the left side."""
    heart = mask == 3
    for _ in range(by):
        heart = heart | np.roll(heart, 1, axis=1)
    return np.where(heart, 3, mask)


@pytest.fixture
def film(tmp_path):
    Image.fromarray(chest_like(256, 256, bits=8).astype(np.uint8)).save(tmp_path / "film.png")
    Image.fromarray(drawn_mask()).save(tmp_path / "mask.png")
    return MaskedFilm(
        film=tmp_path / "film.png",
        mask=tmp_path / "mask.png",
        source="drawn",
        licence="",
        is_held_out=True,
    )


def test_the_right_outline_has_no_error(film):
    figures = ratio_figures(
        [film], SPEC, lambda films: np.stack([shares_of(drawn_mask())] * len(films))
    )
    found = figures.metrics()
    assert (found["held_out_films"], found["held_out_declined"]) == (1.0, 0.0)
    assert found["ratio_worst_error"] < 0.01
    assert found["dice_heart"] == found["dice_lungs"] == 1.0


def test_an_outline_that_is_too_wide_is_off_by_so_much(film):
    wide = wider(drawn_mask(), 4)
    found = ratio_figures([film], SPEC, lambda films: np.stack([shares_of(wide)] * len(films)))
    off = drawn_ratio(wide) - drawn_ratio(drawn_mask())
    assert off > 0.03
    assert found.metrics()["ratio_bias"] == pytest.approx(off, abs=0.01)
    assert found.metrics()["dice_heart"] < 0.95


def test_a_film_without_a_proposal_is_counted_with_its_reason(film):
    def unsure(films):
        found = [shares_of(drawn_mask())] * len(films)
        found[-1] = shares_of(wider(drawn_mask(), 6))
        return np.stack(found)

    figures = ratio_figures([film], SPEC, unsure)
    assert figures.errors == ()
    assert figures.metrics()["held_out_declined"] == 1.0
    assert list(figures.declined) == ["The borders of heart and chest were not found for sure."]
    assert figures.metrics()["unchecked_mean_error"] < 0.01
