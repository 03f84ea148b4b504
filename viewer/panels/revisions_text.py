"""The saved revisions of a report: who, when, what for, and the words that changed."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QWidget

from engine.domain.revisions import RevisionStep
from viewer.state.wording import REPORT_STATUS_WORDS, moment_text
from viewer.widgets.difference_text import change_format
from viewer.widgets.plain_runs import PlainRuns

_NOTE = "Saved revisions, the newest first. None can be changed or taken away."


class RevisionsText(PlainRuns):
    """One block a revision, the newest first; below it the sentences that it changed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("The saved revisions of the report", parent)

    def show_revisions(self, steps: Sequence[RevisionStep]) -> None:
        """Show them; plain runs of text only.

        Args:
            steps: Oldest first.
        """
        self.clear()
        cursor = QTextCursor(self.document())
        cursor.insertText(_NOTE, self.caption())
        for step in reversed(steps):
            self.add_block(cursor, above=12)
            cursor.insertText(f"{step.revision}   {step.author}", self.strong())
            facts = f"{REPORT_STATUS_WORDS[step.status]}, {moment_text(step.saved_at)}"
            cursor.insertText(f"   {facts}", self.caption())
            self.add_block(cursor, above=0)
            cursor.insertText(step.what, QTextCharFormat())
            for row in step.changes:
                self.add_block(cursor, above=4)
                cursor.insertText(f"{row.section.value}  ", self.caption())
                for run in row.words:
                    cursor.insertText(run.text, change_format(self.palette(), run.change))
        self.moveCursor(QTextCursor.MoveOperation.Start)
