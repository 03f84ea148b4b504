"""Copies that were cut short: told apart without decoding, and never shown in place of the film."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    RLELossless,
    generate_uid,
)
from testkit.dicom_data import real_files
from testkit.dicom_files import chest_like, write_film
from testkit.workspaces import open_store

from engine.dicom.completeness import is_whole
from engine.dicom.pixels import pixel_image
from engine.dicom.reader import read_header, read_whole
from engine.domain.film_choice import may_be_drafted
from engine.errors import InputError
from engine.services.library import Library
from engine.workers.decode_client import DecodeClient

SYNTAXES = [
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    ExplicitVRBigEndian,
    JPEGLosslessSV1,
    JPEG2000Lossless,
]

COMPRESSED = SYNTAXES[3:]


def whole(content: bytes) -> bool:
    stream = io.BytesIO(content)
    return is_whole(stream, read_header(stream))


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize("cut", [1, 9, 12, 3000])
def test_a_cut_film_is_told_from_a_whole_one(tmp_path: Path, syntax: str, cut: int) -> None:
    content = write_film(tmp_path / "a.dcm", transfer_syntax=syntax).read_bytes()
    assert whole(content)
    # Only the closing delimiter: nothing of the film.
    lacks_delimiter = syntax in COMPRESSED and cut < 9
    assert whole(content[:-cut]) == lacks_delimiter


@pytest.mark.parametrize("syntax", COMPRESSED)
def test_bytes_behind_the_end_mark_take_nothing_from_a_film(tmp_path: Path, syntax: str) -> None:
    path = write_film(tmp_path / "a.dcm", transfer_syntax=syntax)
    film = dcmread(path)
    (stream,) = generate_frames(film.PixelData, number_of_frames=1)
    film.PixelData = encapsulate([stream + b"\x12\x34" * 20])
    film.save_as(path)
    assert whole(path.read_bytes())


@pytest.mark.filterwarnings("ignore:Expected implicit VR")
def test_a_film_that_announces_the_other_kind_of_vrs_is_whole(tmp_path: Path) -> None:
    small = chest_like(16, 16)
    content = write_film(tmp_path / "a.dcm", small).read_bytes()
    implicit = ImplicitVRLittleEndian.ljust(len(ExplicitVRLittleEndian) + 1, "\0")
    announced = f"{ExplicitVRLittleEndian}\0".encode()
    assert whole(content.replace(announced, implicit.encode(), 1))


def test_a_deflated_film_that_opens_is_whole(tmp_path: Path) -> None:
    syntax = DeflatedExplicitVRLittleEndian
    assert whole(write_film(tmp_path / "a.dcm", transfer_syntax=syntax).read_bytes())


def test_real_films_are_whole() -> None:
    cut_short = []
    for path in real_files():
        with path.open("rb") as stream:
            try:
                header = read_header(stream)
            except InputError:
                continue
            if "Rows" in header and not is_whole(stream, header):
                cut_short.append(path.name)
    assert cut_short == []


@pytest.mark.parametrize("order", ["bad first", "good first"])
@pytest.mark.parametrize("at_once", [True, False])
def test_the_good_copy_wins_and_the_bad_one_is_named(
    tmp_path: Path, order: str, *, at_once: bool
) -> None:
    names = ("a.dcm", "b.dcm") if order == "bad first" else ("b.dcm", "a.dcm")
    uids = {k: generate_uid() for k in ("SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID")}
    films = tmp_path / "films"
    samples = chest_like(64, 48)
    bad = write_film(films / names[0], samples, **uids)
    good = write_film(films / names[1], samples, **uids)
    bad.write_bytes(bad.read_bytes()[:-1000])
    with open_store(tmp_path / "home") as store, DecodeClient() as client:
        library = Library(store, lambda: client)
        if at_once:
            result = library.add([films])
            reason = "It is cut short or damaged; another copy of the same image was taken."
            assert [(s.name, s.reason) for s in result.skipped] == [(str(bad), reason)]
        else:
            for one in sorted((bad, good)):
                result = library.add([one])
        (image,) = result.studies[0].images
        assert image.path == good
        assert np.array_equal(library.pixels(image).samples, samples)


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_a_file_that_lacks_a_frame_shows_the_others_and_says_so(
    tmp_path: Path, syntax: str
) -> None:
    frames = np.stack([chest_like(64, 48, seed=seed) for seed in range(3)])
    path = write_film(tmp_path / "a.dcm", frames, transfer_syntax=syntax)
    assert whole(path.read_bytes())
    dataset = dcmread(path)
    if syntax in COMPRESSED:
        kept = list(generate_frames(dataset.PixelData, number_of_frames=3))[:2]
        dataset.PixelData = encapsulate(kept, has_bot=True)
    else:
        dataset.PixelData = dataset.PixelData[: 2 * 64 * 48 * 2]
    dataset.save_as(path)
    assert not whole(path.read_bytes())
    with path.open("rb") as stream:
        read = read_whole(stream)
    for index in range(2):
        image = pixel_image(read, index)
        np.testing.assert_array_equal(image.samples, frames[index])
        lacks = "The file lacks 1 of the 3 pictures that it should hold"
        assert image.notes == (f"{lacks}; this is number {index + 1}.",)
    with pytest.raises(InputError):
        pixel_image(read, 2)


def test_a_film_that_lacks_a_frame_is_listed_and_never_drafted(tmp_path: Path) -> None:
    path = write_film(tmp_path / "a.dcm", np.stack([chest_like(64, 48)] * 2))
    dataset = dcmread(path)
    dataset.PixelData = dataset.PixelData[: 64 * 48 * 2]
    dataset.save_as(path)
    with DecodeClient() as client:
        (study,) = client.scan([path]).studies
    (film,) = study.images
    assert not may_be_drafted(film)


def test_more_frames_than_the_header_names_are_said(tmp_path: Path) -> None:
    frames = np.stack([chest_like(64, 48)] * 3)
    for named, note in (
        (None, "The file holds 3 pictures and names one; it is the first."),
        (2, "The file holds more pictures than the 2 that its header names."),
    ):
        path = write_film(tmp_path / "a.dcm", frames, NumberOfFrames=named)
        with path.open("rb") as stream:
            assert pixel_image(read_whole(stream)).notes[0] == note


@pytest.mark.parametrize("syntax", [JPEG2000Lossless, JPEGLosslessSV1])
def test_a_stream_of_another_kind_needs_no_end_mark(tmp_path: Path, syntax: str) -> None:
    coded = dcmread(write_film(tmp_path / "a.dcm", transfer_syntax=RLELossless))
    coded.file_meta.TransferSyntaxUID = syntax
    coded.save_as(tmp_path / "b.dcm")
    content = (tmp_path / "b.dcm").read_bytes()
    assert whole(content)
    assert not whole(content[:-3000])
