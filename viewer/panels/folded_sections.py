"""One line for the empty sections before the findings, with a button to open each."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from engine.domain.report import Report, Section
from viewer.panels.report_section import ReportSection
from viewer.theme.palette import set_look

_FOLDS = (Section.INDICATION, Section.TECHNIQUE, Section.COMPARISON)


class FoldedSections(QWidget):
    """Buttons of the folded sections; hidden while none is folded.

    A section opened once stays open until another report comes, so that nothing below it moves
    while the reader works.

    Args:
        sections: All sections of the report.
    """

    def __init__(
        self, sections: Mapping[Section, ReportSection], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._sections = sections
        self._opened: set[Section] = set()
        self.buttons = {section: QToolButton() for section in _FOLDS}
        self._lay_out()

    def fold(self) -> None:
        """Fold the empty sections again, for another report."""
        self._opened = set()

    def refresh(self, report: Report) -> None:
        """Choose the sections to fold, before these show the report.

        A section shown and hidden again would lay out and paint the whole report for each letter.
        """
        self._opened |= {sentence.section for sentence in report.sentences}
        for section, button in self.buttons.items():
            is_folded = report.is_editable and section not in self._opened
            self._sections[section].is_folded = is_folded
            button.setVisible(is_folded)
        self.setVisible(any(self._sections[section].is_folded for section in _FOLDS))

    def _open(self, section: Section, _checked: object = None) -> None:
        self._opened.add(section)
        self.buttons[section].hide()
        self._sections[section].is_folded = False
        self._sections[section].show()
        self._sections[section].line.setFocus(Qt.FocusReason.OtherFocusReason)
        self.setVisible(any(one.is_folded for one in self._sections.values()))

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(20, 0, 12, 0)
        row.setSpacing(8)
        for section, button in self.buttons.items():
            button.setText(f"+ {section.value}")
            set_look(button, variant="filter")
            button.setAccessibleName(f"Write {section.value.lower()}")
            button.clicked.connect(partial(self._open, section))
            row.addWidget(button)
        row.addStretch(1)
