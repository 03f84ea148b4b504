"""A crash leaves a report without patient data, and the next start finds it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from engine.paths import HOME_VARIABLE, logs_dir
from engine.services.crash_report import CrashReport

_BEGIN = "from engine.services.crash_report import CrashReport\nreport, _ = CrashReport.begin()\n"
_ENDS = {
    "raise ValueError('Zebulon^Marker')": "ValueError",
    "import ctypes; name = 'Zebulon^Marker'; ctypes.string_at(0)": "Fatal Python error",
}


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path))


def run(code: str) -> int:
    done = subprocess.run(
        [sys.executable, "-c", _BEGIN + code], capture_output=True, check=False, timeout=60
    )
    return done.returncode


@pytest.mark.parametrize("end", _ENDS)
def test_r60_a_crash_is_reported_without_what_it_was_about(end: str) -> None:
    assert run(end) != 0
    assert run("assert _ is not None\nreport.end()") == 0
    (found,) = logs_dir().glob("crash-last.txt")
    words = found.read_text()
    assert _ENDS[end] in words
    assert "Zebulon" not in words
    assert found.stat().st_mode & 0o077 == 0
    assert run("assert _ is None\nreport.end()") == 0


def test_r60_a_run_that_ends_as_it_should_leaves_nothing() -> None:
    before = sys.excepthook
    report, found = CrashReport.begin()
    assert report is not None
    report.end()
    sys.excepthook = before
    assert found is None
    assert [path.stat().st_size for path in logs_dir().iterdir()] == [0]
