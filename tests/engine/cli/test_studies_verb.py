"""`studies` and `inspect`: what becomes of each file, as objects that another program can check."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)
from testkit.dicom_files import chest_like, write_film
from testkit.presentation_states import write_state
from testkit.prior_documents import own_report, write_document

from engine.cli.main import main
from engine.dicom.file_facts import no_facts

STUDY = {"StudyInstanceUID": "1.2.3", "SeriesInstanceUID": "1.2.3.4"}


def _objects(capsys: pytest.CaptureFixture[str], *words: object) -> list[dict[str, Any]]:
    main([str(word) for word in words])
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def _film(path: Path, number: int, **elements: Any) -> Path:
    uid = f"1.2.3.4.{number}"
    return write_film(path, SOPInstanceUID=uid, InstanceNumber=number, **{**STUDY, **elements})


def test_films_hang_in_order_and_each_says_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _film(tmp_path / "raw.dcm", 1, PresentationIntentType="FOR PROCESSING")
    _film(tmp_path / "oblique.dcm", 2, ViewPosition="LAO")
    _film(tmp_path / "lateral.dcm", 3, ViewPosition="LL")
    _film(tmp_path / "frontal.dcm", 4)
    (tmp_path / "letter.txt").write_text("not a film")
    (study,) = _objects(capsys, "studies", tmp_path, "--json")
    assert [(Path(film["path"]).stem, film["reason"]) for film in study["films"]] == [
        ("frontal", "the first frontal film"),
        ("lateral", "the first lateral film"),
        ("oblique", "by its series and number"),
        ("raw", "by its series and number; raw data for processing"),
    ]
    assert [Path(film["path"]).stem for film in study["draft"]["films"]] == ["frontal", "lateral"]
    assert study["draft"]["reason"] is None
    (skipped,) = study["skipped"]
    assert (Path(skipped["name"]).name, skipped["reason"]) == (
        "letter.txt",
        "It is not a DICOM file.",
    )


def test_a_study_that_is_not_drafted_says_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _film(tmp_path / "raw.dcm", 1, PresentationIntentType="FOR PROCESSING")
    (study,) = _objects(capsys, "studies", tmp_path, "--json")
    assert study["draft"]["films"] == []
    assert "raw data for processing" in study["draft"]["reason"]
    assert main(["studies", str(tmp_path)]) == 0
    assert "no draft: The frontal film is raw data" in capsys.readouterr().out


def test_reports_and_states_stand_with_their_study(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _film(tmp_path / "film.dcm", 1)
    write_state(tmp_path / "state.dcm", "1.2.3.4.1", StudyInstanceUID="1.2.3", ImageRotation=45)
    write_document(tmp_path / "report.dcm", own_report(), StudyInstanceUID="1.2.9")
    with_films, without = _objects(capsys, "studies", tmp_path, "--json")
    (shown,) = with_films["presentation_states"]
    assert shown["films"] == [
        {
            "sop_uid": "1.2.3.4.1",
            "left_out": ["its rotation, which is not by right angles"],
            "error": None,
        }
    ]
    assert (without["study_uid"], without["films"]) == ("1.2.9", [])
    (document,) = without["documents"]
    assert document["lines"]


def test_a_folder_without_a_study_still_says_what_was_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "note.txt").write_text("not a film")
    assert main(["studies", str(tmp_path), "--json"]) == 1
    nothing = json.loads(capsys.readouterr().out)
    assert (nothing["study_uid"], len(nothing["skipped"])) == (None, 1)


def test_inspect_says_what_becomes_of_a_film(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = _film(
        tmp_path / "film.dcm",
        1,
        ViewPosition="AP PORTABLE",
        WindowCenter=["32768", "2000"],
        WindowWidth=["65536", "4000"],
    )
    (facts,) = _objects(capsys, "inspect", path, "--json")
    assert set(facts) == set(no_facts("", None))
    assert facts["notes"] == [
        "The file's own window leaves few greys of this film and was passed over."
    ]
    assert (facts["is_whole"], facts["patient_name"]) == (True, "Test, Ada")
    assert (facts["view"], facts["view_source"]) == ("frontal", "View Position")
    assert facts["presentation_intent"] == "FOR PRESENTATION"
    assert facts["spacing"] == {"row_mm": 0.14, "column_mm": 0.14, "kind": "detector plane"}
    assert [window["width"] for window in facts["windows"]] == [65536.0, 4000.0]
    assert (facts["shown"]["voi"]["width"], facts["shown"]["voi"]["is_of_file"]) == (4000.0, True)
    assert 0 <= facts["shown"]["least"] < 64
    assert 192 < facts["shown"]["most"] <= 255
    assert facts["model_greys"] > 1000


def test_inspect_says_what_the_header_says_of_a_film_that_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = _film(tmp_path / "film.dcm", 1)
    whole.write_bytes(whole.read_bytes()[:-5000])
    (facts,) = _objects(capsys, "inspect", whole, "--json")
    assert (facts["ok"], facts["is_whole"], facts["model_greys"]) == (False, False, None)
    assert facts["error"].endswith(".")
    assert (facts["patient_name"], facts["view"]) == ("Test, Ada", "frontal")
    assert facts["spacing"]["kind"] == "detector plane"
    assert (facts["shown"], facts["overlays"], facts["notes"]) == (None, None, [])


@pytest.mark.parametrize(
    ("syntax", "after", "named"),
    [
        (ExplicitVRLittleEndian, 256, "From row 201 of 256 on there are only zeros: a part"),
        (ImplicitVRLittleEndian, 230, "Rows 201 to 230 of 256 hold only zeros: a part"),
        (ExplicitVRBigEndian, 230, "Rows 201 to 230 of 256 hold only zeros: a part"),
        (
            DeflatedExplicitVRLittleEndian,
            256,
            "From row 201 of 256 on there are only zeros: a part",
        ),
    ],
)
def test_a_film_with_rows_that_were_never_written_is_shown_and_not_drafted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], syntax: str, after: int, named: str
) -> None:
    samples = np.maximum(chest_like(), 1)
    samples[200:after] = 0
    _film(tmp_path / "film.dcm", 1, samples=samples, transfer_syntax=syntax)
    (facts,) = _objects(capsys, "inspect", tmp_path / "film.dcm", "--json")
    assert (facts["ok"], facts["is_whole"], facts["model_greys"]) == (True, False, None)
    assert facts["notes"] == [f"{named} may be missing."]
    (study,) = _objects(capsys, "studies", tmp_path, "--json")
    reason = f"The frontal film may not be whole; a draft needs all of it. {named} may be missing."
    assert (study["draft"]["films"], study["draft"]["reason"]) == ([], reason)
    assert study["films"][0]["is_whole"] is False


@pytest.mark.parametrize(
    "elements",
    [
        {"PresentationIntentType": "FOR PROCESSING"},
        {"ViewPosition": "LAO"},
        {"Modality": "CT"},
        {"BodyPartExamined": "HAND"},
    ],
)
def test_the_model_gets_no_greys_of_what_is_not_drafted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], elements: dict[str, Any]
) -> None:
    (facts,) = _objects(capsys, "inspect", _film(tmp_path / "film.dcm", 1, **elements), "--json")
    assert (facts["ok"], facts["model_greys"]) == (True, None)


def test_inspect_reads_pictures_and_names_the_patient_of_a_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.fromarray((chest_like() // 16).astype(np.uint8)).save(tmp_path / "a.png")
    write_document(tmp_path / "b.dcm", own_report())
    picture, other = _objects(capsys, "inspect", tmp_path, "--json")
    assert (picture["ok"], picture["transfer_syntax"], picture["rows"]) == (True, "PNG", 256)
    assert (picture["patient_name"], picture["model_greys"]) == (None, None)
    assert (other["ok"], other["is_whole"]) == (False, None)
    assert other["patient_name"] == "Test, Ada"
