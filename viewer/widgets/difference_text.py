"""The model's draft and the report in one text: what went is struck through, what came is marked.

The document is built by a cursor from plain runs of text, so that nothing in a report can act as
markup.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QFont, QPalette, QTextBlockFormat, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QFrame, QTextEdit, QWidget

from engine.domain.difference import Change, Fate, SentenceDifference
from engine.domain.report import Section
from viewer.theme.fonts import sans_font
from viewer.theme.tokens import FONT_SIZES, REPORT_LINE_HEIGHT

_FATE_WORDS = {
    Fate.UNCHANGED: "draft, unchanged",
    Fate.UNREVIEWED: "draft, not reviewed",
    Fate.EDITED: "draft, edited",
    Fate.REJECTED: "draft, left out",
    Fate.ADDED: "added",
}


class DifferenceText(QTextEdit):
    """Read-only; scrolls by itself."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setReadOnly(True)
        self.setAcceptRichText(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFont(sans_font(FONT_SIZES["report"]))
        self.document().setDocumentMargin(0)
        self.setAccessibleName("The model's draft against the report")
        self.setStyleSheet("QTextEdit { background: transparent; border: none; padding: 0; }")

    def show_differences(
        self, rows: Sequence[SentenceDifference], words: dict[Fate, str] | None = None
    ) -> None:
        """Show the rows under the headings of their sections.

        Args:
            rows: In reading order.
            words: What each fate is called, where it is not the draft that is compared.
        """
        self.clear()
        names = words or _FATE_WORDS
        cursor = QTextCursor(self.document())
        section: Section | None = None
        for row in rows:
            if row.section is not section:
                section = row.section
                self._add_block(cursor, above=12 if cursor.position() else 0)
                cursor.insertText(section.value, self._heading())
            self._add_block(cursor, above=6)
            for run in row.words:
                cursor.insertText(run.text, self._format(run.change, row.fate))
            cursor.insertText(f"   {names[row.fate]}", self._caption())
        self.moveCursor(QTextCursor.MoveOperation.Start)

    def _add_block(self, cursor: QTextCursor, *, above: int) -> None:
        block = QTextBlockFormat()
        block.setTopMargin(above)
        block.setLineHeight(
            REPORT_LINE_HEIGHT * 100, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value
        )
        if cursor.position():
            cursor.insertBlock(block)
        else:
            cursor.setBlockFormat(block)

    def _format(self, change: Change, fate: Fate) -> QTextCharFormat:
        form = QTextCharFormat()
        palette = self.palette()
        form.setForeground(palette.color(QPalette.ColorRole.Text))
        if change is Change.GONE:
            form.setForeground(palette.color(QPalette.ColorRole.PlaceholderText))
            form.setFontStrikeOut(True)
        elif change is Change.NEW and fate is Fate.EDITED:
            form.setForeground(palette.color(QPalette.ColorRole.Accent))
            form.setFontUnderline(True)
        return form

    def _heading(self) -> QTextCharFormat:
        form = self._caption()
        form.setFontWeight(QFont.Weight.DemiBold)
        form.setProperty(QTextCharFormat.Property.FontPixelSize, FONT_SIZES["base"])
        return form

    def _caption(self) -> QTextCharFormat:
        form = QTextCharFormat()
        form.setForeground(self.palette().color(QPalette.ColorRole.PlaceholderText))
        form.setProperty(QTextCharFormat.Property.FontPixelSize, FONT_SIZES["caption"])
        return form

    @property
    def text(self) -> str:
        """All words that are shown."""
        return self.toPlainText()
