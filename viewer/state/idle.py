"""How long nobody has touched keyboard, mouse or pen."""

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
    """Counts from the last touch of whichever of our windows has the keyboard.

    Signals:
        idled: Nobody has touched anything for the time that was set.
    """

    idled = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.idled)
        app = QGuiApplication.instance()
        if isinstance(app, QGuiApplication):
            app.focusWindowChanged.connect(self._watch)

    def start(self, seconds: float) -> None:
        """Count from now; 0 never ends."""
        self._timer.stop()
        if seconds > 0:
            self._timer.start(round(seconds * 1000))

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Begin to count again at every touch; nothing is held back."""
        if event.type() in _TOUCHES and self._timer.isActive():
            self._timer.start()
        return False

    def _watch(self, window: QWindow | None) -> None:
        if window is not None:
            window.installEventFilter(self)
