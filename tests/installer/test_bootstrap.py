"""Set-up takes the right Python, repairs what is half made, and fails in a sentence."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

HERE = (sys.version_info.major, sys.version_info.minor)
pytestmark = pytest.mark.skipif(os.name == "nt", reason="stands on shell scripts")


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder on the path, empty but for the shell's own."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("HOME", str(tmp_path))
    return folder


def script(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def test_the_newest_python_that_starts_is_taken(
    bootstrap: ModuleType, programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "PYTHONS", ((3, 99), (3, 98), (3, 97)))
    script(programs, "python3.99", "echo 'not installed' >&2; exit 127")  # a shim
    wanted = script(programs, "python3.98", "echo 3 98")
    script(programs, "python3.97", "echo 3 97")
    assert bootstrap.choose_python("") == [wanted]


def test_python3_is_asked_for_its_version(bootstrap: ModuleType, programs: Path) -> None:
    wanted = script(programs, "python3", "echo 3 14")
    assert bootstrap.choose_python("") == [wanted]


def test_an_environment_that_works_is_kept(bootstrap: ModuleType, programs: Path) -> None:
    script(programs, "python3.14", "echo 3 14")
    kept = script(bootstrap.VENV, "bin/python", "echo 3 12")
    assert bootstrap.choose_python("") == [kept]


def test_the_python_that_was_named_is_taken(bootstrap: ModuleType, programs: Path) -> None:
    script(programs, "python3.14", "echo 3 14")
    named = script(programs, "python3.12", "echo 3 12")
    assert bootstrap.choose_python(named) == [named]
    with pytest.raises(bootstrap.SetUpError, match="PYTHON=python2 is not one"):
        bootstrap.choose_python("python2")


def test_without_a_python_the_line_that_brings_one_is_said(
    bootstrap: ModuleType, programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "PYTHONS", ((3, 98), (3, 97)))
    with pytest.raises(bootstrap.SetUpError, match="uv python install"):
        bootstrap.choose_python("")
    script(programs, "apt-cache", '[ "$2" = python3.97-venv ]')
    with pytest.raises(bootstrap.SetUpError, match=r"apt-get install -y python3\.97 python3\.97"):
        bootstrap.choose_python("")


def test_an_environment_without_pip_counts_as_half_made(bootstrap: ModuleType) -> None:
    make = [sys.executable, "-m", "venv", "--without-pip", str(bootstrap.VENV)]
    subprocess.run(make, check=True)
    half_made = [str(bootstrap.python())]
    assert bootstrap.version_of(half_made) == HERE
    assert bootstrap.version_of(half_made, bootstrap.ASK_VERSION) is None


@pytest.mark.slow
def test_a_half_made_environment_is_repaired(bootstrap: ModuleType) -> None:
    make = [sys.executable, "-m", "venv", "--without-pip", str(bootstrap.VENV)]
    subprocess.run(make, check=True)
    bootstrap.make_environment()
    assert bootstrap.version_of([str(bootstrap.python())], bootstrap.ASK_VERSION) == HERE


def test_apt_without_rights_or_network_says_so_and_set_up_goes_on(
    bootstrap: ModuleType,
    programs: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    script(programs, "apt-get", "echo 'E: Unable to fetch some archives' >&2; exit 100")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    bootstrap.install_system_packages(["libegl1"])
    said = capsys.readouterr().err
    assert "could not be installed: Unable to fetch some archives" in said
    assert "apt-get install -y --no-install-recommends libegl1" in said


def test_pip_without_the_package_ends_in_a_sentence(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "python", lambda: Path(sys.executable))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(bootstrap.SetUpError, match="not in the index or the folder of wheels"):
        bootstrap.pip("install", "a-package-that-nobody-has")
    assert "a-package-that-nobody-has" in bootstrap.LOG.read_text("utf-8")


def test_a_package_with_another_hash_is_refused(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    (wheels / "swapped-1.0-py3-none-any.whl").write_bytes(b"not what was locked")
    wanted = tmp_path / "wanted.txt"
    wanted.write_text(f"swapped==1.0 --hash=sha256:{'0' * 64}\n")
    monkeypatch.setattr(bootstrap, "python", lambda: Path(sys.executable))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    with pytest.raises(bootstrap.SetUpError, match="not the one that was tested"):
        bootstrap.pip("install", "--dry-run", "-r", str(wanted))


def test_an_unexpected_failure_of_the_system_is_a_sentence_too(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_named: str) -> None:
        raise OSError(28, "No space left on device", ".venv")

    monkeypatch.setattr(bootstrap, "choose_python", fail)
    assert bootstrap.main(["run"]) == 1
    assert "No space left on device: .venv" in capsys.readouterr().err


def test_the_card_is_used_only_if_asked(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, ...]] = []
    monkeypatch.setattr(bootstrap, "pip", lambda *words: asked.append(words))
    monkeypatch.delenv("GPU", raising=False)
    assert bootstrap.wanted_runtime() == "cpu"
    monkeypatch.setenv("GPU", "1")
    assert bootstrap.wanted_runtime() == "gpu"
    # Both cannot stand side by side.
    assert asked == [("uninstall", "-y", "onnxruntime")]
