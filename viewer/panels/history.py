"""Past reports: search, filter, choose, export."""

from __future__ import annotations

from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from engine.domain.export import SELECTION_FORMS, ExportForm
from engine.domain.past_reports import ReportSummary
from engine.domain.progress import Progress
from viewer.desk import Desk
from viewer.panels.past_report_rows import PastReportDelegate
from viewer.panels.report_filters import ReportFilters
from viewer.state.wording import count_text
from viewer.theme.palette import set_look
from viewer.widgets.file_choice import ask_for_folder
from viewer.widgets.progress_line import ProgressLine
from viewer.widgets.search_field import SearchField


class HistoryPanel(QWidget):
    """The list of past reports on the left."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = desk.history
        self.search = SearchField("Words of a report, name, ID")
        self.filter = QToolButton()
        self.filters = ReportFilters(self._state)
        self.view = QListWidget()
        self.empty = QLabel()
        self.count = QLabel()
        self.export = QToolButton()
        self.export_menu = QMenu(self)
        self.progress = ProgressLine()
        self.stop = QPushButton("Stop")
        self._lay_out()
        self.search.searched.connect(self._state.search)
        self.search.left.connect(self._go_to_rows)
        self.filter.toggled.connect(self.filters.setVisible)
        self.view.itemClicked.connect(self._on_clicked)
        self.view.itemActivated.connect(self._on_chosen)
        self.view.itemSelectionChanged.connect(self._count)
        self._state.rows_changed.connect(self.refresh)
        self.stop.clicked.connect(self._state.cancel_export)
        self._state.export_progressed.connect(self._on_export)
        self._state.export_ended.connect(self._on_export_ended)
        self.refresh()

    def refresh(self) -> None:
        """Show the reports again, keeping selection and scroll position."""
        chosen, scrolled = {row.id for row in self.selected}, self.view.verticalScrollBar().value()
        has_current = self.view.currentRow() >= 0
        now = self.view.currentItem().data(Qt.ItemDataRole.UserRole) if has_current else None
        current = now.id if isinstance(now, ReportSummary) else None
        self.view.clear()
        for row in self._state.rows:
            item = QListWidgetItem()
            item.setData(Qt.ItemDataRole.UserRole, row)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{row.patient_name}, {row.excerpt}")
            # Qt would take a name that looks like markup for rich text.
            item.setToolTip(f"{row.patient_name}\n{row.excerpt}".replace("<", "‹"))
            self.view.addItem(item)
            if row.id == current:
                self.view.setCurrentItem(item, QItemSelectionModel.SelectionFlag.NoUpdate)
            item.setSelected(row.id in chosen)
        self.view.verticalScrollBar().setValue(scrolled)
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
        """The selected rows, in the order of the list."""
        items = (self.view.item(row) for row in range(self.view.count()))
        rows = (item.data(Qt.ItemDataRole.UserRole) for item in items if item.isSelected())
        return tuple(row for row in rows if isinstance(row, ReportSummary))

    def _count(self) -> None:
        found, chosen = len(self._state.rows), len(self.selected)
        words = count_text(found, "report", "reports")
        self.count.setText(f"{words}, {chosen} selected" if chosen > 1 else words)
        self.export.setEnabled(found > 0 and self.stop.isHidden())

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

    def _ask_export(self, form: ExportForm) -> None:
        """Export the selected reports or, if none is selected, all listed ones."""
        rows = self.selected or self._state.rows
        folder = ask_for_folder(self, "Folder for the reports")
        if folder is not None:
            self._state.export([row.id for row in rows], folder, form)

    def _on_export(self, now: Progress) -> None:
        self.progress.show_progress(now.done, now.total, f"Export: {now.message}")
        self.stop.show()
        self.export.setEnabled(False)

    def _on_export_ended(self) -> None:
        self.progress.finish()
        self.stop.hide()
        self._count()

    def _lay_out(self) -> None:
        set_look(self.stop, variant="quiet")
        self.stop.hide()
        set_look(self.empty, role="dim")
        set_look(self.count, role="caption")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.view.setAccessibleName("Past reports")
        self.view.setItemDelegate(PastReportDelegate(self.view))
        self.view.setMouseTracking(True)
        self.filters.hide()
        self.filter.setCheckable(True)
        for button in (self.filter, self.export):
            set_look(button, variant="quiet")
        self.export.setText("Export")
        self.export.setToolTip("Export what is selected, or all that is listed, into a folder")
        self.export.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        for form in SELECTION_FORMS:
            action = QAction(f"As {form.facts.many}…", self)
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
        for part in (self.progress, self.stop):
            inset = QHBoxLayout()
            inset.setContentsMargins(12, 0, 12, 0)
            inset.addWidget(part)
            column.addLayout(inset)
