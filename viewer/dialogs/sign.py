"""Signing: the patient again, what was changed of the draft, the passphrase, the meaning.

Return never signs on the first press (ui.md, signing): in the passphrase field it only moves the
keyboard to the button, which says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from engine.domain.difference import draft_differences
from engine.domain.report import Report, ReportSentence, SentenceState
from engine.domain.study import Study
from viewer.dialogs.sheet import Sheet
from viewer.errors import notice_of
from viewer.state.report import ReportState
from viewer.state.wording import count_text, name_of, person_line, study_line
from viewer.theme.palette import set_look
from viewer.widgets.difference_text import DifferenceText

DIFFERENCE_HEIGHT = 180
_FOR_GOOD = "A signed report cannot be changed."
PRELIMINARY_MEANINGS = ("I prepared this report for an attending to review.",)
MEANINGS = (
    "I am the author of this report.",
    "I have reviewed this report and approve it.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftDifferences:
    """How a report differs from the model's draft, by sentence."""

    unchanged: tuple[ReportSentence, ...]
    edited: tuple[ReportSentence, ...]
    rejected: tuple[ReportSentence, ...]
    written: tuple[ReportSentence, ...]

    @property
    def line(self) -> str:
        """The counts in one line."""
        return "  ·  ".join(
            (
                f"{len(self.unchanged)} of the draft unchanged",
                f"{len(self.edited)} edited",
                f"{len(self.rejected)} rejected",
                count_text(len(self.written), "sentence of yours", "sentences of yours"),
            )
        )


def differences(report: Report) -> DraftDifferences:
    """Sort the report's sentences by what became of the draft."""

    def having(state: SentenceState) -> tuple[ReportSentence, ...]:
        return tuple(s for s in report.sentences if s.state is state and s.text.strip())

    return DraftDifferences(
        unchanged=having(SentenceState.AI_ACCEPTED),
        edited=having(SentenceState.AI_EDITED),
        rejected=having(SentenceState.AI_REJECTED),
        written=having(SentenceState.AUTHOR),
    )


class SignSheet(Sheet):
    """Signs the open report; closes itself when it is signed.

    Args:
        state: The open report's.
        study: Whose report it is.
        report: As it is signed.
        parent: The window.
        remarks: What the guards still say, two at most; none of it stops signing.
        is_preliminary: Whether it is handed to an attending rather than finished.
    """

    def __init__(
        self,
        state: ReportState,
        study: Study,
        report: Report,
        parent: QWidget | None = None,
        *,
        remarks: Sequence[str] = (),
        is_preliminary: bool = False,
    ) -> None:
        title = "Sign as preliminary" if is_preliminary else "Sign the report"
        super().__init__(title, 560, parent)
        self._state = state
        self._is_preliminary = is_preliminary
        self._meanings = PRELIMINARY_MEANINGS if is_preliminary else MEANINGS
        if is_preliminary:
            self.add_heading("Preliminary report")
        self.name = self.add_label(name_of(study.patient), role="display")
        self.person = self.add_label(
            person_line(study.patient, study.study_date, study.patient_age)
        )
        self.add_label(study_line(study), role="dim")
        self.summary = QLabel()
        self.meanings = QButtonGroup(self)
        self.passphrase = QLineEdit()
        self.problem = QLabel()
        self.cancel = QPushButton("Not yet  Esc")
        self.sign = QPushButton("Sign")
        self._lay_out(report, remarks)
        self._connect()
        self.passphrase.setFocus()

    def _lay_out(self, report: Report, remarks: Sequence[str]) -> None:
        found = differences(report)
        self.column.addSpacing(4)
        self.summary.setText(found.line)
        self.summary.setTextFormat(Qt.TextFormat.PlainText)
        self.summary.setWordWrap(True)
        self.add_field("Changes to the draft", self.summary)
        if found.edited or found.rejected or found.written:
            self.column.addWidget(_difference_list(report))
            self.column.addSpacing(8)
        for remark in remarks:
            self.add_label(remark, role="amber")
        self.add_field("Meaning of the signature", self._meaning_choice())
        self.passphrase.setEchoMode(QLineEdit.EchoMode.Password)
        self.add_field("Passphrase", self.passphrase)
        set_look(self.problem, role="red")
        self.problem.setTextFormat(Qt.TextFormat.PlainText)
        self.problem.setWordWrap(True)
        self.problem.hide()
        self.column.addWidget(self.problem)
        end = "An attending can still edit it." if self._is_preliminary else _FOR_GOOD
        self.add_label(end, role="dim")
        set_look(self.cancel, variant="quiet")
        set_look(self.sign, variant="primary")
        self.add_buttons(self.cancel, self.sign)

    def _meaning_choice(self) -> QWidget:
        box = QWidget()
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for number, meaning in enumerate(self._meanings):
            button = QRadioButton(meaning)
            button.setChecked(number == 0)
            self.meanings.addButton(button, number)
            column.addWidget(button)
        return box

    def _connect(self) -> None:
        self.passphrase.textChanged.connect(self._refresh)
        self.sign.clicked.connect(self._submit)
        self.cancel.clicked.connect(self.reject)
        self._refresh()

    def _refresh(self) -> None:
        self.sign.setEnabled(bool(self.passphrase.text()))
        self.sign.setText("Sign")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The first Return goes from the passphrase to the button, the second signs."""
        if event.key() not in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            super().keyPressEvent(event)
        elif self.sign.hasFocus():
            self._submit()
        elif self.sign.isEnabled():
            self.sign.setText("Sign  Return")
            self.sign.setFocus(Qt.FocusReason.TabFocusReason)

    def _submit(self) -> None:
        if not self.sign.isEnabled():
            return
        self.problem.hide()
        self.sign.setEnabled(False)
        self.passphrase.setEnabled(False)
        self.sign.setText("Signing")
        self._state.sign(
            self.passphrase.text(),
            self._meanings[self.meanings.checkedId()],
            self.accept,
            self._on_failed,
            is_preliminary=self._is_preliminary,
        )

    def _on_failed(self, error: Exception) -> None:
        self.passphrase.setEnabled(True)
        self.passphrase.clear()
        self.passphrase.setFocus()
        self.problem.setText(notice_of(error).line)
        self.problem.show()
        self._refresh()


def _difference_list(report: Report) -> DifferenceText:
    """Both wordings of every sentence: struck through what went, underlined what came."""
    shown = DifferenceText()
    shown.show_differences(draft_differences(report))
    shown.setAccessibleName("What was changed of the draft")
    shown.setFixedHeight(DIFFERENCE_HEIGHT)
    return shown
