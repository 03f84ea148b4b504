"""Copies that were cut short: told apart without decoding, and never shown in place of the film."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    generate_uid,
)
from testkit.dicom_data import real_files
from testkit.dicom_files import chest_like, write_film
from testkit.workspaces import open_store

from engine.dicom.completeness import is_whole
from engine.dicom.reader import read_header
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


def whole(content: bytes) -> bool:
    stream = io.BytesIO(content)
    return is_whole(stream, read_header(stream))


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize("cut", [1, 9, 3000])
def test_a_cut_film_is_told_from_a_whole_one(tmp_path: Path, syntax: str, cut: int) -> None:
    content = write_film(tmp_path / "a.dcm", transfer_syntax=syntax).read_bytes()
    assert whole(content)
    assert not whole(content[:-cut])


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
            reason = "It is cut short; another copy of the same image was taken."
            assert [(s.name, s.reason) for s in result.skipped] == [(str(bad), reason)]
        else:
            for one in sorted((bad, good)):
                result = library.add([one])
        (image,) = result.studies[0].images
        assert image.path == good
        assert np.array_equal(library.pixels(image).samples, samples)
