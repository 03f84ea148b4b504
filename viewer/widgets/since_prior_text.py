"""What is new, gone and the same since an earlier report, and numbers beside each other."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QFont, QPalette, QTextBlockFormat, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QFrame, QTextEdit, QWidget

from engine.domain.prior_difference import Course, FindingCourse, NumberCourse, PriorDifference
from viewer.theme.fonts import sans_font
from viewer.theme.tokens import FONT_SIZES, REPORT_LINE_HEIGHT

_HEADINGS = {Course.NEW: "New", Course.GONE: "Gone", Course.SAME: "Same"}
_NOTHING = "Neither report asserts a finding or a number that could be compared."
_NOTE = "Compared from the two texts, not from the films. The comparison is yours to write."


class SincePriorText(QTextEdit):
    """Read-only; scrolls by itself."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setReadOnly(True)
        self.setAcceptRichText(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFont(sans_font(FONT_SIZES["report"]))
        self.document().setDocumentMargin(0)
        self.setAccessibleName("What changed since the earlier report")
        self.setStyleSheet("QTextEdit { background: transparent; border: none; padding: 0; }")

    def show_difference(self, difference: PriorDifference) -> None:
        """Show it, by what became of each finding; plain runs of text only."""
        self.clear()
        cursor = QTextCursor(self.document())
        cursor.insertText(_NOTE, self._dim())
        for course, heading in _HEADINGS.items():
            rows = [row for row in difference.findings if row.course is course]
            if rows:
                self._add_block(cursor, above=12)
                cursor.insertText(heading, self._heading())
                self._add_findings(cursor, rows)
        if difference.numbers:
            self._add_block(cursor, above=12)
            cursor.insertText("Numbers", self._heading())
            for number in difference.numbers:
                self._add_number(cursor, number)
        if not difference.findings and not difference.numbers:
            self._add_block(cursor, above=12)
            cursor.insertText(_NOTHING, self._dim())
        self.moveCursor(QTextCursor.MoveOperation.Start)

    @property
    def text(self) -> str:
        """The words that are shown."""
        return self.toPlainText()

    def _add_findings(self, cursor: QTextCursor, rows: Sequence[FindingCourse]) -> None:
        for row in rows:
            self._add_block(cursor, above=6)
            cursor.insertText(row.category, self._strong())
            facts = ", ".join(part for part in (row.where, row.remark) if part)
            cursor.insertText(f"   {facts}" if facts else "", self._dim())
            for label, words in (("then", row.before), ("now", row.after)):
                if words:
                    self._add_block(cursor, above=0)
                    cursor.insertText(f"{label}  ", self._dim())
                    cursor.insertText(words, QTextCharFormat())

    def _add_number(self, cursor: QTextCursor, number: NumberCourse) -> None:
        self._add_block(cursor, above=6)
        cursor.insertText(f"{number.quantity}   ", self._strong())
        cursor.insertText(
            f"{number.before or 'not measured'} → {number.after or 'not measured'}",
            QTextCharFormat(),
        )
        if number.remark:
            cursor.insertText(f"   {number.remark}", self._dim())

    def _add_block(self, cursor: QTextCursor, *, above: int) -> None:
        form = QTextBlockFormat()
        form.setTopMargin(above)
        form.setLineHeight(
            REPORT_LINE_HEIGHT * 100, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value
        )
        cursor.insertBlock(form)

    def _heading(self) -> QTextCharFormat:
        form = self._dim()
        form.setFontWeight(QFont.Weight.DemiBold)
        form.setProperty(QTextCharFormat.Property.FontPixelSize, FONT_SIZES["base"])
        return form

    def _strong(self) -> QTextCharFormat:
        form = QTextCharFormat()
        form.setFontWeight(QFont.Weight.DemiBold)
        return form

    def _dim(self) -> QTextCharFormat:
        form = QTextCharFormat()
        form.setForeground(self.palette().color(QPalette.ColorRole.PlaceholderText))
        form.setProperty(QTextCharFormat.Property.FontPixelSize, FONT_SIZES["caption"])
        return form
