"""Open menus and lists, which lie above all windows."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication


def close_popups() -> None:
    """Close every open menu and list, from the top down."""
    while (popup := QApplication.activePopupWidget()) is not None and popup.close():
        pass
