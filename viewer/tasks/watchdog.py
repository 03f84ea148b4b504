"""Logs when the window froze: a reader notices, but nobody else would know."""

from __future__ import annotations

import logging
import time
from typing import Final

from PySide6.QtCore import QObject, Qt, QTimer

_TICK_MS: Final = 50
_MOST_MS: Final = 100
_LOG = logging.getLogger(__name__)


class Watchdog(QObject):
    """A timer in the event loop; a long gap between two ticks means that the window was blocked."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._last = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self._tick)

    def start(self) -> None:
        """Start watching, once the slower start of the program is over."""
        self._last = time.perf_counter()
        self._timer.start()

    def _tick(self) -> None:
        now = time.perf_counter()
        gap_ms = 1000 * (now - self._last) - _TICK_MS
        self._last = now
        if gap_ms > _MOST_MS:
            _LOG.warning("the window stood still for %d ms", gap_ms)
