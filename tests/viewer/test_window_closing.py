"""Closing the window while something lies above it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMenu


def test_a_window_that_is_closed_takes_its_open_menu_along(room):
    room.press(Qt.Key.Key_F12)
    room.wait(lambda: isinstance(QApplication.activePopupWidget(), QMenu))
    QApplication.activePopupWidget().setActiveAction(QApplication.activePopupWidget().actions()[0])
    room.window.close()
    room.wait(lambda: not room.window.isVisible())
    assert QApplication.activePopupWidget() is None
