"""A section of the report: its heading, its sentences, and a line to type the next one."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QLabel, QLineEdit, QVBoxLayout, QWidget

from engine.domain.report import Report, ReportSentence, Section, SentenceId
from viewer.panels.pasted_text import lines_of, pasted_lines
from viewer.panels.sentence_row import SentenceRow
from viewer.theme.palette import set_look

_HINTS = {
    Section.INDICATION: "Clinical question",
    Section.TECHNIQUE: "Technique and views",
    Section.COMPARISON: "Prior studies",
    Section.FINDINGS: "Type a finding",
    Section.IMPRESSION: "Type the impression",
}
_MORE = "+"


class _EmptyLine(QLineEdit):
    """The line for the first letters of the next sentence; it never keeps any text.

    Signals:
        pasted: Lines from the clipboard.
    """

    pasted = Signal(tuple)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Paste a list as lines; pass undo and redo on to the report."""
        if event.matches(QKeySequence.StandardKey.Paste):
            self.pasted.emit(pasted_lines(QGuiApplication.clipboard().mimeData()))
        elif event.matches(QKeySequence.StandardKey.Undo) or event.matches(
            QKeySequence.StandardKey.Redo
        ):
            event.ignore()
        else:
            super().keyPressEvent(event)


class ReportSection(QWidget):
    """A section of the report.

    Signals:
        typed: First letters typed in the empty line, for a new sentence.
        pasted: Lines pasted into the empty line, a sentence each.
    """

    typed = Signal(str)
    pasted = Signal(tuple)

    def __init__(
        self, section: Section, connect_row: Callable[[SentenceRow], None], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.section = section
        self.is_folded = False
        self._connect_row = connect_row
        self._rows: dict[SentenceId, SentenceRow] = {}
        self._heading = QLabel(section.value)
        self._caption = QLabel()
        self.line = _EmptyLine()
        self._lay_out()
        self.line.textEdited.connect(self._on_typed)
        self.line.pasted.connect(self.pasted)

    @property
    def rows(self) -> tuple[SentenceRow, ...]:
        """The rows from top to bottom."""
        return tuple(self._rows.values())

    def row(self, sentence: SentenceId) -> SentenceRow | None:
        """The row of a sentence, or None."""
        return self._rows.get(sentence)

    @property
    def caption(self) -> str:
        """The dim line under the heading."""
        return self._caption.text()

    def set_caption(self, text: str) -> None:
        """Set the dim line under the heading, e.g. the model that drafted the section."""
        self._caption.setText(text)
        self._caption.setVisible(bool(text))

    def show_report(self, report: Report) -> None:
        """Show the report's sentences of this section. Rows that remain keep their caret."""
        sentences = [s for s in report.sentences if s.section is self.section]
        wanted = {sentence.id for sentence in sentences}
        for gone in [key for key in self._rows if key not in wanted]:
            row = self._rows.pop(gone)
            row.hide()
            row.deleteLater()
        ordered = {sentence.id: self._row_for(sentence, report) for sentence in sentences}
        for position, row in enumerate(ordered.values()):
            if self._body.indexOf(row) != position:
                self._body.insertWidget(position, row)
                # A layout shows its children one turn later, too late to focus one.
                row.show()
        self._rows = ordered
        self.line.setVisible(report.is_editable)
        # Under sentences the whole hint would read like one of them.
        self.line.setPlaceholderText(_MORE if sentences else _HINTS[self.section])
        has_words = bool(report.kept(self.section))
        self.setVisible(has_words or (report.is_editable and not self.is_folded))

    def _row_for(self, sentence: ReportSentence, report: Report) -> SentenceRow:
        row = self._rows.get(sentence.id)
        if row is None:
            row = SentenceRow(sentence, self)
            self._connect_row(row)
        row.show_sentence(sentence, is_editable=report.is_editable)
        return row

    def _on_typed(self, text: str) -> None:
        if text.strip():
            # `clear` could be undone, which would bring the letters back.
            self.line.setText("")
            lines = lines_of(text)
            self.pasted.emit(lines) if len(lines) > 1 else self.typed.emit(text)

    def _lay_out(self) -> None:
        set_look(self._heading, role="heading")
        set_look(self._caption, role="caption")
        self._caption.setTextFormat(Qt.TextFormat.PlainText)
        self._caption.setWordWrap(True)
        self._caption.setContentsMargins(20, 0, 12, 8)
        self._caption.hide()
        self._heading.setContentsMargins(20, 0, 12, 4)
        self.line.setAccessibleName(f"{self.section.value}: {_HINTS[self.section]}")
        set_look(self.line, variant="bare", words="report")
        self._body = QVBoxLayout()
        self._body.setSpacing(0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._heading)
        column.addWidget(self._caption)
        column.addLayout(self._body)
        column.addWidget(self.line)
