"""Critical results: earlier communications, and a form for one more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QPushButton, QWidget

from engine.domain.critical import CriticalCommunication, Means, Urgency
from engine.domain.report import Report
from engine.domain.study import Study
from viewer.dialogs.sheet import Sheet
from viewer.errors import OnError, notice_of
from viewer.state.wording import name_of, person_line
from viewer.theme.palette import set_look

_URGENCIES = {
    Urgency.MINUTES: "1: within minutes",
    Urgency.HOURS: "2: within hours",
    Urgency.DAYS: "3: within days",
}
Keep = Callable[[CriticalCommunication, Callable[[], None], OnError], None]


class CriticalResultSheet(Sheet):
    """Records who was told of a critical finding. Closes once the entry is stored.

    Args:
        study: Study of the report.
        report: The report.
        user: Name of the user who records the entry.
        known: Earlier entries.
        keep: Stores an entry.
    """

    def __init__(
        self,
        study: Study,
        report: Report,
        user: str,
        known: tuple[CriticalCommunication, ...],
        keep: Keep,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("Critical result", 560, parent)
        self._report, self._user, self._keep = report, user, keep
        self.add_label(name_of(study.patient), role="display")
        self.add_label(person_line(study.patient, study.study_date, study.patient_age))
        for entry in known:
            self.add_label(entry.line, role="dim")
        self.finding, self.who = QLineEdit(), QLineEdit()
        self.finding.setPlaceholderText("e.g. Left tension pneumothorax")
        self.who.setPlaceholderText("Name and function")
        self.means, self.urgency = QComboBox(), QComboBox()
        for means in Means:
            self.means.addItem(means.value.capitalize(), means)
        for urgency, words in _URGENCIES.items():
            self.urgency.addItem(words, urgency)
        self.read_back = QCheckBox("Read-back confirmed")
        self.add_field("Finding", self.finding)
        self.add_field("Notified", self.who)
        self.add_field("How", self.means)
        self.add_field("Category (ACR)", self.urgency)
        self.column.addWidget(self.read_back)
        self.problem = self.add_label("", role="red")
        self.problem.hide()
        self.add_label("The time is now; an entry cannot be changed afterwards.", role="dim")
        self.cancel, self.keep = QPushButton("Cancel  Esc"), QPushButton("Record")
        set_look(self.cancel, variant="quiet")
        set_look(self.keep, variant="primary")
        self.add_buttons(self.cancel, self.keep)
        self.cancel.clicked.connect(self.reject)
        self.keep.clicked.connect(self._on_keep)
        for field in (self.finding, self.who):
            field.textChanged.connect(self._refresh)
        self.finding.setFocus()
        self._refresh()

    is_beside_films = True

    def holds_words(self) -> bool:
        """Whether a finding or a name was typed that is not recorded."""
        return bool(self.finding.text().strip() or self.who.text().strip())

    def _refresh(self) -> None:
        self.keep.setEnabled(bool(self.finding.text().strip() and self.who.text().strip()))

    def _on_keep(self) -> None:
        now = datetime.now(UTC)
        self.keep.setEnabled(False)
        entry = CriticalCommunication(
            report_id=self._report.id,
            finding=self.finding.text().strip(),
            told=self.who.text().strip(),
            told_at=now,
            means=Means(self.means.currentData()),
            urgency=Urgency(self.urgency.currentData()),
            read_back=self.read_back.isChecked(),
            recorded_by=self._user,
            recorded_at=now,
        )
        self._keep(entry, self.accept, self._on_failed)

    def _on_failed(self, error: Exception) -> None:
        self.problem.setText(notice_of(error).line)
        self.problem.show()
        self._refresh()
