"""Read-only text written by a cursor, so that nothing in a report acts as markup."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtGui import (
    QFont,
    QPalette,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextFormat,
)
from PySide6.QtWidgets import QFrame, QTextEdit, QWidget

from viewer.theme.palette import set_look
from viewer.theme.report_text import beside_report
from viewer.theme.tokens import REPORT_LINE_HEIGHT

_SIZE = int(QTextFormat.Property.UserProperty.value)
"""Property of a run with another size than the report's: the name of its size."""


class PlainRuns(QTextEdit):
    """Base of the read-only texts. It scrolls; subclasses write its contents.

    Args:
        name: Accessible name for screen readers.
    """

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setReadOnly(True)
        self.setAcceptRichText(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        set_look(self, words="report")
        self.document().setDocumentMargin(0)
        self.setAccessibleName(name)
        self.setStyleSheet("QTextEdit { background: transparent; border: none; padding: 0; }")

    @property
    def text(self) -> str:
        """The text as plain text."""
        return self.toPlainText()

    def changeEvent(self, event: QEvent) -> None:
        """Resize headings and captions when the report's font size changes."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._resize_runs()

    def add_block(self, cursor: QTextCursor, *, above: int) -> None:
        """Start a line with space above it. An empty text already has its first line."""
        block = QTextBlockFormat()
        block.setTopMargin(above)
        block.setLineHeight(
            REPORT_LINE_HEIGHT * 100, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value
        )
        if cursor.position():
            cursor.insertBlock(block)
        else:
            cursor.setBlockFormat(block)

    def heading(self) -> QTextCharFormat:
        """Format of a section's name."""
        form = self.caption()
        form.setFontWeight(QFont.Weight.DemiBold)
        self._size(form, "base")
        return form

    def strong(self) -> QTextCharFormat:
        """Format of a block's subject."""
        form = QTextCharFormat()
        form.setFontWeight(QFont.Weight.DemiBold)
        return form

    def caption(self) -> QTextCharFormat:
        """Format of small remarks."""
        form = QTextCharFormat()
        form.setForeground(self.palette().color(QPalette.ColorRole.PlaceholderText))
        self._size(form, "caption")
        return form

    def _size(self, form: QTextCharFormat, name: str) -> None:
        form.setProperty(_SIZE, name)
        pixels = beside_report(name, self.fontInfo().pixelSize())
        form.setProperty(QTextFormat.Property.FontPixelSize, pixels)

    def _resize_runs(self) -> None:
        cursor, block = QTextCursor(self.document()), self.document().begin()
        # Collected first: a changed format can merge fragments, which ends the iteration early.
        found = []
        while block.isValid():
            run = block.begin()
            while not run.atEnd():
                fragment = run.fragment()
                if fragment.charFormat().hasProperty(_SIZE):
                    name = str(fragment.charFormat().property(_SIZE))
                    found.append((fragment.position(), fragment.length(), name))
                run += 1
            block = block.next()
        for start, length, name in found:
            form = QTextCharFormat()
            self._size(form, name)
            cursor.setPosition(start)
            cursor.setPosition(start + length, QTextCursor.MoveMode.KeepAnchor)
            cursor.mergeCharFormat(form)
