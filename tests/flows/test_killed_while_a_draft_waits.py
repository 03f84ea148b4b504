"""kill -9 while a blind-first draft waits: nothing is lost, and nothing is shown early."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from testkit.blind_reader import ADDED, CHANGED, SAVED
from testkit.reading_room import ReadingRoom

from engine.domain.first_reading import FirstCall
from engine.domain.report import Section
from viewer.desk import Desk

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 180


@pytest.fixture
def killed(demo_root, small_model, tmp_path):
    """A workspace whose window was killed with a draft behind the question."""
    journal = tmp_path / "journal"
    command = [sys.executable, "-m", "testkit.blind_reader", demo_root, small_model, journal]
    paths = os.pathsep.join([str(ROOT), str(ROOT / "tests" / "support")])
    with (tmp_path / "reader.log").open("ab") as log:
        environment = {**os.environ, "PYTHONPATH": paths, "QT_QPA_PLATFORM": "offscreen"}
        viewer = subprocess.Popen(list(map(str, command)), env=environment, stderr=log)
    started = time.time()
    while not journal.exists():
        assert viewer.poll() is None, (tmp_path / "reader.log").read_text()
        assert time.time() - started < PATIENCE_SECONDS, "no draft came to wait"
        time.sleep(0.02)
    viewer.kill()
    viewer.wait()
    return demo_root


@pytest.mark.timeout(600)
def test_the_draft_waits_on_and_the_text_comes_back_with_its_difference(qtbot, killed, tmp_path):
    room = ReadingRoom(qtbot, tmp_path / "window.ini")
    shown_early = []

    def watch(desk: Desk) -> None:
        state = desk.report
        state.changed.connect(
            lambda: shown_early.append(
                state.report is not None and state.report.draft_id is not None
            )
        )

    room.context.desk_opened.connect(watch)
    room.open_demo(killed)
    panel = room.view.report
    room.wait(lambda: room.desk.blind.has_draft)
    assert panel.first_reading.isVisible()
    assert not any(shown_early)

    assert room.report.text(Section.FINDINGS) == f"{CHANGED} {ADDED}"
    told = panel.recovered.changes.text
    assert panel.recovered.isVisible()
    assert f"{ADDED}   new since the last save" in told
    assert f"{CHANGED}   changed since the last save" in told
    assert SAVED not in told

    (stored,) = room.desk.workspace.drafting.drafts(room.report.study_uid)
    panel.first_reading.say(FirstCall.ABNORMAL)
    room.wait(lambda: room.report.draft_id is not None)
    assert room.report.draft_id == stored.id
    assert room.report.first_reading.call is FirstCall.ABNORMAL
    assert f"{CHANGED} {ADDED}" in room.report.text(Section.FINDINGS)
    room.close()
