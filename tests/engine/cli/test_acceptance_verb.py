"""`negatoscope acceptance`: a folder in, figures and a sheet out, without a workspace."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from testkit.dicom_files import write_film
from testkit.tiny_bundle import write_tiny_bundle

from engine import paths
from engine.cli.main import main


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(paths.HOME_VARIABLE, str(tmp_path / "home"))
    write_tiny_bundle(tmp_path / "model", says="there is a large pleural effusion .")
    monkeypatch.setattr(paths, "model_bundle", lambda: tmp_path / "model")
    write_film(tmp_path / "films" / "x.dcm", PatientName="Quill^Ann", PatientID="Q-77")
    (tmp_path / "films" / "x.txt").write_text("Findings: There is a pleural effusion.")
    return tmp_path


def test_a_test_leaves_figures_a_sheet_and_nobodys_name(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet, kept = home / "sheet.pdf", home / "kept.jsonl"
    verb = ["acceptance", str(home / "films"), "--pdf", str(sheet), "--keep", str(kept)]
    assert main(verb) == 0
    told = capsys.readouterr()
    assert "Studies compared: 1 (1 with signed reports)." in told.out
    assert "Pleural Effusion                  1       1    1      0     0" in told.out
    assert "Drafting: 1 of 1 studies" in told.err
    assert sheet.read_bytes().startswith(b"%PDF")
    for name in ("Quill", "Q-77", "x.dcm"):
        assert name not in told.out + told.err + kept.read_text()
    assert not (home / "home" / "workspace").exists()

    assert main([*verb, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["model"] == "tiny 0.0"
    assert answer["figures"]["whole"]["f1"]["value"] == 1.0


def test_a_folder_that_is_not_there_is_a_sentence(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["acceptance", str(home / "elsewhere")]) == 1
    assert capsys.readouterr().err.startswith("There is no such folder.")
