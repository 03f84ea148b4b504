"""`negatoscope settings`: each value with its source; nobody overrides what is fixed."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path

import pytest

from engine import paths
from engine.cli.main import main


@pytest.fixture
def computer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The computer's file of settings, which a test may write."""
    monkeypatch.setenv(paths.HOME_VARIABLE, str(tmp_path / "home"))
    path = tmp_path / "etc" / "settings.json"
    path.parent.mkdir()
    monkeypatch.setattr("engine.settings.machine_settings_file", lambda: path)
    return path


def listed(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, tuple[object, str]]:
    assert main(["settings", "--json", *words]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return {row["name"]: (row["value"], row["source"]) for row in rows}


def test_each_value_says_where_it_comes_from(
    computer: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    computer.write_text(
        json.dumps({"institution": "St. Example", "lock_minutes": 5, "fixed": ["lock_minutes"]})
    )
    found = listed(capsys, "--set", "letterhead=Example Road 1\\nLondon", "--set", "advance=true")
    assert found["institution"] == ("St. Example", "this computer")
    assert found["lock_minutes"] == (5, "this computer, fixed")
    assert found["letterhead"] == ("Example Road 1\nLondon", "you")
    assert found["advance"] == (True, "you")
    assert found["theme"] == ("dark", "default")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("lock_minutes=30", "This setting is fixed for this computer."),
        ("lock_minutes=300", "The setting lock_minutes cannot have that value."),
        ("colour=pink", "There is no setting called colour."),
    ],
)
def test_what_cannot_be_set_is_refused_in_a_sentence(
    computer: Path, capsys: pytest.CaptureFixture[str], change: str, sentence: str
) -> None:
    computer.write_text('{"lock_minutes": 5, "fixed": ["lock_minutes"]}')
    assert main(["settings", "--set", change]) == 1
    assert sentence in capsys.readouterr().err
    assert listed(capsys)["lock_minutes"] == (5, "this computer, fixed")


def test_a_file_that_cannot_be_read_is_named(
    computer: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    computer.write_text("{")
    assert main(["settings"]) == 1
    said = capsys.readouterr()
    assert f"{computer} cannot be read and is not in force." in said.err
    assert str(paths.logs_dir()) in said.out


def test_the_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--version"])
    assert left.value.code == 0
    assert capsys.readouterr().out == f"Negatoscope {version('negatoscope')}\n"
