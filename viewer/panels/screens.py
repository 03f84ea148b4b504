"""Windows and monitors: whether a window is still on one, and when one is unplugged."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QGuiApplication, QScreen
from PySide6.QtWidgets import QWidget


def is_lost(window: QWidget) -> bool:
    """Whether no part of a window lies on a connected monitor."""
    frame = window.frameGeometry()
    screens = QGuiApplication.screens()
    return not any(screen.availableGeometry().intersects(frame) for screen in screens)


def keep_inside(window: QWidget) -> None:
    """Move and shrink a window so that its frame with the title bar lies on its screen."""
    if window.isMaximized() or window.isFullScreen():
        return
    room, frame = window.screen().availableGeometry(), window.frameGeometry()
    if room.contains(frame):
        return
    edges = frame.size() - window.size()
    window.resize(window.size().boundedTo(room.size() - edges))
    frame = window.frameGeometry()
    window.move(
        max(room.left(), min(frame.left(), room.right() - frame.width() + 1)),
        max(room.top(), min(frame.top(), room.bottom() - frame.height() + 1)),
    )


def other_screen(window: QWidget) -> QScreen | None:
    """A monitor that the window is not on; None with a single monitor."""
    return next((s for s in QGuiApplication.screens() if s is not window.screen()), None)


def when_screen_goes(owner: QObject, call: Callable[[], object]) -> None:
    """Call back after a monitor was unplugged, once Qt has updated its list."""
    app = QGuiApplication.instance()
    if isinstance(app, QGuiApplication):
        # Owned, so that the connection ends with the owner.
        later = QTimer(owner)
        later.setSingleShot(True)
        later.timeout.connect(call)
        app.screenRemoved.connect(later.start)
