"""Every draft that a model wrote about a study, as it wrote it: also those that no report took."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QWidget

from engine.domain.report import Draft, DraftId
from viewer.state.wording import device_word, moment_text
from viewer.widgets.plain_runs import PlainRuns

_NOTE = "All drafts of this study, the newest first, as the model wrote them. Research use only."


class DraftsText(PlainRuns):
    """One block a draft."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("All drafts of the study", parent)

    def show_drafts(self, drafts: Sequence[Draft], taken: DraftId | None) -> None:
        """Show them; plain runs of text only.

        Args:
            drafts: Newest first.
            taken: The one that the report's sentences come from.
        """
        self.clear()
        cursor = QTextCursor(self.document())
        cursor.insertText(_NOTE, self.caption())
        for draft in drafts:
            self.add_block(cursor, above=12)
            cursor.insertText(f"{draft.bundle_id} {draft.bundle_version}", self.strong())
            facts = [moment_text(draft.created), f"on {device_word(draft.provider)}"]
            facts += ["in this report"] if draft.id == taken else []
            cursor.insertText(f"   {', '.join(facts)}", self.caption())
            self.add_block(cursor, above=0)
            said = " ".join(sentence.text for sentence in draft.sentences)
            cursor.insertText(said or "No words.", QTextCharFormat())
        self.moveCursor(QTextCursor.MoveOperation.Start)
