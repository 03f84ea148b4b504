"""Past drafts and reports: search them, and read one beside the report in hand."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from engine.domain.report import Report, ReportSummary, Section
from viewer.app_context import AppContext
from viewer.state.wording import REPORT_STATUS_WORDS, moment_text
from viewer.theme.fonts import sans_font
from viewer.theme.palette import set_look
from viewer.theme.tokens import FONT_SIZES
from viewer.widgets.difference_text import DifferenceText
from viewer.widgets.elided_label import ElidedLabel
from viewer.widgets.search_field import SearchField


class HistoryPanel(QWidget):
    """The list of past reports at the left."""

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = context.history
        self.search = SearchField("Words of a report, name, ID")
        self.view = QListWidget()
        self.empty = QLabel()
        self._lay_out()
        self.search.searched.connect(self._state.search)
        self.search.left.connect(self._go_to_rows)
        self.view.itemClicked.connect(self._on_chosen)
        self.view.itemActivated.connect(self._on_chosen)
        self._state.rows_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the reports as they are now."""
        self.view.clear()
        for row in self._state.rows:
            item = QListWidgetItem()
            item.setData(Qt.ItemDataRole.UserRole, row)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{row.patient_name}, {row.excerpt}")
            # Qt would read a name that looks like markup as markup.
            item.setToolTip(f"{row.patient_name}\n{row.excerpt}".replace("<", "‹"))
            card = _PastReportRow(row)
            item.setSizeHint(QSize(0, card.sizeHint().height()))
            self.view.addItem(item)
            self.view.setItemWidget(item, card)
        is_empty = not self._state.rows
        self.view.setVisible(not is_empty)
        self.empty.setVisible(is_empty)
        self.empty.setText("No report matches." if self._state.text else "No reports yet.")

    def _go_to_rows(self) -> None:
        if self.view.currentRow() < 0:
            self.view.setCurrentRow(0)
        self.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_chosen(self, item: QListWidgetItem) -> None:
        row = item.data(Qt.ItemDataRole.UserRole)
        if isinstance(row, ReportSummary):
            self._state.read(row)

    def _lay_out(self) -> None:
        set_look(self.empty, role="dim")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setAccessibleName("Past reports")
        self.view.setStyleSheet("QListWidget::item { padding: 0; }")
        field = QHBoxLayout()
        field.setContentsMargins(12, 0, 12, 0)
        field.addWidget(self.search)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 8)
        column.setSpacing(8)
        column.addLayout(field)
        column.addWidget(self.view, 1)
        column.addWidget(self.empty, 1)


class _PastReportRow(QWidget):
    """Name and status, then date, then the first words."""

    def __init__(self, row: ReportSummary) -> None:
        super().__init__()
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        name = ElidedLabel(row.patient_name or "Name not given")
        status = ElidedLabel(REPORT_STATUS_WORDS[row.status])
        film = ElidedLabel(f"Film of {row.study_date}")
        when = ElidedLabel(f"Written {moment_text(row.updated)}")
        words = ElidedLabel(row.excerpt)
        for label in (status, film, when, words):
            set_look(label, role="caption")
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(name, 1)
        head.addWidget(status)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 6, 12, 6)
        column.setSpacing(2)
        column.addLayout(head)
        column.addWidget(film)
        column.addWidget(when)
        column.addWidget(words)


class PastReportCard(QFrame):
    """One past report, to read only, above the report in hand.

    Signals:
        study_asked: Uid of its study, to be opened.
    """

    study_asked = Signal(str)

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.name = ElidedLabel()
        self.other_patient = QLabel("Another patient than the one on the light box")
        self.when = ElidedLabel()
        self.tabs = (_tab("Changes to the draft"), _tab("Text"))
        self.pages = QStackedWidget()
        self.changes = DifferenceText()
        self.body = QWidget()
        self._shown: list[QLabel] = []
        self.open_study = QPushButton("Open its study")
        self.close_card = QPushButton("Close")
        self._lay_out()
        self.close_card.clicked.connect(context.history.put_away)
        self.open_study.clicked.connect(self._ask_study)
        context.history.reading_changed.connect(self.refresh)
        context.library.study_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the report that is read beside, or hide."""
        reading = self._context.history.reading
        self.setVisible(reading is not None)
        if reading is None:
            return
        row, report = reading
        study = self._context.library.study
        ours = () if study is None else (study, *self._context.library.priors)
        is_known = row.study_uid in {one.uid for one in ours}
        has_same_id = study is not None and study.patient.patient_id == row.patient_id
        is_other = study is not None and not (is_known or has_same_id)
        self.other_patient.setVisible(is_other)
        self.open_study.setVisible(study is None or study.uid != row.study_uid)
        self.name.setText(f"{row.patient_name}  ·  {row.patient_id}")
        state = REPORT_STATUS_WORDS[row.status]
        self.when.setText(
            f"{state}, revision {report.revision}  ·  {row.author}  ·  {moment_text(row.updated)}"
        )
        self._show_text(report)
        differences = self._context.history.differences
        self.changes.show_differences(differences)
        for tab in self.tabs:
            tab.setVisible(bool(differences))
        self._show_page(0 if differences else 1)

    @property
    def text(self) -> str:
        """The words that are shown, headings too."""
        return "\n".join(label.text() for label in self._shown)

    def _show_text(self, report: Report) -> None:
        for label in self._shown:
            label.hide()
            label.deleteLater()
        self._shown = []
        for section in Section:
            if words := report.text(section):
                self._shown += [_plain_label(section.value, role="heading"), _body_label(words)]
        for number, addendum in enumerate(report.addenda, start=1):
            self._shown.append(_plain_label(f"Addendum {number}", role="heading"))
            self._shown.append(_body_label(addendum.text))
        if report.withdrawal is not None:
            words = f"Withdrawn: {report.withdrawal.reason}"
            self._shown.insert(0, _plain_label(words, role="amber"))
        if not self._shown:
            self._shown = [_plain_label("Nothing was written.", role="dim")]
        for label in self._shown:
            self._texts.addWidget(label)

    def _show_page(self, index: int) -> None:
        self.tabs[index].setChecked(True)
        self.pages.setCurrentIndex(index)

    def _ask_study(self) -> None:
        reading = self._context.history.reading
        if reading is not None:
            self.study_asked.emit(reading[0].study_uid)

    def _lay_out(self) -> None:
        self.setObjectName("pastReport")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setMinimumHeight(240)
        set_look(self.name, role="strong")
        set_look(self.other_patient, role="red")
        set_look(self.when, role="caption")
        set_look(self.body, surface="raised")
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
        self.pages.addWidget(self.changes)
        self.pages.addWidget(scroll)
        column.addWidget(self.pages, 1)

    def _tab_row(self) -> QHBoxLayout:
        """Changes first: the difference to the draft is what a review is about."""
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
    tab.setCheckable(True)
    set_look(tab, variant="tab")
    return tab


def _plain_label(text: str, *, role: str = "") -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    if role:
        set_look(label, role=role)
    return label


def _body_label(words: str) -> QLabel:
    label = _plain_label(words)
    label.setFont(sans_font(FONT_SIZES["report"]))
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.setContentsMargins(0, 0, 0, 8)
    return label
