"""One section of the report: its heading, its sentences, and a line to type the next one."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QLineEdit, QVBoxLayout, QWidget

from engine.domain.report import Report, ReportSentence, Section, SentenceId
from viewer.panels.report_row import ReportRow
from viewer.theme.palette import set_look

_HINTS = {
    Section.INDICATION: "Why the film was taken",
    Section.TECHNIQUE: "How it was taken",
    Section.COMPARISON: "What it is compared with",
    Section.FINDINGS: "Type a finding",
    Section.IMPRESSION: "Type the impression",
}


class ReportSection(QWidget):
    """One section.

    Signals:
        typed: First letters in the empty line: a new sentence begins with them.
    """

    typed = Signal(str)

    def __init__(
        self, section: Section, connect_row: Callable[[ReportRow], None], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.section = section
        self._connect_row = connect_row
        self._rows: dict[SentenceId, ReportRow] = {}
        self._heading = QLabel(section.value)
        self._caption = QLabel()
        self.line = QLineEdit()
        self._lay_out()
        self.line.textEdited.connect(self._on_typed)

    @property
    def rows(self) -> tuple[ReportRow, ...]:
        """The rows from top to bottom."""
        return tuple(self._rows.values())

    def row(self, sentence: SentenceId) -> ReportRow | None:
        """The row of a sentence, or None."""
        return self._rows.get(sentence)

    @property
    def caption(self) -> str:
        """The dim line under the heading."""
        return self._caption.text()

    def set_caption(self, text: str) -> None:
        """A dim line under the heading, e.g. which model drafted it."""
        self._caption.setText(text)
        self._caption.setVisible(bool(text))

    def show_report(self, report: Report) -> None:
        """Show the report's sentences of this section; rows that stay keep their caret."""
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
                # A layout shows its children a turn later, too late to give one the keyboard.
                row.show()
        self._rows = ordered
        self.line.setVisible(report.is_editable)
        self.setVisible(report.is_editable or bool(report.kept(self.section)))

    def _row_for(self, sentence: ReportSentence, report: Report) -> ReportRow:
        row = self._rows.get(sentence.id)
        if row is None:
            row = ReportRow(sentence, self)
            self._connect_row(row)
        row.show_sentence(sentence, is_editable=report.is_editable)
        return row

    def _on_typed(self, text: str) -> None:
        if text.strip():
            self.line.clear()
            self.typed.emit(text)

    def _lay_out(self) -> None:
        set_look(self._heading, role="heading")
        set_look(self._caption, role="caption")
        self._caption.setTextFormat(Qt.TextFormat.PlainText)
        self._caption.setWordWrap(True)
        self._caption.setContentsMargins(20, 0, 12, 8)
        self._caption.hide()
        self._heading.setContentsMargins(20, 0, 12, 4)
        self.line.setPlaceholderText(_HINTS[self.section])
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
