"""The patient banner: whose films are in view, always visible, in plain text only."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from engine.domain.order import OrderState
from engine.domain.report import ReportStatus
from engine.domain.urgency import ROUTINE_RANK
from viewer.desk import Desk
from viewer.state.session import SessionStage, SessionState
from viewer.state.wording import (
    REPORT_STATUS_WORDS,
    STATUS_WORDS,
    name_of,
    person_line,
    study_line,
    urgency_text,
)
from viewer.theme.palette import set_look
from viewer.theme.size import keep
from viewer.theme.tokens import BANNER_HEIGHT
from viewer.widgets.elided_label import ElidedLabel

_STANDINGS = {ReportStatus.PRELIMINARY, ReportStatus.ADDENDED, ReportStatus.WITHDRAWN}
Tone = Literal["neutral", "accent", "amber", "red"]


class PatientBanner(QWidget):
    """A strip of 40 px at the top of the window: name, person, study, status, user."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.setObjectName("patientBanner")
        keep(self, height=BANNER_HEIGHT)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.demo_mark = Chip("DEMO – NOT FOR PATIENTS", tone="amber")
        self.hidden_mark = Chip("NAMES HIDDEN")
        self.name = ElidedLabel()
        self.person = ElidedLabel()
        self.study = ElidedLabel()
        self.order = Chip()
        self.status = Chip()
        self.user = QLabel()
        self._study_rule, self._user_rule = _rule(), _rule()
        self._lay_out()
        desk.session.user_changed.connect(self.refresh)
        desk.session.names_changed.connect(self.refresh)
        desk.library.study_changed.connect(self.refresh)
        desk.library.rows_changed.connect(self.refresh)
        desk.report.changed.connect(self.refresh)
        desk.report.opened.connect(self.refresh)
        desk.orders.changed.connect(self._show_order)
        self.refresh()

    def refresh(self) -> None:
        """Show the present patient, study and user."""
        session, study = self._desk.session, self._desk.library.study
        self.demo_mark.setVisible(session.is_demo)
        self.hidden_mark.setVisible(session.hides_names)
        self.user.setText(session.user_name)
        self._show_order()
        self._user_rule.setVisible(bool(session.user_name))
        for part in (self.person, self._study_rule, self.study, self.status):
            part.setVisible(study is not None)
        if study is None:
            self.name.setText("No study open")
            return
        picture = "" if session.hides_names else study.file_name
        self.name.setText(picture or name_of(study.patient))
        self.person.setText(person_line(study.patient, study.study_date, study.patient_age))
        self.study.setText(study_line(study))
        self._show_status()

    def _show_status(self) -> None:
        report = self._desk.report.report
        words = STATUS_WORDS[self._desk.open_status]
        if report is not None and report.status in _STANDINGS:
            words = REPORT_STATUS_WORDS[report.status]
        self.status.setText(words)

    def _show_order(self) -> None:
        """Urgency and due time of the order; amber if it is cancelled or only perhaps this one."""
        found = self._desk.orders.found
        order = found.order
        if order is None:
            words, tone = ("Order?" if found.asked is not None else ""), "amber"
        elif order.state is OrderState.CANCELLED:
            words, tone = "Order cancelled", "amber"
        else:
            is_urgent = order.priority.rank < ROUTINE_RANK
            words, tone = urgency_text(order), "accent" if is_urgent else "neutral"
        self.order.setText(words)
        self.order.setVisible(bool(words))
        if self.order.property("chip") != tone:
            self.order.setProperty("chip", tone)
            self.order.style().polish(self.order)

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
        row.addWidget(self.order)
        row.addWidget(self.status)
        row.addWidget(self.hidden_mark)
        row.addWidget(self.demo_mark)
        row.addWidget(self._user_rule)
        row.addWidget(self.user)


class OpeningBanner(QWidget):
    """The banner's place before a workspace is open."""

    def __init__(self, session: SessionState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.setObjectName("patientBanner")
        keep(self, height=BANNER_HEIGHT)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.words = QLabel()
        set_look(self.words, role="strong")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 12, 0)
        row.addWidget(self.words)
        session.stage_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show whether a workspace is being opened."""
        is_opening = self._session.stage is SessionStage.OPENING
        self.words.setText("Opening the workspace" if is_opening else "No study open")


def _rule() -> QWidget:
    line = QWidget()
    line.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    line.setFixedSize(1, 16)
    set_look(line, surface="line")
    return line


class Chip(QLabel):
    """A word with an outline in the colour of its tone, which the style sheet draws.

    Amber and red keep their meanings: a decision is needed; wrong patient, lost data or an error.
    """

    def __init__(
        self, text: str = "", parent: QWidget | None = None, *, tone: Tone = "neutral"
    ) -> None:
        super().__init__(text, parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setProperty("chip", tone)
