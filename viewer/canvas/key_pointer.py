"""Paints the crosshair that the arrow keys move over a film."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QLineF
from PySide6.QtGui import QColor, QPainter, QPen

from viewer.state.key_pointer import KeyPointer
from viewer.theme.tokens import Tokens

GAP: Final = 4.0
"""Half of the gap in the middle, which keeps the target visible, in logical px."""
ARM: Final = 14.0
"""Length from the middle to an arm's end, in logical px."""


def draw_key_pointer(
    painter: QPainter, pointer: KeyPointer, pixel_ratio: float, tokens: Tokens
) -> None:
    """Draw the crosshair at its position, if it is shown."""
    if pointer.position is None:
        return
    x, y = pointer.position[0] / pixel_ratio, pointer.position[1] / pixel_ratio
    arms = [
        QLineF(x - ARM, y, x - GAP, y),
        QLineF(x + GAP, y, x + ARM, y),
        QLineF(x, y - ARM, x, y - GAP),
        QLineF(x, y + GAP, x, y + ARM),
    ]
    for colour, width in ((tokens.film_halo, 3.5), (tokens.accent, 1.5)):
        painter.setPen(QPen(QColor(colour), width))
        painter.drawLines(arms)
