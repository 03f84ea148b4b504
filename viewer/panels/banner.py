"""The patient banner: who is on the light box, always visible, in plain text only."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from engine.domain.report import ReportStatus
from engine.domain.study import StudyStatus
from viewer.app_context import AppContext
from viewer.state.session import SessionStage
from viewer.state.wording import (
    REPORT_STATUS_WORDS,
    STATUS_WORDS,
    name_of,
    person_line,
    study_line,
)
from viewer.theme.palette import set_look
from viewer.theme.tokens import BANNER_HEIGHT
from viewer.widgets.chip import Chip
from viewer.widgets.elided_label import ElidedLabel

_STANDINGS = {ReportStatus.PRELIMINARY, ReportStatus.ADDENDED, ReportStatus.WITHDRAWN}


class PatientBanner(QWidget):
    """40 px at the top of the window: name, person, study, status, user."""

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.setObjectName("patientBanner")
        self.setFixedHeight(BANNER_HEIGHT)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.demo_mark = Chip("DEMO – NOT FOR PATIENTS", tone="amber")
        self.hidden_mark = Chip("NAMES HIDDEN")
        self.name = ElidedLabel()
        self.person = ElidedLabel()
        self.study = ElidedLabel()
        self.status = Chip()
        self.user = QLabel()
        self._study_rule, self._user_rule = _rule(), _rule()
        self._lay_out()
        context.session.stage_changed.connect(self.refresh)
        context.session.user_changed.connect(self.refresh)
        context.session.names_changed.connect(self.refresh)
        context.library.study_changed.connect(self.refresh)
        context.library.rows_changed.connect(self.refresh)
        context.report.changed.connect(self.refresh)
        context.report.opened.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the present patient, study and user."""
        session, study = self._context.session, self._context.library.study
        self.demo_mark.setVisible(session.is_demo)
        self.hidden_mark.setVisible(session.hides_names)
        self.user.setText(session.user_name)
        self._user_rule.setVisible(bool(session.user_name))
        for part in (self.person, self._study_rule, self.study, self.status):
            part.setVisible(study is not None)
        if study is None:
            is_opening = session.stage is SessionStage.OPENING
            self.name.setText("Opening the workspace" if is_opening else "No study open")
            return
        self.name.setText(name_of(study.patient))
        self.person.setText(person_line(study.patient, study.study_date, study.patient_age))
        self.study.setText(study_line(study))
        self._show_status()

    def _show_status(self) -> None:
        report, row = self._context.report.report, self._context.library.summary
        status = row.status if row is not None else StudyStatus.NEW
        if report is not None and not report.is_editable:
            status = StudyStatus.SIGNED
        elif report is not None and len(report.unreviewed) < len(report.sentences):
            # The list says so after the next save, the banner at the first decision.
            status = StudyStatus.IN_REVIEW
        words = STATUS_WORDS[status]
        if report is not None and report.status in _STANDINGS:
            words = REPORT_STATUS_WORDS[report.status]
        self.status.setText(words)

    def _lay_out(self) -> None:
        set_look(self.person, role="dim")
        set_look(self.study, role="dim")
        set_look(self.user, role="dim")
        set_look(self.name, role="strong")
        for label in (self.name, self.person, self.study, self.user):
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.user.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 12, 0)
        row.setSpacing(16)
        row.addWidget(self.name)
        row.addWidget(self.person)
        row.addWidget(self._study_rule)
        row.addWidget(self.study, 1)
        row.addWidget(self.status)
        row.addWidget(self.hidden_mark)
        row.addWidget(self.demo_mark)
        row.addWidget(self._user_rule)
        row.addWidget(self.user)


def _rule() -> QWidget:
    line = QWidget()
    line.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    line.setFixedSize(1, 16)
    set_look(line, surface="line")
    return line
