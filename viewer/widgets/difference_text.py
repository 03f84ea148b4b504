"""Draft and report in one text: removed words struck through, new ones underlined."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QPalette, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QWidget

from engine.domain.difference import Change, Fate, SentenceDifference
from engine.domain.report import Section
from viewer.widgets.plain_runs import PlainRuns

_FATE_WORDS = {
    Fate.UNCHANGED: "draft, unchanged",
    Fate.UNREVIEWED: "draft, not reviewed",
    Fate.EDITED: "draft, edited",
    Fate.REJECTED: "draft, rejected",
    Fate.ADDED: "added",
}


class DifferenceText(PlainRuns):
    """The comparison, sentence by sentence, under the headings of the sections."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("The model's draft against the report", parent)

    def show_differences(
        self, rows: Sequence[SentenceDifference], words: dict[Fate, str] | None = None
    ) -> None:
        """Show the comparison.

        Args:
            rows: In reading order.
            words: Labels of the fates, if something else than the draft is compared.
        """
        self.clear()
        names = words or _FATE_WORDS
        cursor = QTextCursor(self.document())
        section: Section | None = None
        for row in rows:
            if row.section is not section:
                section = row.section
                self.add_block(cursor, above=12 if cursor.position() else 0)
                cursor.insertText(section.value, self.heading())
            self.add_block(cursor, above=6)
            for run in row.words:
                is_marked = row.fate is Fate.EDITED
                form = change_format(self.palette(), run.change, is_marked=is_marked)
                cursor.insertText(run.text, form)
            cursor.insertText(f"   {names[row.fate]}", self.caption())
        self.moveCursor(QTextCursor.MoveOperation.Start)


def change_format(palette: QPalette, change: Change, *, is_marked: bool = True) -> QTextCharFormat:
    """Format of a run of words: struck through if removed, underlined if new.

    Args:
        palette: Palette of the text.
        change: What became of the words.
        is_marked: Whether new words are underlined; those of a new sentence are not.
    """
    form = QTextCharFormat()
    form.setForeground(palette.color(QPalette.ColorRole.Text))
    if change is Change.GONE:
        form.setForeground(palette.color(QPalette.ColorRole.PlaceholderText))
        form.setFontStrikeOut(True)
    elif change is Change.NEW and is_marked:
        form.setForeground(palette.color(QPalette.ColorRole.Accent))
        form.setFontUnderline(True)
    return form
