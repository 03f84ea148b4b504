"""Windows and monitors: whether a window is still on one, and when one is pulled out."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QGuiApplication, QScreen
from PySide6.QtWidgets import QWidget


def is_lost(window: QWidget) -> bool:
    """Whether no part of a window lies on a monitor that is there."""
    frame = window.frameGeometry()
    screens = QGuiApplication.screens()
    return not any(screen.availableGeometry().intersects(frame) for screen in screens)


def other_screen(window: QWidget) -> QScreen | None:
    """A monitor that the window is not on; None on a desk with one."""
    return next((s for s in QGuiApplication.screens() if s is not window.screen()), None)


def when_screen_goes(owner: QObject, call: Callable[[], object]) -> None:
    """Call back each time a monitor was pulled out, once Qt has counted the others anew."""
    app = QGuiApplication.instance()
    if isinstance(app, QGuiApplication):
        # Of the owner, so that the connection ends with it.
        later = QTimer(owner)
        later.setSingleShot(True)
        later.timeout.connect(call)
        app.screenRemoved.connect(later.start)
