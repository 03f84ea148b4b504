"""How long keyboard, mouse and pen have been idle."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QWindow

_TOUCHES = {
    QEvent.Type.KeyPress,
    QEvent.Type.MouseButtonPress,
    QEvent.Type.MouseMove,
    QEvent.Type.Wheel,
    QEvent.Type.TabletPress,
    QEvent.Type.TouchBegin,
}


class IdleWatch(QObject):
    """Counts from the last input to whichever of our windows has the focus.

    Signals:
        idled: There was no input for the time that was set.
    """

    idled = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._counts = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.idled)
        app = QGuiApplication.instance()
        if isinstance(app, QGuiApplication):
            app.focusWindowChanged.connect(self._watch)

    def start(self, seconds: float) -> None:
        """Start counting; 0 seconds switches the watch off."""
        self._timer.stop()
        self._counts = seconds > 0
        if self._counts:
            self._timer.start(round(seconds * 1000))

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Restart the count at every input, even after the time was up. No event is swallowed."""
        if event.type() in _TOUCHES and self._counts:
            self._timer.start()
        return False

    def _watch(self, window: QWindow | None) -> None:
        if window is not None:
            window.installEventFilter(self)
