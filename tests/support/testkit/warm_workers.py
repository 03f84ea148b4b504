"""Worker processes that outlive a test: the next window takes over the pair that the last one left.

Loading pydicom and ONNX Runtime again for each of some 170 windows costs more processor time than
all that the windows do.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from engine.workers import pool
from engine.workers.limits import WorkerLimits
from engine.workers.pool import WorkerProcess

_start = pool._Process
_end = WorkerProcess.close


class WarmWorkers:
    """Healthy processes without an owner, by the arguments that started them."""

    def __init__(self) -> None:
        self._left: dict[tuple[str, WorkerLimits], list[pool._Process]] = {}

    def take(self, name: str, limits: WorkerLimits) -> pool._Process:
        """Take over a process that was left, else start one."""
        left = self._left.get((name, limits), [])
        while left:
            if (process := left.pop()).is_alive:
                return process
            process.close()
        return _start(name, limits)

    def leave(self, worker: WorkerProcess) -> None:
        """Stand in for `WorkerProcess.close`: keep the process unless it is busy or was ended."""
        if not worker._lock.acquire(blocking=False):
            _end(worker)
            return
        try:
            process = worker._process
            if process is None or not (process.is_alive and process.is_idle and process.is_loaded):
                _end(worker)
                return
            worker._is_closed, worker._process = True, None
            self._left.setdefault((worker._name, worker._limits), []).append(process)
        finally:
            worker._lock.release()

    def close(self) -> None:
        """End all processes."""
        for left in self._left.values():
            for process in left:
                process.close()


@pytest.fixture(scope="session")
def left_workers() -> Iterator[WarmWorkers]:
    """The processes left over in this session."""
    left = WarmWorkers()
    yield left
    left.close()


@pytest.fixture
def warm_workers(left_workers: WarmWorkers, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this test's workers take over left processes, and leave theirs afterwards."""
    monkeypatch.setattr(pool, "_Process", left_workers.take)

    def close(worker: WorkerProcess) -> None:
        left_workers.leave(worker)

    monkeypatch.setattr(WorkerProcess, "close", close)
