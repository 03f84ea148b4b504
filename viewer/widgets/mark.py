"""A small outlined word: a status, or the demo mark."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from viewer.theme.palette import set_look
from viewer.theme.tokens import FONT_SIZES, RADIUS


class Mark(QLabel):
    """Plain text in an outline of its own colour.

    Args:
        role: "dim", "amber" or "red", as in the theme.
    """

    def __init__(self, text: str = "", role: str = "dim", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setFixedHeight(20)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setStyleSheet(
            f"QLabel {{ border: 1px solid; border-radius: {RADIUS}px; padding: 0 6px;"
            f" font-size: {FONT_SIZES['caption']}px; }}"
        )
        set_look(self, role=role)
