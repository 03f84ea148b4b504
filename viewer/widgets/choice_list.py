"""A short list to choose from, under the caret, while the focus stays in the text."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QListWidget, QWidget

from viewer.theme.palette import set_look

_MOST_LETTERS = 60
_PADDING = 8
_GAP = 2


class ChoiceList(QListWidget):
    """The list; it never takes the focus.

    Signals:
        picked: Index of the line that was clicked.
    """

    picked = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._room = parent
        set_look(self, variant="choices", words="report")
        self.setAccessibleName("Choices")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.itemClicked.connect(lambda item: self.picked.emit(self.row(item)))
        self.hide()

    @property
    def texts(self) -> tuple[str, ...]:
        """The lines from top to bottom."""
        return tuple(self.item(row).text() for row in range(self.count()))

    def show_lines(self, texts: Sequence[str]) -> None:
        """Show lines with the first one selected. `move_to` sets the position."""
        self.clear()
        self.addItems(list(texts))
        self.setCurrentRow(0)
        self.raise_()
        self.show()

    def move_to(self, below: QPoint, above: int) -> None:
        """Move below a line of text, or above it if there is more space, never over it.

        Args:
            below: End of the text line, in the parent's coordinates.
            above: Upper edge of the text line.
        """
        room = self._room.rect()
        most = min(_MOST_LETTERS * self.fontMetrics().averageCharWidth(), room.width() - _PADDING)
        width = min(self.sizeHintForColumn(0) + 4 * _PADDING, most)
        height = self.sizeHintForRow(0) * self.count() + 2 * self.frameWidth() + _PADDING
        under, over = room.height() - below.y() - _GAP, above - _GAP
        is_under = under >= height or under >= over
        height = min(height, max(under if is_under else over, 0))
        x = max(0, min(below.x(), room.width() - width - _PADDING))
        self.setGeometry(x, below.y() + _GAP if is_under else above - _GAP - height, width, height)

    def step(self, step: int) -> None:
        """Select the next (1) or previous (-1) line; after the last comes the first."""
        if self.count():
            self.setCurrentRow((self.currentRow() + step) % self.count())
