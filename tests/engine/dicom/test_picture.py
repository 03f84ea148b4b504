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
        (study,) = client.scan([folder]).studies
        assert not study.images[0].is_picture
        (study,) = client.scan([logo]).studies
        assert study.images[0].is_picture
        np.testing.assert_array_equal(client.pixels(study.images[0]).samples, GREY)
    with pytest.raises(NoSuitableFilmError):
        choose_films(study)
