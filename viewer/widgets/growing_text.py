"""A plain-text editor that is as tall as its text: one sentence, or a whole section."""

from __future__ import annotations

import math

from PySide6.QtCore import QMimeData, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFontMetricsF, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QPlainTextEdit, QSizePolicy, QWidget

from viewer.theme.fonts import sans_font
from viewer.theme.tokens import FONT_SIZES


class GrowingText(QPlainTextEdit):
    """A growing editor of plain text.

    Text goes in by `setPlainText` or typing only. Pasted text loses its format; a pasted file or
    picture is refused.

    Args:
        placeholder: Dim words while it is empty.
        one_paragraph: Enter does not break the line but emits `committed`, and pasted line
            breaks become spaces.

    Signals:
        committed: Enter was pressed (only if `one_paragraph`).
        left: The keyboard went elsewhere.
        escaped: Esc was pressed.
    """

    committed = Signal()
    left = Signal()
    escaped = Signal()

    def __init__(
        self, placeholder: str = "", parent: QWidget | None = None, *, one_paragraph: bool = False
    ) -> None:
        super().__init__(parent)
        self._one_paragraph = one_paragraph
        self.setFont(sans_font(FONT_SIZES["report"]))
        self.setPlaceholderText(placeholder)
        self.setTabChangesFocus(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.document().setDocumentMargin(4)
        self.textChanged.connect(self._grow)
        self._grow()

    def sizeHint(self) -> QSize:
        """As tall as the text at the present width."""
        return QSize(super().sizeHint().width(), self._text_height())

    def minimumSizeHint(self) -> QSize:
        """The same height: the text is never hidden behind a scroll bar."""
        return QSize(80, self._text_height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A new width breaks the lines elsewhere."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._grow()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter commits one paragraph; Esc leaves."""
        is_enter = event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}
        if event.key() == Qt.Key.Key_Escape:
            self.escaped.emit()
        elif is_enter and self._one_paragraph:
            self.committed.emit()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Tell that the keyboard went elsewhere, unless a menu or another window took it."""
        super().focusOutEvent(event)
        if event.reason() not in {
            Qt.FocusReason.PopupFocusReason,
            Qt.FocusReason.ActiveWindowFocusReason,
        }:
            self.left.emit()

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        """Only text."""
        return source.hasText() and not source.hasUrls()

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Paste as plain text."""
        if not self.canInsertFromMimeData(source):
            return
        text = source.text()
        self.insertPlainText(" ".join(text.split()) if self._one_paragraph else text)

    def _text_height(self) -> int:
        # A QPlainTextEdit's document measures its height in lines.
        lines = max(1.0, self.document().size().height())
        spacing = QFontMetricsF(self.font()).lineSpacing()
        margins = 2 * self.document().documentMargin() + 2 * self.frameWidth()
        return math.ceil(lines * spacing + margins) + 2

    def _grow(self) -> None:
        height = self._text_height()
        if height != self.height():
            self.setFixedHeight(height)
            self.updateGeometry()
