"""Other systems' reports, listed under the thumbnails: date, kind and title of each."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QLabel, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from engine.domain.prior_document import PriorDocument
from viewer.desk import Desk
from viewer.state.wording import date_text, document_kind_text, document_state_text
from viewer.theme.palette import set_look

_ROWS_SHOWN = 3
_PADDING = 4
_DOCUMENT_ROLE = Qt.ItemDataRole.UserRole


class PriorDocumentsPanel(QWidget):
    """The list. A click or Return opens a document beside the current report."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._state = desk.prior_documents
        self.head = QLabel("Reports from elsewhere")
        self.view = QListWidget()
        self._lay_out()
        self.view.itemClicked.connect(self._on_chosen)
        self.view.itemActivated.connect(self._on_chosen)
        self._state.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the documents, or hide without any."""
        self.view.clear()
        for document in self._state.documents:
            self.view.addItem(self._item(document))
        count = self.view.count()
        self.setVisible(count > 0)
        frames = 2 * self.view.frameWidth()
        self.view.setFixedHeight(min(count, _ROWS_SHOWN) * self._row_height() + frames)

    def _item(self, document: PriorDocument) -> QListWidgetItem:
        about = "PRIOR" if self._state.is_prior(document) else "THIS STUDY"
        if document.study_date is None:
            about = ""
        state = document_state_text(document)
        first = (date_text(document.study_date), about)
        second = (document_kind_text(document), state or document.title)
        lines = ["  ·  ".join(word for word in words if word) for words in (first, second)]
        item = QListWidgetItem("\n".join(lines))
        item.setSizeHint(QSize(0, self._row_height()))
        item.setData(_DOCUMENT_ROLE, document)
        spoken = ", ".join(word for word in (*first, second[0], document.title, state) if word)
        item.setData(Qt.ItemDataRole.AccessibleTextRole, spoken)
        # Qt would take a title that looks like markup for rich text.
        item.setToolTip(spoken.replace("<", "‹"))
        return item

    def _row_height(self) -> int:
        return 2 * self.view.fontMetrics().lineSpacing() + 2 * _PADDING

    def _on_chosen(self, item: QListWidgetItem) -> None:
        document = item.data(_DOCUMENT_ROLE)
        if isinstance(document, PriorDocument):
            self._state.open(document)

    def _lay_out(self) -> None:
        set_look(self.head, role="caption")
        self.view.setAccessibleName("Reports of other systems")
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.view.setStyleSheet(f"QListWidget::item {{ padding: 0 {_PADDING}px; }}")
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 4, 12, 4)
        column.setSpacing(4)
        column.addWidget(self.head)
        column.addWidget(self.view)
