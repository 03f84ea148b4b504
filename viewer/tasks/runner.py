"""The only file of the viewer with threads: calls out, results back on the main thread.

A call runs on a lane. Lanes are independent of each other, and within the lanes of one thread the
order of asking is the order of running: a report is kept, then saved, then signed, and a draft
waits for its model to be loaded.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from enum import Enum
from typing import TypeVar

from PySide6.QtCore import QObject, Qt, Signal

from engine.domain.progress import CancelToken, Progress, ProgressSink
from viewer.tasks.changes import NOTHING, ChangeSet

T = TypeVar("T")
OnError = Callable[[Exception], None]
OnProgress = Callable[[Progress], None]


class Lane(Enum):
    """Where a call runs; the value is its number of threads."""

    READ = ("read", 2)
    WRITE = ("write", 1)
    SCAN = ("scan", 1)
    MODEL = ("model", 1)


class TaskRunner(QObject):
    """Runs calls off the main thread.

    Signals:
        changed: A `ChangeSet`, after a write succeeded and its result was delivered.
        failed: The error of a call that brought no `on_error`.
    """

    changed = Signal(object)
    failed = Signal(object)
    _delivered = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lanes = {
            lane: ThreadPoolExecutor(lane.value[1], thread_name_prefix=lane.value[0])
            for lane in Lane
        }
        self._running: set[CancelToken] = set()
        self._is_open = True
        self._delivered.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    @property
    def is_idle(self) -> bool:
        """Whether every call has ended and its result was delivered."""
        return not self._running

    def query(
        self,
        call: Callable[[], T],
        on_result: Callable[[T], None],
        on_error: OnError | None = None,
        *,
        lane: Lane = Lane.READ,
    ) -> CancelToken:
        """Read: `on_result` or `on_error` follows on the main thread.

        After its token is cancelled neither is called.
        """
        token = CancelToken()
        fail = on_error or self.failed.emit

        def unless_dropped(tell: Callable[[], None]) -> None:
            if not token.is_cancelled:
                tell()

        self._start(
            lane,
            call,
            lambda result: unless_dropped(lambda: on_result(result)),
            lambda error: unless_dropped(lambda: fail(error)),
            token,
        )
        return token

    def change(
        self,
        call: Callable[[], T],
        changes: ChangeSet,
        on_result: Callable[[T], None],
        on_error: OnError | None = None,
    ) -> None:
        """Write, after all writes asked for before; `changed` follows a success."""
        done = self._announcing(changes, on_result)
        self._start(Lane.WRITE, call, done, on_error or self.failed.emit, CancelToken())

    def job(
        self,
        call: Callable[[ProgressSink, CancelToken], T],
        on_result: Callable[[T], None],
        on_error: OnError,
        *,
        lane: Lane,
        on_progress: OnProgress,
        changes: ChangeSet = NOTHING,
    ) -> CancelToken:
        """Run something long that reports progress and stops when its token is cancelled.

        Stopping is the call's own doing: it raises `CancelledError`, which reaches `on_error`.
        """
        token = CancelToken()
        mailbox = _Mailbox(self._delivered.emit, on_progress)
        done = self._announcing(changes, on_result)
        self._start(lane, lambda: call(mailbox.put, token), done, on_error, token)
        return token

    def shut_down(self) -> None:
        """End: jobs are cancelled, waiting reads dropped, every write is waited for."""
        self._is_open = False
        for token in self._running:
            token.cancel()
        for lane, executor in self._lanes.items():
            executor.shutdown(wait=True, cancel_futures=lane is not Lane.WRITE)
        self._running.clear()

    def _start(
        self,
        lane: Lane,
        call: Callable[[], T],
        done: Callable[[T], None],
        failed: OnError,
        token: CancelToken,
    ) -> None:
        def end(tell: Callable[[], None]) -> None:
            self._running.discard(token)
            tell()

        def run() -> None:
            try:
                result = call()
            except Exception as error:  # noqa: BLE001 - whatever it was, the asker must learn it
                caught = error
                self._delivered.emit(lambda: end(lambda: failed(caught)))
            else:
                self._delivered.emit(lambda: end(lambda: done(result)))

        if not self._is_open and lane is not Lane.WRITE:
            return  # the window is closing: a timer that fires late has nothing left to show
        self._running.add(token)
        self._lanes[lane].submit(run)

    def _announcing(
        self, changes: ChangeSet, on_result: Callable[[T], None]
    ) -> Callable[[T], None]:
        def done(result: T) -> None:
            on_result(result)
            if changes != NOTHING:
                self.changed.emit(changes)

        return done

    def _deliver(self, tell: Callable[[], None]) -> None:
        if self._is_open:
            tell()


class _Mailbox:
    """Keeps only the newest progress until the main thread has looked: no flood of events."""

    def __init__(self, post: Callable[[Callable[[], None]], None], show: OnProgress) -> None:
        self._post = post
        self._show = show
        self._lock = threading.Lock()
        self._newest: Progress | None = None

    def put(self, progress: Progress) -> None:
        """Called by the working thread."""
        with self._lock:
            is_waiting = self._newest is not None
            self._newest = progress
        if not is_waiting:
            self._post(self._take)

    def _take(self) -> None:
        with self._lock:
            newest, self._newest = self._newest, None
        if newest is not None:
            self._show(newest)
