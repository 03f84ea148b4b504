import numpy as np
import pytest
from PIL import Image

from engine.domain.bundle import PreprocessSpec
from engine.errors import DamagedFileError
from engine.imaging.preprocess import grey_image, model_input
from training.data.films import SIDE, open_films

SPEC = PreprocessSpec()


def smooth_film(path, seed):
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 5), dtype=np.uint8)
    Image.fromarray(coarse).resize((SIDE, SIDE), Image.Resampling.BICUBIC).save(path)
    return path


def test_a_cached_view_is_the_products_view(tmp_path):
    path = smooth_film(tmp_path / "a.png", 1)
    films = open_films([path], SPEC, tmp_path / "cache")
    product = model_input([grey_image(np.asarray(Image.open(path)))], SPEC)[0]
    assert np.abs(films.view(path) - product).max() < 0.02  # half an 8-bit level over std


def test_the_cache_is_used_again_and_not_for_other_films(tmp_path):
    path = smooth_film(tmp_path / "a.png", 1)
    open_films([path], SPEC, tmp_path / "cache")
    open_films([path, path], SPEC, tmp_path / "cache")
    assert len(list((tmp_path / "cache").iterdir())) == 1
    smooth_film(tmp_path / "a.png", 2).touch()
    open_films([path], SPEC, tmp_path / "cache")
    open_films([path], PreprocessSpec(low_percentile=2.0), tmp_path / "cache")
    assert len(list((tmp_path / "cache").iterdir())) == 3


def test_a_broken_film_is_named_and_leaves_no_half_cache(tmp_path):
    path = tmp_path / "broken.png"
    path.write_bytes(b"no picture")
    with pytest.raises(DamagedFileError, match=r"broken\.png"):
        open_films([path], SPEC, tmp_path / "cache")
    assert not list((tmp_path / "cache").iterdir())
