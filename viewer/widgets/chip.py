"""A small rounded word: the status of a study, DEMO, signed."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

Tone = Literal["neutral", "accent", "amber", "red"]


class Chip(QLabel):
    """A word with an outline in the colour of its tone; the style sheet draws it.

    Amber and red keep their meaning here: "you must decide", and "wrong patient, lost data or
    error".
    """

    def __init__(
        self, text: str = "", parent: QWidget | None = None, *, tone: Tone = "neutral"
    ) -> None:
        super().__init__(text, parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setProperty("chip", tone)

    @property
    def tone(self) -> str:
        """The tone in force."""
        return str(self.property("chip"))

    def set_tone(self, tone: Tone) -> None:
        """Change the colour."""
        if tone != self.tone:
            self.setProperty("chip", tone)
            self.style().unpolish(self)
            self.style().polish(self)
