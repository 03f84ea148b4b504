"""Automatic backups in the background: nobody waits for one, and they keep a distance in time."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import timedelta

LEAST_APART = timedelta(minutes=10)
"""Minimum time between two automatic backups, however much is signed."""
_AT_CLOSE_S = 20.0
_LOG = logging.getLogger(__name__)


class BackupLane:
    """Makes backups one at a time on a thread of its own.

    Args:
        make: Makes one; any exception is logged. It stops early once the event is set.
        seconds_left: How long the next backup must wait.
    """

    def __init__(
        self, make: Callable[[threading.Event], None], seconds_left: Callable[[], float]
    ) -> None:
        self._make = make
        self._seconds_left = seconds_left
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._is_asked = False
        self._closing = threading.Event()
        self._cancelled = threading.Event()

    def ask(self) -> None:
        """Request a backup of the present state; returns at once."""
        with self._lock:
            self._is_asked = True
            if self._thread is None and not self._closing.is_set():
                self._thread = threading.Thread(target=self._run, name="backups", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """Stop: a running backup gets some time to finish, a waiting one is dropped."""
        self._closing.set()
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join(_AT_CLOSE_S)
            self._cancelled.set()
            thread.join()

    def _run(self) -> None:
        while self._takes_request():
            left = self._seconds_left()
            if left > 0 and self._closing.wait(left):
                return
            try:
                self._make(self._cancelled)
            except Exception:  # noqa: BLE001  a failed backup must never stop the reader's work
                _LOG.warning("the automatic backup was not made", exc_info=True)

    def _takes_request(self) -> bool:
        with self._lock:
            if not self._is_asked:
                self._thread = None
                return False
            self._is_asked = False
            return True
