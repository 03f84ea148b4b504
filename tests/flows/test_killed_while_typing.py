"""kill -9 while somebody types in the real window: at most the last 2 s are lost (R03)."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from engine.domain.report import Section
from engine.services.workspace import Workspace

ROOT = Path(__file__).resolve().parents[2]
LOST_SECONDS = 2.0
PATIENCE_SECONDS = 120


def typed_until(journal, moment):
    """What was typed up to that moment."""
    letters = []
    for line in journal.read_text().splitlines():
        typed_at, _, code = line.partition(" ")
        if code and float(typed_at) <= moment:
            letters.append(chr(int(code)))
    return "".join(letters)


def kill_while_typing(workspace, journal, seconds_of_typing):
    """Start the viewer, let it type that long, kill it; returns the moment of the kill."""
    paths = [str(ROOT), str(ROOT / "tests" / "support")]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(paths),
        "QT_QPA_PLATFORM": "offscreen",
        "NEGATOSCOPE_HOME": str(workspace.parent),
    }
    command = [sys.executable, "-m", "testkit.typist", str(workspace), str(journal)]
    with (workspace.parent / "typist.log").open("ab") as log:
        viewer = subprocess.Popen(command, env=environment, stderr=log)
    started = time.time()
    while not journal.exists() or not journal.stat().st_size:
        assert viewer.poll() is None, "the viewer ended before anything was typed"
        assert time.time() - started < PATIENCE_SECONDS, "nothing was typed"
        time.sleep(0.02)
    time.sleep(seconds_of_typing)
    moment = time.time()
    viewer.send_signal(signal.SIGKILL)
    viewer.wait()
    return moment


def found_after_the_kill(workspace):
    """Open the workspace as the next start would; returns the findings, checked and verified."""
    with Workspace.open_demo(workspace) as opened:
        check = opened.verify()
        assert not check.problems
        assert check.checks
        newest = opened.library.studies()[0]
        report = opened.reporting.open_for(newest.uid).report
    return " ".join(s.text for s in report.sentences if s.section is Section.FINDINGS)


def run(tmp_path, kills, seed):
    chance = random.Random(seed)  # noqa: S311  the moments of the kills
    for number in range(kills):
        workspace = tmp_path / f"kill-{number}" / "workspace"
        workspace.parent.mkdir()
        journal = tmp_path / f"kill-{number}.journal"
        killed_at = kill_while_typing(workspace, journal, chance.uniform(0.2, 6.0))
        must_be_there = typed_until(journal, killed_at - LOST_SECONDS)
        everything = typed_until(journal, killed_at)
        found = found_after_the_kill(workspace)
        assert found.startswith(must_be_there.rstrip()), f"kill {number} lost more than 2 s"
        assert everything.startswith(found.rstrip()), f"kill {number}: text that nobody typed"


@pytest.mark.timeout(600)
def test_three_kills_lose_at_most_two_seconds(tmp_path):
    run(tmp_path, kills=3, seed=11)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_twenty_kills_lose_at_most_two_seconds(tmp_path):
    run(tmp_path, kills=20, seed=12)
