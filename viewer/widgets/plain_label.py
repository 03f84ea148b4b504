"""A label that shows text literally, with no markup."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from viewer.theme.palette import set_look


def plain_label(text: str, *, role: str = "") -> QLabel:
    """A word-wrapped label in the look of a role. Markup is shown, not interpreted."""
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    if role:
        set_look(label, role=role)
    return label
