import numpy as np
import pytest
from PIL import Image

from engine.domain.bundle import PreprocessSpec
from engine.errors import DamagedFileError
from training.data.films import read_grey
from training.data.picture import film_samples

FILM = np.random.default_rng(3).integers(0, 256, (12, 9), dtype=np.uint8)


@pytest.mark.parametrize("name", ["a.png", "a.tif"])
def test_sixteen_bits_are_not_cut_off_at_255(tmp_path, name):
    Image.fromarray(FILM).save(tmp_path / "narrow.png")
    Image.fromarray(FILM.astype(np.uint16) * 257).save(tmp_path / name)
    samples = film_samples(tmp_path / name)
    assert samples.dtype == np.uint16
    assert np.array_equal(samples, FILM.astype(np.uint16) * 257)
    wide, narrow = (read_grey(tmp_path / n, PreprocessSpec()) for n in (name, "narrow.png"))
    assert np.allclose(wide, narrow)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA", "P"])
def test_colour_and_transparency_become_grey(tmp_path, mode):
    Image.fromarray(FILM).convert(mode).save(tmp_path / "a.png")
    assert np.array_equal(film_samples(tmp_path / "a.png"), FILM)


def test_a_turned_picture_is_turned_upright(tmp_path):
    marked = Image.Exif()
    marked[0x0112] = 6  # shown after a quarter turn clockwise
    Image.fromarray(np.rot90(FILM)).save(tmp_path / "a.png", exif=marked)
    assert np.array_equal(film_samples(tmp_path / "a.png"), FILM)


def test_exif_data_that_are_wrong_elsewhere_do_not_hide_the_film(tmp_path):
    marked = Image.Exif()
    marked[0x0112], marked[0x010F] = 6, "maker"
    # Words where the width of the picture should stand.
    wrong = marked.tobytes().replace(b"\x01\x0f\x00\x02", b"\x01\x00\x00\x02")
    Image.fromarray(np.rot90(FILM)).save(tmp_path / "a.png", exif=wrong)
    assert np.array_equal(film_samples(tmp_path / "a.png"), FILM)


def test_what_is_no_film_is_named(tmp_path):
    (tmp_path / "empty.jpg").write_bytes(b"")
    Image.fromarray(FILM.astype(np.float32)).save(tmp_path / "real.tif")
    Image.fromarray(FILM).save(tmp_path / "cut.png")
    (tmp_path / "cut.png").write_bytes((tmp_path / "cut.png").read_bytes()[:60])
    for name in ("empty.jpg", "real.tif", "cut.png"):
        with pytest.raises(DamagedFileError, match=name):
            film_samples(tmp_path / name)
