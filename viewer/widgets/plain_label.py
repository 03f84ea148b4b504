"""A label that shows text literally, whatever stands in it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from viewer.theme.palette import set_look


def plain_label(text: str, *, role: str = "") -> QLabel:
    """Wrapped text, never read as markup, in the look of a role."""
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    if role:
        set_look(label, role=role)
    return label
