"""Watches for a second start of the program, which hands what it was asked to this window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer, Signal

if TYPE_CHECKING:
    from engine.services.window_calls import WindowCalls

_LOOK_EVERY_MS: Final = 200


class CallWatch(QObject):
    """Polls for a file a few times a second, which works on every system and opens no socket.

    Signals:
        called: `WindowCall` of the second start.
    """

    called = Signal(object)

    def __init__(self, calls: WindowCalls, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._calls = calls
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_EVERY_MS)
        self._timer.timeout.connect(self._look)
        self._timer.start()

    def _look(self) -> None:
        call = self._calls.take()
        if call is not None:
            self.called.emit(call)
