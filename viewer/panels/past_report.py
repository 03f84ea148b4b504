"""A past report beside the current one: text, draft, revisions, and what is new since."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from engine.domain.difference import Fate
from engine.domain.report import Report, Section
from viewer.desk import Desk
from viewer.panels.record_text import DraftsText, RevisionsText
from viewer.state.history import Page
from viewer.state.wording import REPORT_STATUS_WORDS, moment_text
from viewer.theme.palette import set_look
from viewer.theme.size import keep
from viewer.widgets.difference_text import DifferenceText
from viewer.widgets.elided_label import ElidedLabel
from viewer.widgets.plain_label import plain_label
from viewer.widgets.since_prior_text import SincePriorText

_TABS = ("Since then", "Changes", "After preliminary", "Text", "Revisions", "Drafts")
_TIPS = {
    "Changes": "The model's draft against the report",
    "After preliminary": "What was changed of what was signed as preliminary",
    "Drafts": "Everything that the model wrote about this study",
}
_TEXT = _TABS.index("Text")
_PAGES = {
    Page.TEXT: _TEXT,
    Page.CHANGES: _TABS.index("Changes"),
    Page.REVISIONS: _TABS.index("Revisions"),
}
_PRELIMINARY_WORDS = {
    Fate.UNCHANGED: "as signed preliminary",
    Fate.EDITED: "reworded",
    Fate.REJECTED: "taken out",
    Fate.ADDED: "added",
}


class PastReportCard(QFrame):
    """A read-only past report above the current report.

    Signals:
        study_asked: UID of the report's study, to be opened.
    """

    study_asked = Signal(str)

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.name = ElidedLabel()
        self.other_patient = QLabel("Another patient than on the films")
        self.when = ElidedLabel()
        self.tabs = tuple(_tab(words) for words in _TABS)
        self.pages = QStackedWidget()
        self.since = SincePriorText()
        self.changes = DifferenceText()
        self.preliminary = DifferenceText()
        self.revisions = RevisionsText()
        self.drafts = DraftsText()
        self.body = QWidget()
        self._shown: list[QLabel] = []
        self.open_study = QPushButton("Open study")
        self.close_card = QPushButton("Close")
        self._lay_out()
        self.close_card.clicked.connect(desk.history.close_report)
        self.open_study.clicked.connect(self._ask_study)
        desk.history.reading_changed.connect(self.refresh)
        desk.history.since_changed.connect(self._follow_report)
        desk.library.study_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the past report that is open, or hide."""
        reading = self._desk.history.reading
        self.setVisible(reading is not None)
        if reading is None:
            return
        row, report = reading
        study = self._desk.library.study
        ours = () if study is None else (study, *self._desk.library.priors)
        # Anybody else's report is marked in red: it must not be read as this patient's.
        is_known = row.study_uid in {one.uid for one in ours}
        has_same_id = study is not None and study.patient.patient_id == row.patient_id
        is_other = study is not None and not (is_known or has_same_id)
        self.other_patient.setVisible(is_other)
        self.open_study.setVisible(study is None or study.uid != row.study_uid)
        self.name.setText(f"{row.patient_name}  ·  {row.patient_id}")
        state = REPORT_STATUS_WORDS[row.status]
        revisions = self._desk.history.record.revisions
        who = revisions[-1].author if revisions else row.author
        set_look(self.when, role="amber" if report.withdrawal is not None else "caption")
        self.when.setText(
            f"{state}, revision {report.revision}  ·  {who}  ·  {moment_text(row.updated)}"
        )
        self._show_text(report)
        self._show_record(report)

    @property
    def text(self) -> str:
        """The words shown, with headings."""
        return "\n".join(label.text() for label in self._shown)

    def _show_record(self, report: Report) -> None:
        history = self._desk.history
        record, since = history.record, history.since_prior
        self.changes.show_differences(record.differences)
        self.preliminary.show_differences(record.since_preliminary, _PRELIMINARY_WORDS)
        self.revisions.show_revisions(record.revisions)
        self.drafts.show_drafts(record.drafts, report.draft_id)
        if since is not None:
            self.since.show_difference(since.difference)
        has = (
            since is not None,
            bool(record.differences),
            bool(record.since_preliminary),
            True,
            bool(record.revisions),
            self._has_more_drafts(report),
        )
        for tab, is_there in zip(self.tabs, has, strict=True):
            tab.setVisible(is_there and sum(has) > 1)
        # The comparison comes first if it was asked for, else the report.
        wanted = 0 if since is not None else _PAGES[history.page]
        self._show_page(wanted if has[wanted] else _TEXT)

    def _has_more_drafts(self, report: Report) -> bool:
        """Whether there is a draft that this report did not take and that may be shown."""
        is_hidden = self._desk.preferences.blind_first and report.draft_id is None
        drafts = self._desk.history.record.drafts
        return not is_hidden and any(draft.id != report.draft_id for draft in drafts)

    def _follow_report(self) -> None:
        """Compare again with the changed report, keeping the scroll position."""
        since, bar = self._desk.history.since_prior, self.since.verticalScrollBar()
        if since is not None:
            scrolled = bar.value()
            self.since.show_difference(since.difference)
            bar.setValue(scrolled)

    def _show_text(self, report: Report) -> None:
        for label in self._shown:
            label.hide()
            label.deleteLater()
        self._shown = []
        for section in Section:
            if words := report.text(section):
                self._shown += [plain_label(section.value, role="heading"), _body_label(words)]
        for number, addendum in enumerate(report.addenda, start=1):
            self._shown.append(plain_label(f"Addendum {number}", role="heading"))
            self._shown.append(_body_label(addendum.text))
        if report.withdrawal is not None:
            words = f"Withdrawn: {report.withdrawal.reason}"
            self._shown.insert(0, plain_label(words, role="amber"))
        if not self._shown:
            self._shown = [plain_label("Nothing was written.", role="dim")]
        for label in self._shown:
            self._texts.addWidget(label)

    def _show_page(self, index: int) -> None:
        self.tabs[index].setChecked(True)
        self.pages.setCurrentIndex(index)

    def _ask_study(self) -> None:
        reading = self._desk.history.reading
        if reading is not None:
            self.study_asked.emit(reading[0].study_uid)

    def _lay_out(self) -> None:
        self.setObjectName("pastReport")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        keep(self, least_height=240)
        set_look(self.name, role="strong")
        set_look(self.other_patient, role="red")
        set_look(self.when, role="caption")
        set_look(self.body, surface="raised", words="around")
        self._texts = QVBoxLayout()
        self._texts.setSpacing(4)
        body = QVBoxLayout(self.body)
        body.setContentsMargins(0, 8, 0, 0)
        body.addLayout(self._texts)
        body.addStretch(1)
        for button in (self.open_study, self.close_card):
            set_look(button, variant="quiet")
        scroll = QScrollArea()
        scroll.setWidget(self.body)
        scroll.setAccessibleName("Past report")
        scroll.setWidgetResizable(True)
        head = QHBoxLayout()
        head.setSpacing(4)
        head.addWidget(self.name, 1)
        head.addWidget(self.open_study)
        head.addWidget(self.close_card)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 8, 12, 12)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self.other_patient)
        column.addWidget(self.when)
        column.addLayout(self._tab_row())
        self.pages.addWidget(self.since)
        self.pages.addWidget(self.changes)
        self.pages.addWidget(self.preliminary)
        self.pages.addWidget(scroll)
        self.pages.addWidget(self.revisions)
        self.pages.addWidget(self.drafts)
        column.addWidget(self.pages, 1)

    def _tab_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(4)
        group = QButtonGroup(self)
        for index, tab in enumerate(self.tabs):
            group.addButton(tab)
            tab.clicked.connect(lambda _on=False, index=index: self._show_page(index))
            row.addWidget(tab)
        row.addStretch(1)
        return row


def _tab(text: str) -> QToolButton:
    tab = QToolButton()
    tab.setText(text)
    tab.setToolTip(_TIPS.get(text, ""))
    tab.setCheckable(True)
    set_look(tab, variant="tab")
    return tab


def _body_label(words: str) -> QLabel:
    label = plain_label(words)
    set_look(label, words="report")
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.setContentsMargins(0, 0, 0, 8)
    return label
