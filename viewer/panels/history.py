"""Past drafts and reports: search, filter, choose, hand out."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from engine.domain.past_reports import ReportSummary
from viewer.app_context import AppContext
from viewer.panels.report_filters import ReportFilters
from viewer.state.wording import REPORT_STATUS_WORDS, count_text, moment_text, percent_text
from viewer.theme.palette import set_look
from viewer.widgets.elided_label import ElidedLabel
from viewer.widgets.search_field import SearchField

EXPORT_FORMS = (
    ("As PDF files…", "pdf"),
    ("As text files…", "text"),
    ("As JSON files…", "json"),
)
"""Words of the menu, and the form's value."""


class HistoryPanel(QWidget):
    """The list of past reports at the left."""

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = context.history
        self.search = SearchField("Words of a report, name, ID")
        self.filter = QToolButton()
        self.filters = ReportFilters(self._state)
        self.view = QListWidget()
        self.empty = QLabel()
        self.count = QLabel()
        self.export = QToolButton()
        self.export_menu = QMenu(self)
        self._lay_out()
        self.search.searched.connect(self._state.search)
        self.search.left.connect(self._go_to_rows)
        self.filter.toggled.connect(self.filters.setVisible)
        self.view.itemClicked.connect(self._on_clicked)
        self.view.itemActivated.connect(self._on_chosen)
        self.view.itemSelectionChanged.connect(self._count)
        self._state.rows_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the reports as they are now; what was selected stays so."""
        chosen = {row.id for row in self.selected}
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
            item.setSelected(row.id in chosen)
        is_empty = not self._state.rows
        query = self._state.query
        self.view.setVisible(not is_empty)
        self.empty.setVisible(is_empty)
        is_asked = bool(query.text) or query.is_narrowed
        self.empty.setText("No report matches." if is_asked else "No reports yet.")
        self.filter.setText("Filters, in use" if query.is_narrowed else "Filters")
        self._count()

    @property
    def selected(self) -> tuple[ReportSummary, ...]:
        """The rows that are selected, in the order of the list."""
        items = (self.view.item(place) for place in range(self.view.count()))
        rows = (item.data(Qt.ItemDataRole.UserRole) for item in items if item.isSelected())
        return tuple(row for row in rows if isinstance(row, ReportSummary))

    def _count(self) -> None:
        found, chosen = len(self._state.rows), len(self.selected)
        words = count_text(found, "report", "reports")
        self.count.setText(f"{words}, {chosen} selected" if chosen > 1 else words)
        self.export.setEnabled(found > 0)

    def _on_clicked(self, item: QListWidgetItem) -> None:
        if len(self.selected) == 1:
            self._on_chosen(item)

    def _go_to_rows(self) -> None:
        if self.view.currentRow() < 0:
            self.view.setCurrentRow(0)
        self.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_chosen(self, item: QListWidgetItem) -> None:
        row = item.data(Qt.ItemDataRole.UserRole)
        if isinstance(row, ReportSummary):
            self._state.read(row)

    def _ask_export(self, form: str) -> None:
        """Write what is selected or, if nothing is, all that is listed."""
        rows = self.selected or self._state.rows
        folder = QFileDialog.getExistingDirectory(self, "Folder for the reports")
        if folder:
            self._state.export([row.id for row in rows], Path(folder), form)

    def _lay_out(self) -> None:
        set_look(self.empty, role="dim")
        set_look(self.count, role="caption")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.view.setAccessibleName("Past reports")
        self.view.setStyleSheet("QListWidget::item { padding: 0; }")
        self.filters.hide()
        self.filter.setCheckable(True)
        for button in (self.filter, self.export):
            set_look(button, variant="quiet")
        self.export.setText("Export")
        self.export.setToolTip("Write what is selected, or all that is listed, into a folder")
        self.export.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        for words, form in EXPORT_FORMS:
            action = QAction(words, self)
            action.triggered.connect(lambda _on=False, form=form: self._ask_export(form))
            self.export_menu.addAction(action)
        self.export.setMenu(self.export_menu)
        field = QHBoxLayout()
        field.setContentsMargins(12, 0, 12, 0)
        field.addWidget(self.search)
        buttons = QHBoxLayout()
        buttons.setContentsMargins(12, 0, 8, 0)
        buttons.addWidget(self.count, 1)
        buttons.addWidget(self.filter)
        buttons.addWidget(self.export)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 8)
        column.setSpacing(8)
        column.addLayout(field)
        column.addLayout(buttons)
        column.addWidget(self.filters)
        column.addWidget(self.view, 1)
        column.addWidget(self.empty, 1)


class _PastReportRow(QWidget):
    """Name and status, then date, then the first words."""

    def __init__(self, row: ReportSummary) -> None:
        super().__init__()
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        name = ElidedLabel(row.patient_name or "Name not given")
        status = ElidedLabel(REPORT_STATUS_WORDS[row.status])
        film = ElidedLabel(f"Film of {row.study_date}{_distance(row)}")
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


def _distance(row: ReportSummary) -> str:
    if row.edit_share is None:
        return ""
    return f"  ·  {percent_text(row.edit_share)} changed"
