"""How a report came to be: its saved revisions, and every draft of its study."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QWidget

from engine.domain.report import Draft, DraftId
from engine.domain.revisions import RevisionStep
from viewer.state.wording import REPORT_STATUS_WORDS, device_word, moment_text
from viewer.widgets.difference_text import change_format
from viewer.widgets.plain_runs import PlainRuns

_REVISIONS_NOTE = "Saved revisions, the newest first. None can be changed or taken away."
_DRAFTS_NOTE = (
    "All drafts of this study, the newest first, as the model wrote them. Research use only."
)


class RevisionsText(PlainRuns):
    """A block for each revision, newest first, with the sentences that it changed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("The saved revisions of the report", parent)

    def show_revisions(self, steps: Sequence[RevisionStep]) -> None:
        """Show revisions as plain text.

        Args:
            steps: Oldest first.
        """
        self.clear()
        cursor = QTextCursor(self.document())
        cursor.insertText(_REVISIONS_NOTE, self.caption())
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


class DraftsText(PlainRuns):
    """A block for each draft, newest first."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("All drafts of the study", parent)

    def show_drafts(self, drafts: Sequence[Draft], taken: DraftId | None) -> None:
        """Show drafts as plain text.

        Args:
            drafts: Newest first.
            taken: The draft that the report's sentences come from.
        """
        self.clear()
        cursor = QTextCursor(self.document())
        cursor.insertText(_DRAFTS_NOTE, self.caption())
        for draft in drafts:
            self.add_block(cursor, above=12)
            cursor.insertText(f"{draft.bundle_id} {draft.bundle_version}", self.strong())
            facts = [moment_text(draft.created), f"on {device_word(draft.provider)}"]
            facts += ["in this report"] if draft.id == taken else []
            cursor.insertText(f"   {', '.join(facts)}", self.caption())
            self.add_block(cursor, above=0)
            words = " ".join(sentence.text for sentence in draft.sentences)
            cursor.insertText(words or "No words.", QTextCharFormat())
        self.moveCursor(QTextCursor.MoveOperation.Start)
