"""How soon typing is on the disk, where the disk takes its time."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

from testkit.workspaces import any_report

from engine.domain.report import Section
from viewer.state import report as states
from viewer.state.notices import Notices
from viewer.state.report import ReportState
from viewer.tasks.runner import TaskRunner


class SlowDisk:
    """A runner whose writes end when the test says so."""

    def __init__(self) -> None:
        self.begun = 0
        self._end: list[Callable[[object], None]] = []

    def change(self, _call: object, _changes: object, done: Callable[[Any], None], *_: object):
        self.begun += 1
        self._end.append(done)

    def end_write(self) -> None:
        self._end.pop()(None)


def typing(disk: SlowDisk) -> ReportState:
    state = ReportState(cast("Any", SimpleNamespace()), cast("TaskRunner", disk), Notices())
    state._set_report(any_report("1.2.3"))
    return state


def test_r03_what_is_typed_during_a_slow_write_is_written_right_after_it(qtbot, monkeypatch):
    monkeypatch.setattr(states, "LONGEST_MS", 30)
    monkeypatch.setattr(states, "PAUSE_MS", 600_000)
    disk = SlowDisk()
    state = typing(disk)
    state.add(Section.FINDINGS, "One.")
    qtbot.waitUntil(lambda: disk.begun == 1)
    state.add(Section.FINDINGS, "Two.")
    qtbot.waitUntil(lambda: not state._longest.isActive())
    assert disk.begun == 1, "one write at a time"
    disk.end_write()
    assert disk.begun == 2, "it has waited its second already"


def test_r03_a_write_does_not_put_off_the_next_one(qtbot, monkeypatch):
    monkeypatch.setattr(states, "LONGEST_MS", 600_000)
    monkeypatch.setattr(states, "PAUSE_MS", 300)
    disk = SlowDisk()
    state = typing(disk)
    state.add(Section.FINDINGS, "One.")
    qtbot.waitUntil(lambda: disk.begun == 1)
    state.add(Section.FINDINGS, "Two.")
    left = state._longest.remainingTime()
    qtbot.wait(10)
    disk.end_write()
    assert state._longest.remainingTime() < left, "it counts on from the first letter"
    qtbot.waitUntil(lambda: disk.begun == 2)
