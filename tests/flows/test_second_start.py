"""A second start of the program: the window that is there comes forward, with the films (R15)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from testkit.reading_room import ReadingRoom

from engine import paths
from engine.services.window_calls import WindowCalls
from viewer.main import answer
from viewer.tasks.calls import CallWatch

ROOT = Path(__file__).resolve().parents[2]


def test_r15_a_second_start_raises_the_first_window_and_leaves(
    room: ReadingRoom, demo_root: Path, monkeypatch
) -> None:
    calls = WindowCalls()
    assert calls.claim(demo_root)
    asked: list[object] = []
    monkeypatch.setattr(room.desk, "open_paths", asked.append)
    CallWatch(calls, room.window).called.connect(lambda films: answer(room.window, films))
    room.window.showMinimized()
    film = next(paths.demo_studies().glob("*.dcm"))
    command = [sys.executable, "-m", "viewer.main", "--demo", "--workspace", str(demo_root)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([*command, str(film)], env=environment, cwd=ROOT) as second:
        room.wait(lambda: second.poll() is not None)
        room.wait(lambda: bool(asked))
    assert second.returncode == 0
    assert asked == [(film,)]
    assert room.window.isVisible()
    assert not room.window.isMinimized()
    calls.release()
