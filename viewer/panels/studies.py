"""The study list: search, status filter, rows by day, and results of a scan."""

from __future__ import annotations

from datetime import date, datetime

from PySide6.QtCore import QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QListView,
    QMenu,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from engine.domain.progress import Progress
from engine.domain.study import (
    ScanResult,
    SkippedFile,
    StudyQuery,
    StudyStatus,
    StudySummary,
    StudyUid,
)
from viewer.desk import Desk
from viewer.panels.prior_documents import PriorDocumentsPanel
from viewer.panels.study_rows import SUMMARY_ROLE, StudyRowDelegate, StudyRows
from viewer.panels.thumbnails import ThumbnailsPanel
from viewer.state.inbox import InboxState
from viewer.state.wording import STATUS_WORDS, away_text, count_text
from viewer.theme.palette import set_look
from viewer.widgets.plain_label import plain_label
from viewer.widgets.progress_line import ProgressLine
from viewer.widgets.search_field import SearchField

_ROOM_FOR_TWO = 560
"""Height of the panel, in px, from which two lines of thumbnails leave enough for the list."""


class StudiesPanel(QWidget):
    """The study list on the left.

    Signals:
        chosen: UID of the study to open.
        skipped_asked: Files that the last scan left out, to be listed.
        open_asked: The button of the empty list was pressed.
    """

    chosen = Signal(str)
    skipped_asked = Signal(object)
    open_asked = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._state = desk.library
        self._skipped: tuple[SkippedFile, ...] = ()
        self._shown = (StudyQuery(), StudyUid(""))
        self.search = SearchField("Name, ID, date, words")
        # Addended reports are found among the signed ones.
        self.filters: dict[StudyStatus, QToolButton] = {
            status: QToolButton() for status in StudyStatus if status is not StudyStatus.ADDENDED
        }
        self.rows = StudyRows(self)
        self.view = QListView()
        self.thumbnails = ThumbnailsPanel(desk)
        self.documents = PriorDocumentsPanel(desk)
        self.more = QLabel()
        self.empty = QLabel()
        self.open_button = QPushButton("Open folder…")
        self.progress = ProgressLine()
        self.stop = QPushButton("Stop")
        self.skipped = QPushButton()
        self.inbox = InboxLine(desk.inbox)
        self.added = QPushButton()
        self._first_added = ""
        self._lay_out()
        self._connect()
        self.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave space for the list on a low screen: fewer lines of thumbnails."""
        super().resizeEvent(event)
        self.thumbnails.show_lines(2 if event.size().height() >= _ROOM_FOR_TWO else 1)

    def refresh(self) -> None:
        """Show the rows again."""
        library = self._state
        today = datetime.now().astimezone().date()
        self._show_rows(today)
        is_empty = not library.rows
        self.view.setVisible(not is_empty)
        self._empty_box.setVisible(is_empty)
        limit = library.query.limit
        self.more.setText(f"The newest {limit} are listed; search finds the others.")
        self.more.setVisible(len(library.rows) >= limit)
        self._say_why_empty()
        if not library.is_scanning:
            self.progress.finish()
            self.stop.hide()

    def _show_rows(self, today: date) -> None:
        """Show the rows; for an unchanged query and study, keep the scroll position."""
        library = self._state
        opened = library.study.uid if library.study is not None else StudyUid("")
        is_same = self._shown == (library.query, opened)
        self._shown = (library.query, opened)
        first, at_top = _study_at(self.view.indexAt(QPoint(1, 1))), not self._is_scrolled()
        here = _study_at(self.view.currentIndex()) if self.view.hasFocus() else None
        self.rows.open_study = library.study
        self._note_drafts()
        self.rows.set_rows(library.rows, today, library.just_opened)
        current = self.rows.index_of(here.uid if is_same and here is not None else opened)
        if current.isValid():
            self.view.setCurrentIndex(current)
        if is_same and at_top:
            self.view.scrollToTop()
        elif is_same and first is not None:
            top = QAbstractItemView.ScrollHint.PositionAtTop
            self.view.scrollTo(self.rows.index_of(first.uid), top)

    def _note_drafts(self) -> None:
        inbox = self._desk.inbox
        self.rows.note_drafts(inbox.drafting, inbox.put_off)

    def _is_scrolled(self) -> bool:
        return self.view.verticalScrollBar().value() > 0

    def _say_why_empty(self) -> None:
        library = self._state
        is_filtered = bool(library.query.text) or library.query.status is not None
        self.open_button.hide()
        if not library.has_read or library.is_scanning:
            self.empty.setText("")
        elif is_filtered:
            self.empty.setText("No study matches.")
        else:
            self.empty.setText("Drop a folder, a ZIP or a CD here.")
            self.open_button.show()

    def _on_progress(self, progress: Progress) -> None:
        self.skipped.hide()
        self.added.hide()
        self._say_why_empty()
        self.stop.show()
        self.progress.show_progress(progress.done, progress.total, progress.message)

    def _on_scanned(self, result: ScanResult) -> None:
        self._skipped = result.skipped
        self.skipped.setVisible(bool(result.skipped))
        files = count_text(len(result.skipped), "file", "files")
        self.skipped.setText(f"{files} skipped…")

    def _tell_added(self, count: int, first: str) -> None:
        """Offer to show studies that were opened while the reader was busy elsewhere."""
        self._first_added = first
        self.added.setText(f"Show {count_text(count, 'study', 'studies')} just opened")
        self.added.show()

    def _show_added(self) -> None:
        self.added.hide()
        self.view.scrollToTop()
        self.chosen.emit(self._first_added)

    def _on_clicked(self, index: QModelIndex) -> None:
        summary = index.data(SUMMARY_ROLE)
        if summary is not None:
            self.chosen.emit(summary.uid)

    def _show_menu(self, position: QPoint) -> None:
        """Open the menu of the study under the pointer."""
        summary = _study_at(self.view.indexAt(position))
        if summary is None:
            return
        menu = QMenu(self.view)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Open", lambda: self.chosen.emit(summary.uid))
        menu.addAction("Remove from list", lambda: self._desk.take_off_list(summary.uid))
        menu.popup(self.view.viewport().mapToGlobal(position))

    def _go_to_rows(self) -> None:
        """Focus the list, with its first study current if none is."""
        now = self.view.currentIndex()
        if now.data(SUMMARY_ROLE) is None:
            index = next(
                (i for i in map(self.rows.index, range(self.rows.rowCount())) if _is_study(i)), now
            )
            self.view.setCurrentIndex(index)
        self.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_filter(self, status: StudyStatus) -> None:
        is_on = self.filters[status].isChecked()
        for other, button in self.filters.items():
            button.setChecked(is_on and other is status)
        self._state.filter(status if is_on else None)

    def _connect(self) -> None:
        self.search.searched.connect(self._state.search)
        self.search.left.connect(self._go_to_rows)
        for status, button in self.filters.items():
            button.clicked.connect(lambda _on=False, status=status: self._on_filter(status))
        self.view.clicked.connect(self._on_clicked)
        self.view.customContextMenuRequested.connect(self._show_menu)
        self.view.activated.connect(self._on_clicked)
        self.chosen.connect(lambda uid: self._desk.open_study(StudyUid(uid)))
        self.skipped.clicked.connect(lambda: self.skipped_asked.emit(self._skipped))
        self.open_button.clicked.connect(self.open_asked)
        self.stop.clicked.connect(self._state.cancel_scan)
        self.added.clicked.connect(self._show_added)
        self.inbox.left_out_asked.connect(self.skipped_asked)
        self._desk.inbox.changed.connect(self._note_drafts)
        self._desk.found_aside.connect(self._tell_added)
        self._state.study_changed.connect(self.added.hide)
        self._state.rows_changed.connect(self.refresh)
        self._state.study_changed.connect(self.refresh)
        self._state.scan_progressed.connect(self._on_progress)
        self._state.scan_finished.connect(self._on_scanned)

    def _lay_out(self) -> None:
        chips = QHBoxLayout()
        chips.setContentsMargins(12, 0, 12, 0)
        chips.setSpacing(4)
        for status, button in self.filters.items():
            button.setText(STATUS_WORDS[status])
            button.setCheckable(True)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            set_look(button, variant="filter")
            chips.addWidget(button, 1)
        self.view.setModel(self.rows)
        self.view.setItemDelegate(StudyRowDelegate(self.view))
        self.view.setMouseTracking(True)
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setAccessibleName("Studies")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 8)
        column.setSpacing(8)
        column.addLayout(_inset(self.search))
        column.addLayout(chips)
        column.addWidget(self.view, 1)
        column.addWidget(self._lay_out_empty(), 1)
        set_look(self.more, role="caption")
        self.more.setWordWrap(True)
        column.addLayout(_inset(self.more))
        column.addWidget(self.thumbnails)
        column.addWidget(self.documents)
        column.addLayout(_inset(self.added))
        column.addLayout(_inset(self.progress))
        column.addLayout(_inset(self.stop))
        column.addLayout(_inset(self.skipped))
        column.addLayout(_inset(self.inbox))

    def _lay_out_empty(self) -> QWidget:
        self._empty_box = QWidget()
        set_look(self.empty, role="dim")
        self.empty.setWordWrap(True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.added.hide()
        for button in (self.stop, self.skipped):
            set_look(button, variant="quiet")
            button.hide()
        column = QVBoxLayout(self._empty_box)
        column.setContentsMargins(24, 0, 24, 0)
        column.setSpacing(12)
        column.addStretch(1)
        column.addWidget(self.empty)
        column.addWidget(self.open_button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
        return self._empty_box


def _study_at(index: QModelIndex) -> StudySummary | None:
    found = index.data(SUMMARY_ROLE) if index.isValid() else None
    return found if isinstance(found, StudySummary) else None


def _is_study(index: QModelIndex) -> bool:
    return _study_at(index) is not None


def _inset(widget: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setContentsMargins(12, 0, 12, 0)
    row.addWidget(widget)
    return row


class InboxLine(QWidget):
    """Folders that are away, files that cannot be taken, and how many drafts are to come.

    Signals:
        left_out_asked: Files that cannot be taken, to be listed.
    """

    left_out_asked = Signal(object)

    def __init__(self, state: InboxState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self.words = plain_label("", role="caption")
        self.words.setWordWrap(True)
        self.left_out = QPushButton()
        set_look(self.left_out, variant="quiet")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.words)
        column.addWidget(self.left_out)
        self.left_out.clicked.connect(lambda: self.left_out_asked.emit(state.left_out))
        state.changed.connect(self._refresh)
        self._refresh()

    def _refresh(self) -> None:
        state = self._state
        parts = [state.trouble, *map(away_text, state.away)]
        if state.waiting:
            parts.append(count_text(state.waiting, "draft", "drafts") + " to come.")
        words = " ".join(filter(None, parts))
        self.words.setText(words)
        self.words.setVisible(bool(words))
        files = count_text(len(state.left_out), "file", "files")
        self.left_out.setText(f"{files} not taken in…")
        self.left_out.setVisible(bool(state.left_out))
        self.setVisible(bool(words or state.left_out))
