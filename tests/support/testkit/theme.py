"""The program's dress for tests that look at pictures; taken off again afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtWidgets import QApplication

from viewer.theme.palette import apply_theme
from viewer.theme.tokens import DARK


@contextmanager
def dressed(app: QApplication) -> Iterator[None]:
    """Dark theme, and carets that do not blink."""
    before = app.style().objectName(), app.palette(), app.font(), app.cursorFlashTime()
    apply_theme(app, DARK)
    app.setCursorFlashTime(0)
    yield
    style, palette, font, flash = before
    app.setStyleSheet("")
    app.setStyle(style)
    app.setPalette(palette)
    app.setFont(font)
    app.setCursorFlashTime(flash)
