"""A few words to choose from, under the caret, while the keyboard stays in the text."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QListWidget, QWidget

from viewer.theme.fonts import sans_font
from viewer.theme.palette import set_look
from viewer.theme.tokens import FONT_SIZES

_MOST_WIDTH = 440
_PADDING = 8


class ChoiceList(QListWidget):
    """The list.

    Signals:
        picked: The place of the choice that was clicked.
    """

    picked = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._room = parent
        set_look(self, variant="choices")
        self.setAccessibleName("Choices")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFont(sans_font(FONT_SIZES["report"]))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.itemClicked.connect(lambda item: self.picked.emit(self.row(item)))
        self.hide()

    @property
    def texts(self) -> tuple[str, ...]:
        """The lines from top to bottom."""
        return tuple(self.item(place).text() for place in range(self.count()))

    def show_at(self, below: QPoint, above: int, texts: Sequence[str]) -> None:
        """Show lines, the first one chosen.

        Args:
            below: Where the list begins, in its parent's coordinates.
            above: The list's lower edge if it does not fit below.
            texts: The lines.
        """
        self.clear()
        self.addItems(list(texts))
        self.setCurrentRow(0)
        width = min(self.sizeHintForColumn(0) + 4 * _PADDING, _MOST_WIDTH)
        height = self.sizeHintForRow(0) * len(texts) + 2 * self.frameWidth() + _PADDING
        room = self._room.rect()
        x = max(0, min(below.x(), room.width() - width - _PADDING))
        y = below.y() if below.y() + height <= room.height() else above - height
        self.setGeometry(x, max(0, y), width, height)
        self.raise_()
        self.show()

    def step(self, step: int) -> None:
        """Choose the next or previous line, round the end."""
        if self.count():
            self.setCurrentRow((self.currentRow() + step) % self.count())
