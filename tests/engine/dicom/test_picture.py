"""Pictures as films: only when named, never of anybody, never in millimetres, never drafted."""

import io
import zlib

import imagecodecs
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
    UnsupportedImageError,
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


def _sixteen(kind):
    """Encoded by another library, and the grey that it holds."""
    grey = np.linspace(0, 65535, 48).astype(np.uint16).reshape(6, 8)
    if kind == "RGB":
        content = imagecodecs.png_encode(np.dstack([grey, grey[::-1], grey[:, ::-1]]))
        wanted = 0.299 * grey + 0.587 * grey[::-1] + 0.114 * grey[:, ::-1]
        return content, np.rint(wanted)
    if kind == "RGBA":
        return imagecodecs.png_encode(np.dstack([grey] * 3 + [np.full_like(grey, 9)])), grey
    return imagecodecs.png_encode(np.dstack([grey, np.full_like(grey, 30_000)])), grey


@pytest.mark.parametrize("kind", ["LA", "RGB", "RGBA"])
def test_sixteen_bits_with_colours_or_alpha_are_kept(kind):
    content, wanted = _sixteen(kind)
    pixels = pixels_of(content)
    assert pixels.bits_stored == 16
    assert np.abs(pixels.samples - wanted.astype(float)).max() <= 1


def _noise(rows=96, columns=80):
    return np.random.default_rng(3).integers(0, 256, (rows, columns), dtype=np.uint8)


def _jpeg(**options):
    stream = io.BytesIO()
    Image.fromarray(_noise()).save(stream, "JPEG", quality=85, **options)
    return stream.getvalue()


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_rows": 1}])
@pytest.mark.parametrize("way", ["cut", "cut, end mark", "middle lost", "zeros"])
def test_half_a_jpeg_is_no_picture(options, way):
    whole = _jpeg(**options)
    pixels_of(whole)
    middle = len(whole) // 2
    broken = {
        "cut": whole[:middle],
        "cut, end mark": whole[:middle] + b"\xff\xd9",
        "middle lost": whole[:middle] + whole[middle + 400 :],
        "zeros": whole[:middle] + bytes(len(whole) - middle - 2) + b"\xff\xd9",
    }[way]
    uid = found_picture(io.BytesIO(broken), "x").image.sop_uid
    with pytest.raises(DamagedFileError, match=r"\.$"):
        picture_pixels(io.BytesIO(broken), uid)


def _with_half_of_the_rows(whole):
    """A PNG whose only data chunk is right by itself, but unpacks to too few rows."""
    at = whole.index(b"IDAT")
    end = at + 4 + int.from_bytes(whole[at - 4 : at], "big")
    rows = zlib.decompress(whole[at + 4 : end])
    body = b"IDAT" + zlib.compress(rows[: len(rows) // 2])
    length, check = len(body) - 4, zlib.crc32(body)
    return b"".join(
        [
            whole[: at - 4],
            length.to_bytes(4, "big"),
            body,
            check.to_bytes(4, "big"),
            whole[end + 4 :],
        ]
    )


@pytest.mark.parametrize("image", [_noise(8, 8), _noise(33, 21)])
@pytest.mark.parametrize("mode", ["L", "1", "P", "RGB", "LA", "RGBA"])
def test_a_whole_png_of_any_kind_opens(image, mode):
    assert (
        pixels_of(encoded("PNG", Image.fromarray(image).convert(mode))).samples.shape == image.shape
    )


def test_the_rows_of_an_interlaced_png_are_counted_pass_by_pass():
    rows = [
        _adam7_pass(width, height)
        for width, height in ((1, 1), (1, 1), (2, 1), (2, 2), (4, 2), (3, 4), (7, 3))
    ]
    whole, half = (_png(7, 7, b"".join(rows[:count]), interlaced=1) for count in (7, 5))
    assert pixels_of(whole).samples.shape == (7, 7)
    with pytest.raises(DamagedFileError):
        pixels_of(half)


def _adam7_pass(width, height):
    return b"".join(b"\0" + bytes([200] * width) for _ in range(height))


def _png(columns, rows, data, *, interlaced):
    head = columns.to_bytes(4, "big") + rows.to_bytes(4, "big") + bytes([8, 0, 0, 0, interlaced])
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(data)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")
        for kind, body in chunks
    )


@pytest.mark.parametrize(
    "encode",
    [
        imagecodecs.jpegls_encode,
        lambda samples: imagecodecs.jpeg8_encode(
            samples.astype(np.uint16), level=90, bitspersample=12
        ),
    ],
)
def test_a_jpeg_of_another_kind_is_called_what_it_is(encode):
    with pytest.raises(UnsupportedImageError, match="kind of JPEG that is not read here"):
        pixels_of(bytes(encode(_noise())))


@pytest.mark.parametrize("way", ["cut", "chunk lost", "zeros", "byte changed", "half of the rows"])
def test_half_a_png_is_no_picture(way):
    whole = encoded("PNG", Image.fromarray(_noise()))
    middle = len(whole) // 2
    broken = {
        "cut": whole[:middle],
        "chunk lost": whole[: whole.index(b"IEND") - 4],
        "zeros": whole[:middle] + bytes(200) + whole[middle + 200 :],
        "byte changed": whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
        "half of the rows": _with_half_of_the_rows(whole),
    }[way]
    uid = found_picture(io.BytesIO(broken), "x").image.sop_uid
    with pytest.raises(DamagedFileError, match=r"\.$"):
        picture_pixels(io.BytesIO(broken), uid)


def test_it_is_told_why_a_picture_is_not_drafted(tmp_path):
    path = tmp_path / "chest.png"
    path.write_bytes(encoded("PNG"))
    with DecodeClient() as client:
        (study,) = client.scan([path]).studies
    with pytest.raises(NoSuitableFilmError, match="picture, not a film"):
        choose_films(study)
