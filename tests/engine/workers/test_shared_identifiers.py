"""Several files under one SOP Instance UID: copies are one film, other pixels are another film."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pydicom.uid import RLELossless
from testkit.dicom_files import chest_like, write_film

from engine.domain.study import ImageRef, ScanResult
from engine.workers.decode_client import DecodeClient

UIDS = {
    "SOPInstanceUID": "1.2.3.4.5",
    "SeriesInstanceUID": "1.2.3.4",
    "StudyInstanceUID": "1.2.3",
}


@pytest.fixture(scope="module")
def client() -> Iterator[DecodeClient]:
    with DecodeClient() as client:
        yield client


def _write(path: Path, seed: int, **elements: object) -> Path:
    return write_film(path, chest_like(64, 48, seed=seed), **{**UIDS, **elements})


def _films(result: ScanResult) -> dict[str, ImageRef]:
    return {image.path.name: image for study in result.studies for image in study.images}


def test_films_of_other_pixels_are_all_shown_and_say_so(
    client: DecodeClient, tmp_path: Path
) -> None:
    for seed, name in enumerate(("a.dcm", "b.dcm", "c.dcm")):
        _write(tmp_path / name, seed, ViewPosition="LL" if seed else "PA")
    shutil.copy(tmp_path / "b.dcm", tmp_path / "copy.dcm")
    result = client.scan([tmp_path])
    films = _films(result)
    assert set(films) == {"a.dcm", "b.dcm", "c.dcm"}
    assert films["a.dcm"].sop_uid == "1.2.3.4.5"
    assert len({film.sop_uid for film in films.values()}) == 3
    assert {film.uid_in_file for film in films.values()} == {"1.2.3.4.5"}
    assert [Path(skipped.name).name for skipped in result.skipped] == ["copy.dcm"]
    assert "same image" in result.skipped[0].reason
    for film in films.values():
        pixels = client.pixels(film)
        assert "same number" in pixels.notes[0]
    again = _films(client.scan([tmp_path]))
    assert {name: film.sop_uid for name, film in again.items()} == {
        name: film.sop_uid for name, film in films.items()
    }


def test_one_film_in_two_syntaxes_is_one_film(client: DecodeClient, tmp_path: Path) -> None:
    _write(tmp_path / "a.dcm", 0)
    _write(tmp_path / "b.dcm", 0, transfer_syntax=RLELossless)
    result = client.scan([tmp_path])
    assert list(_films(result)) == ["a.dcm"]
    assert _films(result)["a.dcm"].notes == ()
    assert "same image" in result.skipped[0].reason


def test_a_film_that_cannot_be_read_gives_way_to_one_that_can(
    client: DecodeClient, tmp_path: Path
) -> None:
    broken = _write(tmp_path / "a.dcm", 0, transfer_syntax=RLELossless)
    content = bytearray(broken.read_bytes())
    content[-900:-8] = bytes(892)
    broken.write_bytes(content)
    _write(tmp_path / "b.dcm", 0)
    result = client.scan([tmp_path])
    assert list(_films(result)) == ["b.dcm"]
    assert "damaged" in result.skipped[0].reason


def test_the_studies_that_are_told_while_the_scan_goes_on_come_to_hold_all(
    client: DecodeClient, tmp_path: Path
) -> None:
    for seed, name in enumerate(("a.dcm", "b.dcm")):
        _write(tmp_path / name, seed)
    told: dict[str, int] = {}
    client.scan(
        [tmp_path],
        on_found=lambda studies: told.update({one.uid: len(one.images) for one in studies}),
    )
    assert told == {"1.2.3": 2}


def test_films_of_several_patients_stay_apart(client: DecodeClient, tmp_path: Path) -> None:
    _write(tmp_path / "a.dcm", 0, PatientID="1", PatientName="One^Ann")
    _write(tmp_path / "b.dcm", 1, PatientID="2", PatientName="Two^Ben")
    result = client.scan([tmp_path])
    assert len(result.studies) == 2
    assert np.unique([image.shared_uid for image in _films(result).values()]).tolist() == [""]
