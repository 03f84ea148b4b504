"""A read-only text of plain runs: built by a cursor, so that nothing in a report acts as markup."""

from __future__ import annotations

from PySide6.QtGui import QFont, QPalette, QTextBlockFormat, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QFrame, QTextEdit, QWidget

from viewer.theme.fonts import sans_font
from viewer.theme.tokens import FONT_SIZES, REPORT_LINE_HEIGHT


class PlainRuns(QTextEdit):
    """Scrolls by itself; what stands in it is written by those that inherit from it.

    Args:
        name: What a screen reader calls it.
    """

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setReadOnly(True)
        self.setAcceptRichText(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFont(sans_font(FONT_SIZES["report"]))
        self.document().setDocumentMargin(0)
        self.setAccessibleName(name)
        self.setStyleSheet("QTextEdit { background: transparent; border: none; padding: 0; }")

    @property
    def text(self) -> str:
        """All words that are shown."""
        return self.toPlainText()

    def add_block(self, cursor: QTextCursor, *, above: int) -> None:
        """Begin a line with room above it; the first of an empty text is there already."""
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
        """Of a section's name."""
        form = self.caption()
        form.setFontWeight(QFont.Weight.DemiBold)
        form.setProperty(QTextCharFormat.Property.FontPixelSize, FONT_SIZES["base"])
        return form

    def strong(self) -> QTextCharFormat:
        """Of what a block is about."""
        form = QTextCharFormat()
        form.setFontWeight(QFont.Weight.DemiBold)
        return form

    def caption(self) -> QTextCharFormat:
        """Of small remarks."""
        form = QTextCharFormat()
        form.setForeground(self.palette().color(QPalette.ColorRole.PlaceholderText))
        form.setProperty(QTextCharFormat.Property.FontPixelSize, FONT_SIZES["caption"])
        return form
