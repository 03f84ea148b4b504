"""What is new, gone and unchanged since an earlier report, and measurements side by side."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QWidget

from engine.domain.prior_difference import Course, FindingCourse, NumberCourse, PriorDifference
from viewer.widgets.plain_runs import PlainRuns

_HEADINGS = {Course.NEW: "New", Course.GONE: "Gone", Course.SAME: "Same"}
_NOTHING = "Neither report has a finding or a number to compare."
_NOTE = "Compared from the two texts, not from the films. The comparison is yours to write."


class SincePriorText(PlainRuns):
    """Findings by their course, then measurements."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("What changed since the earlier report", parent)

    def show_difference(self, difference: PriorDifference) -> None:
        """Show the comparison, grouped by the course of each finding."""
        self.clear()
        cursor = QTextCursor(self.document())
        cursor.insertText(_NOTE, self.caption())
        for course, heading in _HEADINGS.items():
            rows = [row for row in difference.findings if row.course is course]
            if rows:
                self.add_block(cursor, above=12)
                cursor.insertText(heading, self.heading())
                self._add_findings(cursor, rows)
        if difference.numbers:
            self.add_block(cursor, above=12)
            cursor.insertText("Numbers", self.heading())
            for number in difference.numbers:
                self._add_number(cursor, number)
        if not difference.findings and not difference.numbers:
            self.add_block(cursor, above=12)
            cursor.insertText(_NOTHING, self.caption())
        self.moveCursor(QTextCursor.MoveOperation.Start)

    def _add_findings(self, cursor: QTextCursor, rows: Sequence[FindingCourse]) -> None:
        for row in rows:
            self.add_block(cursor, above=6)
            cursor.insertText(row.category, self.strong())
            facts = ", ".join(part for part in (row.where, row.remark) if part)
            cursor.insertText(f"   {facts}" if facts else "", self.caption())
            for label, words in (("then", row.before), ("now", row.after)):
                if words:
                    self.add_block(cursor, above=0)
                    cursor.insertText(f"{label}  ", self.caption())
                    cursor.insertText(words, QTextCharFormat())

    def _add_number(self, cursor: QTextCursor, number: NumberCourse) -> None:
        self.add_block(cursor, above=6)
        cursor.insertText(f"{number.quantity}   ", self.strong())
        cursor.insertText(
            f"{number.before or 'not measured'} → {number.after or 'not measured'}",
            QTextCharFormat(),
        )
        if number.remark:
            cursor.insertText(f"   {number.remark}", self.caption())
