"""A second start finds the first window, and only that."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.paths import HOME_VARIABLE
from engine.services.window_calls import WindowCall, WindowCalls, call_first_window

HOLD = """
import sys
from pathlib import Path
from engine.services.window_calls import WindowCalls
calls = WindowCalls()
print(calls.claim(Path(sys.argv[1])), flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "home"))
    return tmp_path


@pytest.fixture
def window() -> Iterator[Callable[[], WindowCalls]]:
    """Makes windows, which are gone after the test."""
    made: list[WindowCalls] = []

    def make() -> WindowCalls:
        made.append(WindowCalls())
        return made[-1]

    yield make
    for one in made:
        one.release()


def test_r15_a_call_brings_its_films_to_the_window_of_that_workspace(
    home: Path, window: Callable[[], WindowCalls]
) -> None:
    first, other = window(), window()
    assert first.claim(home / "workspace")
    assert other.claim(home / "other")
    assert first.take() is None
    films = (home / "Zebulon \udcff.dcm", Path("here.dcm"))
    taken: list[WindowCall | None] = []

    def wait(_seconds: float) -> None:
        assert other.take() is None
        taken.append(first.take())

    assert call_first_window(home / "workspace", WindowCall(films=films, accession="A1"), wait)
    whole = (films[0], Path.cwd() / "here.dcm")
    assert taken == [WindowCall(films=whole, accession="A1")]
    assert not [p for p in (home / "home").rglob("*") if "Zebulon" in p.name]


def test_r15_a_window_that_does_not_answer_is_not_waited_for_for_ever(
    home: Path, window: Callable[[], WindowCalls]
) -> None:
    silent = window()
    assert silent.claim(home / "workspace")
    assert not call_first_window(home / "workspace", WindowCall(), lambda _seconds: None)
    assert silent.take() is None, "a call that nobody waits for any more is taken back"


def test_r15_a_call_that_cannot_be_read_still_brings_the_window(
    home: Path, window: Callable[[], WindowCalls]
) -> None:
    first = window()
    assert first.claim(home / "workspace")
    (lock,) = (home / "home" / "windows").glob("*.lock")
    lock.with_suffix(".call").write_bytes(b"[")
    assert first.take() == WindowCall()
    assert first.take() is None


def test_r15_after_a_kill_the_next_start_is_the_first(
    home: Path, window: Callable[[], WindowCalls]
) -> None:
    command = [sys.executable, "-c", HOLD, str(home / "workspace")]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "True\n"
        assert not window().claim(home / "workspace")
        holder.kill()
        holder.wait()
    assert window().claim(home / "workspace")
