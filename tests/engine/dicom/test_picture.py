"""Pictures as films: only when named, never of anybody, never in millimetres, never drafted."""

import io

import numpy as np
import pytest
from PIL import Image
from testkit.dicom_files import write_film

from engine.dicom.picture import found_picture, picture_pixels
from engine.domain.film_choice import choose_films
from engine.errors import (
    DamagedFileError,
    LimitExceededError,
    NoSuitableFilmError,
    NotDicomError,
)
from engine.workers.decode_client import DecodeClient

GREY = np.arange(48, dtype=np.uint8).reshape(6, 8)


def encoded(kind, picture=None):
    stream = io.BytesIO()
    (Image.fromarray(GREY) if picture is None else picture).save(stream, kind)
    return stream.getvalue()


def test_a_picture_names_nobody_and_has_no_scale(tmp_path):
    for kind in ("PNG", "JPEG"):
        found = found_picture(io.BytesIO(encoded(kind)), tmp_path / "Doe Jane.png")
        assert found.image.is_picture
        assert found.image.spacing is None
        assert found.image.lossy is (kind == "JPEG")
        assert (found.patient.patient_id, found.patient.name) == ("", "")
        assert "Doe" not in found.study_description


def test_the_greys_of_a_png_are_its_own_and_colours_become_grey():
    content = encoded("PNG")
    uid = found_picture(io.BytesIO(content), "x").image.sop_uid
    np.testing.assert_array_equal(picture_pixels(io.BytesIO(content), uid).samples, GREY)
    red = encoded("PNG", Image.new("RGB", (4, 4), "red"))
    uid = found_picture(io.BytesIO(red), "x").image.sop_uid
    assert picture_pixels(io.BytesIO(red), uid).samples.max() == 76
    with pytest.raises(DamagedFileError, match="changed"):
        picture_pixels(io.BytesIO(content), uid)


def pixels_of(content):
    found = found_picture(io.BytesIO(content), "x").image
    pixels = picture_pixels(io.BytesIO(content), found.sop_uid)
    assert (found.rows, found.columns) == pixels.samples.shape
    assert found.bits_stored == pixels.bits_stored
    return pixels


def test_sixteen_bits_of_grey_are_kept():
    """Pillow's own way to eight bits shows everything above level 255 white."""
    deep = np.linspace(0, 65535, 48).astype(np.uint16).reshape(6, 8)
    pixels = pixels_of(encoded("PNG", Image.fromarray(deep)))
    np.testing.assert_array_equal(pixels.samples, deep)
    assert pixels.bits_stored == 16


# What has to be done to the stored rows so that the first shown row is the top (Exif 2.3, 274).
UPRIGHT = {
    1: lambda stored: stored,
    2: np.fliplr,
    3: lambda stored: np.rot90(stored, 2),
    4: np.flipud,
    5: np.transpose,
    6: lambda stored: np.rot90(stored, -1),
    7: lambda stored: np.rot90(stored, 2).T,
    8: np.rot90,
    99: lambda stored: stored,
}


@pytest.mark.parametrize("orientation", UPRIGHT)
@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_photograph_stands_as_its_exif_data_asks(kind, orientation):
    """A mirrored or lying film would swap its sides."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    blocks = np.kron(np.array([[10, 90, 170], [250, 60, 130]], np.uint8), np.ones((16, 16)))
    stream = io.BytesIO()
    Image.fromarray(blocks.astype(np.uint8)).save(stream, kind, exif=exif)
    shown = pixels_of(stream.getvalue()).samples[8::16, 8::16]
    stored = blocks[8::16, 8::16]
    np.testing.assert_allclose(shown, UPRIGHT[orientation](stored), atol=3)


def test_exif_data_without_sense_turns_nothing():
    stream = io.BytesIO()
    Image.fromarray(GREY).save(stream, "PNG", exif=b"Exif\0\0MM\0*\xff\xff")
    np.testing.assert_array_equal(pixels_of(stream.getvalue()).samples, GREY)


def test_a_picture_of_absurd_size_is_too_large_not_damaged(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 20)
    with pytest.raises(LimitExceededError):
        found_picture(io.BytesIO(encoded("PNG")), "x")


def test_what_is_broken_too_large_or_no_picture_is_refused(monkeypatch):
    with pytest.raises(NotDicomError):
        found_picture(io.BytesIO(b"GIF89a......"), "x")
    with pytest.raises(DamagedFileError):
        found_picture(io.BytesIO(b"\x89PNG and nothing else"), "x")
    cut = encoded("PNG", Image.effect_noise((64, 64), 50))[:900]
    uid = found_picture(io.BytesIO(cut), "x").image.sop_uid
    with pytest.raises(DamagedFileError):
        picture_pixels(io.BytesIO(cut), uid)
    monkeypatch.setattr("engine.dicom.picture.MAX_PIXELS", 47)
    with pytest.raises(LimitExceededError):
        found_picture(io.BytesIO(encoded("PNG")), "x")


def test_only_a_named_picture_is_taken_and_no_draft_is_made_of_it(tmp_path):
    folder = tmp_path / "cd"
    write_film(folder / "film.dcm")
    logo = folder / "logo.png"
    logo.write_bytes(encoded("PNG"))
    with DecodeClient() as client:
        scanned = client.scan([folder])
        (study,) = scanned.studies
        assert not study.images[0].is_picture
        (skipped,) = scanned.skipped
        assert skipped.reason == "It is a picture, which opens only if it is chosen by itself."
        (study,) = client.scan([logo]).studies
        assert study.images[0].is_picture
        np.testing.assert_array_equal(client.pixels(study.images[0]).samples, GREY)
    with pytest.raises(NoSuitableFilmError):
        choose_films(study)
