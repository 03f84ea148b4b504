"""The program's theme for tests that look at pictures; removed afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtWidgets import QApplication

from viewer.theme.palette import apply_theme
from viewer.theme.size import set_factor
from viewer.theme.tokens import DARK


@contextmanager
def dressed(app: QApplication) -> Iterator[None]:
    """Apply the dark theme, with carets that do not blink."""
    before = app.style().objectName(), app.palette(), app.font(), app.cursorFlashTime()
    apply_theme(app, DARK)
    app.setCursorFlashTime(0)
    yield
    set_factor(1.0)
    style, palette, font, flash = before
    app.setStyleSheet("")
    app.setStyle(style)
    app.setPalette(palette)
    app.setFont(font)
    app.setCursorFlashTime(flash)
