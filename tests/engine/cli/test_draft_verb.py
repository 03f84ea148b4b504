"""`draft`: what is refused before and after the model, and where the documents go."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from testkit.dicom_files import write_film
from testkit.tiny_bundle import write_tiny_bundle

from engine import paths
from engine.cli.main import main

UID = "1.2.826.0.1.3680043.8.498.1"


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with a small model; returns the folder for the films."""
    write_tiny_bundle(tmp_path / "bundle")
    monkeypatch.setenv(paths.HOME_VARIABLE, str(tmp_path / "home"))
    monkeypatch.setattr(paths, "model_bundle", lambda: tmp_path / "bundle")
    monkeypatch.setattr(paths, "demo_studies", lambda: tmp_path / "no-demo")
    (tmp_path / "films").mkdir()
    return tmp_path / "films"


@pytest.mark.filterwarnings("ignore:Invalid value for VR UI")
def test_no_uid_leads_out_of_the_folder_of_documents(room: Path) -> None:
    for number, uid in enumerate([UID, "../../stray", "/stray"]):
        write_film(room / f"{number}.dcm", StudyInstanceUID=uid)
    out = room.parent / "a" / "b"
    assert main(["draft", str(room), "--demo", "--pdf", str(out)]) == 0
    assert {path.parent for path in room.parent.rglob("*.pdf")} == {out}
    assert len(list(out.iterdir())) == 3
    assert (out / f"{UID}.pdf").exists()


def test_one_document_for_several_studies_is_refused(
    room: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(2):
        write_film(room / f"{number}.dcm", StudyInstanceUID=f"{UID}.{number}")
    assert main(["draft", str(room), "--demo", "--pdf", str(room / "out.pdf")]) == 1
    assert "Name a folder" in capsys.readouterr().err
    assert not (room / "out.pdf").exists()


def test_a_document_that_cannot_be_written_is_a_sentence_for_its_study(
    room: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_film(room / "film.dcm")
    occupied = room / "film.dcm" / "documents"
    assert main(["draft", str(room), "--demo", "--json", "--pdf", str(occupied)]) == 1
    out, err = capsys.readouterr()
    assert json.loads(out)["error"] == "The folder for the documents cannot be made."
    assert err.startswith("The folder for the documents cannot be made.")


def test_a_film_named_by_a_link_is_drafted(room: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_film(room / "film.dcm", StudyInstanceUID=UID)
    (room / "link").symlink_to(room / "film.dcm")
    assert main(["draft", str(room / "link"), "--demo", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["study_uid"] == UID
