"""The only module of the viewer with threads: calls go out, results return on the main thread.

A call runs on a lane. Lanes are independent of each other. Within a lane of one thread calls run in
the order they were made: a report is kept, then saved, then signed, and a draft waits until its
model is loaded.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from enum import Enum
from typing import TypeVar

from PySide6.QtCore import QObject, Qt, Signal

from engine.domain.progress import CancelToken, Progress, ProgressSink
from viewer.errors import OnError
from viewer.tasks.changes import NOTHING, ChangeSet

T = TypeVar("T")
OnProgress = Callable[[Progress], None]


class Lane(Enum):
    """Queue that a call runs on; the value holds its name and number of threads."""

    READ = ("read", 2)
    WRITE = ("write", 1)
    SCAN = ("scan", 1)
    MODEL = ("model", 1)
    OUTBOX = ("outbox", 1)
    INBOX = ("inbox", 1)
    ORDERS = ("orders", 1)
    COUNT = ("count", 1)


class TaskRunner(QObject):
    """Runs calls off the main thread.

    Signals:
        changed: A `ChangeSet`, after a write succeeded and its result was delivered.
        failed: The error of a call that was given no `on_error`.
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
        """Read something. `on_result` or `on_error` follows on the main thread.

        Once the token is cancelled neither is called, and a read still queued never runs.
        """
        return self.long_query(lambda _cancel: call(), on_result, on_error, lane=lane)

    def long_query(
        self,
        call: Callable[[CancelToken], T],
        on_result: Callable[[T], None],
        on_error: OnError | None = None,
        *,
        lane: Lane = Lane.READ,
    ) -> CancelToken:
        """Like `query`, for a read that takes the token and stops soon after it is cancelled."""
        token = _ReadToken()
        fail = on_error or self.failed.emit

        def unless_dropped(tell: Callable[[], None]) -> None:
            if not token.is_cancelled:
                tell()

        token.queued = self._start(
            lane,
            lambda: call(token),
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
        """Write something, after all earlier writes. `changed` follows a success."""
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
        """Run a long call that reports progress and stops when its token is cancelled.

        The call itself must stop: it raises `CancelledError`, which reaches `on_error`.
        """
        token = CancelToken()
        mailbox = _Mailbox(self._delivered.emit, on_progress)
        done = self._announcing(changes, on_result)
        self._start(lane, lambda: call(mailbox.put, token), done, on_error, token)
        return token

    def shut_down(self) -> None:
        """Cancel jobs, drop queued reads, and wait until every write has ended."""
        self._is_open = False
        for token in tuple(self._running):
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
    ) -> Future[None] | None:
        # `_delivered` is a queued signal: `end`, and with it `done` and `failed`, runs on the main
        # thread.
        def end(tell: Callable[[], None]) -> None:
            self._running.discard(token)
            tell()

        def run() -> None:
            try:
                result = call()
            except Exception as error:  # noqa: BLE001 - the caller learns of every error
                # Python unbinds `error` when the except clause ends, before the closure runs.
                caught = error
                self._delivered.emit(lambda: end(lambda: failed(caught)))
            else:
                self._delivered.emit(lambda: end(lambda: done(result)))

        if not self._is_open and lane is not Lane.WRITE:
            return None  # the window is closing: a late timer has nothing left to show
        self._running.add(token)
        queued = self._lanes[lane].submit(run)
        # A cancelled future never enters `run`, so nothing else would remove its token.
        queued.add_done_callback(
            lambda future: self._running.discard(token) if future.cancelled() else None
        )
        return queued

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


class _ReadToken(CancelToken):
    """Cancels a read: a queued one leaves its lane, a running one is asked to stop."""

    __slots__ = ("queued",)

    def __init__(self) -> None:
        super().__init__()
        self.queued: Future[None] | None = None

    def cancel(self, *, is_gentle: bool = False) -> None:
        super().cancel(is_gentle=is_gentle)
        if self.queued is not None:
            self.queued.cancel()


class _Mailbox:
    """Keeps only the latest progress until the main thread reads it, to avoid a flood of events."""

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
