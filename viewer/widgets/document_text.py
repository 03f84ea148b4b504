"""A structured report of another system: its headings and sentences as plain runs."""

from __future__ import annotations

from PySide6.QtGui import QPalette, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QWidget

from engine.domain.prior_document import DocumentContent
from viewer.widgets.plain_runs import PlainRuns

_INDENT = 16
"""Of each level below the first, in px."""


class DocumentText(PlainRuns):
    """Headings of the first level stand apart; deeper ones are set in with what is below them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Report of another system", parent)

    def show_content(self, content: DocumentContent) -> None:
        """Show the lines, or that there are none."""
        self.clear()
        cursor = QTextCursor(self.document())
        body = QTextCharFormat()
        body.setForeground(self.palette().color(QPalette.ColorRole.Text))
        depth = 1
        for line in content.lines:
            depth = line.level or depth
            is_apart = line.level == 1 and cursor.position() > 0
            self.add_block(cursor, above=12 if is_apart else 4)
            block = cursor.blockFormat()
            block.setLeftMargin(_INDENT * (depth - 1))
            cursor.setBlockFormat(block)
            cursor.insertText(line.text, self.heading() if line.level else body)
        if not content.lines:
            cursor.insertText("There are no words in this report.", self.caption())
        for note in content.notes:
            self.add_block(cursor, above=12)
            cursor.insertText(note, self.caption())
        self.moveCursor(QTextCursor.MoveOperation.Start)
