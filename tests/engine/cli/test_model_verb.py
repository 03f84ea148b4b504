"""`negatoscope model`: imported by one command, used by the next, taken back by a third."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from testkit.tiny_bundle import write_tiny_bundle

from engine import paths
from engine.cli.main import main
from engine.inference.manifest import manifest_sha256, write_manifest
from engine.inference.pack import write_pack


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(paths.HOME_VARIABLE, str(tmp_path / "home"))
    write_tiny_bundle(tmp_path / "installed")
    monkeypatch.setattr(paths, "model_bundle", lambda: tmp_path / "installed")
    return tmp_path


def test_a_pack_is_imported_used_and_taken_back(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = home / "made"
    manifest = write_tiny_bundle(made, says="no pleural effusion .")
    write_manifest(made, replace(manifest, version="1.0"))
    write_pack(made, home / "model.zip")

    assert main(["model", "import", str(home / "model.zip"), "--demo"]) == 0
    told = capsys.readouterr()
    assert "Trying the model: 1 of 8" in told.err
    assert "It wrote the same about all 8 demo studies." in told.out
    assert told.err.splitlines()[-1].endswith("negatoscope model use tiny-1.0")

    assert main(["model", "use", "tiny-1.0", "--demo", "--json"]) == 0
    used = json.loads(capsys.readouterr().out)
    assert (used["is_used"], used["sha256"]) == (True, manifest_sha256(made))
    film = paths.demo_studies() / "osei-2026-03-18.dcm"
    assert main(["draft", str(film), "--demo", "--json"]) == 0
    drafted = json.loads(capsys.readouterr().out)
    assert drafted["bundle"] == "tiny 1.0"
    assert [one["text"] for one in drafted["sentences"]] == ["No pleural effusion."]

    assert main(["model", "back", "--demo"]) == 0
    capsys.readouterr()
    assert main(["model", "list", "--demo"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("installed")
    assert lines[0].endswith("in use")
    assert lines[1].endswith("used before")


def test_what_is_no_pack_is_said_and_changes_nothing(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "film.dcm").write_bytes(b"no pack")
    assert main(["model", "import", str(home / "film.dcm"), "--demo"]) == 1
    assert capsys.readouterr().err.splitlines()[-1] == (
        "This file is not a model pack: it is no ZIP archive. "
        "Name the pack's ZIP file, or the folder with its files."
    )
    assert main(["model", "import", str(home / "nothing.zip"), "--demo"]) == 1
    assert capsys.readouterr().err.splitlines()[-1].startswith("There is no such file or folder")


def test_the_computers_settings_name_a_model(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = write_tiny_bundle(home / "ours")
    write_manifest(home / "ours", replace(manifest, version="7.0"))
    (home / "computer.json").write_text(json.dumps({"model_pack": str(home / "ours")}))
    monkeypatch.setattr("engine.settings.machine_settings_file", lambda: home / "computer.json")
    assert main(["model", "list", "--demo"]) == 0
    assert "tiny 7.0" in capsys.readouterr().out
    (home / "home" / "settings.json").write_text(json.dumps({"model_pack": "/elsewhere"}))
    assert main(["model", "list", "--demo"]) == 0
    assert "tiny 7.0" in capsys.readouterr().out
    assert main(["verify-model"]) == 0
    assert capsys.readouterr().out.startswith("tiny 7.0: ")
