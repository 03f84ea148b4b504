"""Another system's report beside the current one: its text, or the pages of its PDF."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import (
    QImage,
    QPalette,
    QPixmap,
    QResizeEvent,
    QTextCharFormat,
    QTextCursor,
)
from PySide6.QtWidgets import (
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

from engine.domain.prior_document import DocumentContent, DocumentKind
from viewer.desk import Desk
from viewer.state.prior_documents import PagePicture, Reading
from viewer.state.wording import date_text, document_kind_text, document_state_text, name_of
from viewer.theme.palette import set_look
from viewer.theme.size import keep
from viewer.widgets.elided_label import ElidedLabel
from viewer.widgets.plain_runs import PlainRuns

_ZOOMS = (1.0, 1.5, 2.0, 3.0)
_SETTLE_MS = 200
_TEXT_HEIGHT, _PDF_HEIGHT = 240, 360
_INDENT = 16
"""Indent of each level below the first, in px."""


class DocumentText(PlainRuns):
    """First-level headings have space above; deeper ones are indented with their text."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Report of another system", parent)

    def show_content(self, content: DocumentContent) -> None:
        """Show the lines, or that there are none."""
        self.clear()
        cursor = QTextCursor(self.document())
        body = QTextCharFormat()
        body.setForeground(self.palette().color(QPalette.ColorRole.Text))
        depth = 1
        for line in content.lines:
            depth = line.level or depth
            is_apart = line.level == 1 and cursor.position() > 0
            self.add_block(cursor, above=12 if is_apart else 4)
            block = cursor.blockFormat()
            block.setLeftMargin(_INDENT * (depth - 1))
            cursor.setBlockFormat(block)
            cursor.insertText(line.text, self.heading() if line.level else body)
        if not content.lines:
            cursor.insertText("This report has no text.", self.caption())
        for note in content.notes:
            self.add_block(cursor, above=12)
            cursor.insertText(note, self.caption())
        self.moveCursor(QTextCursor.MoveOperation.Start)


class PriorDocumentCard(QFrame):
    """A read-only document above the current report."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._state = desk.prior_documents
        self._zoom = 0
        self._shown: Reading | None = None
        self.name = ElidedLabel()
        self.state_line = ElidedLabel()
        self.link = QPushButton("Use as prior")
        self.close_card = QPushButton("Close")
        self.text = DocumentText()
        self.picture = QLabel()
        self.pages = QScrollArea()
        self.body = QStackedWidget()
        self.previous, self.next = _button("‹", "Previous page"), _button("›", "Next page")
        self.smaller, self.larger = _button("−", "Smaller"), _button("+", "Larger")
        self.dark = _button("Dark", "White paper shown dark")
        self.page_label = QLabel()
        self._redraw = QTimer(self)
        self._redraw.setSingleShot(True)
        self._redraw.setInterval(_SETTLE_MS)
        self._lay_out()
        self._connect()
        self.refresh()

    def refresh(self) -> None:
        """Show the open document, or hide."""
        reading = self._state.reading
        self.setVisible(reading is not None)
        before, self._shown = self._shown, reading
        if reading is None:
            self.text.clear()
            self.picture.clear()
            return
        self._say_what(reading)
        is_pdf = reading.document.kind is DocumentKind.PDF
        self._page_row.setVisible(is_pdf)
        keep(self, least_height=_PDF_HEIGHT if is_pdf else _TEXT_HEIGHT)
        self.body.setCurrentIndex(int(is_pdf))
        if not is_pdf:
            self.text.show_content(reading.content)
        elif reading.picture is not None:
            self._show_page(reading)
        elif before is None or before.content is not reading.content:
            self._zoom = 0
            self.picture.clear()
            self._redraw.start()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Render the page for the new width once resizing has ended."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._redraw.start()

    def _say_what(self, reading: Reading) -> None:
        document = reading.document
        self.name.setText(f"{name_of(document.patient)}  ·  {document.patient.patient_id}")
        words = (
            document.title,
            date_text(document.study_date),
            document_kind_text(document),
            document_state_text(document),
        )
        self.state_line.setText("  ·  ".join(word for word in words if word))
        is_sure = document_state_text(document) in {"", "complete, verified"}
        set_look(self.state_line, role="caption" if is_sure else "amber")
        report = self._desk.report.report
        can_link = report is not None and report.is_editable and self._state.is_prior(document)
        is_linked = report is not None and report.prior_uid == document.study_uid
        self.link.setVisible(can_link)
        self.link.setEnabled(not is_linked)
        self.link.setText("Prior of this report" if is_linked else "Use as prior")

    def _show_page(self, reading: Reading) -> None:
        if reading.picture is None:
            return
        self.picture.setPixmap(self._pixmap(reading.picture))
        self.picture.adjustSize()
        count = reading.content.pages
        words = f"Page {reading.page + 1} of {count}"
        self.page_label.setText(words)
        self.picture.setAccessibleName(words)
        self.previous.setEnabled(reading.page > 0)
        self.next.setEnabled(reading.page < count - 1)
        self.smaller.setEnabled(self._zoom > 0)
        self.larger.setEnabled(self._zoom < len(_ZOOMS) - 1)

    def _pixmap(self, picture: PagePicture) -> QPixmap:
        rows, columns, _ = picture.shape
        data = picture.tobytes()
        image = QImage(data, columns, rows, 3 * columns, QImage.Format.Format_RGB888).copy()
        if self.dark.isChecked():
            image.invertPixels()
        image.setDevicePixelRatio(self.devicePixelRatioF())
        return QPixmap.fromImage(image)

    def _draw(self, step: int = 0) -> None:
        reading = self._state.reading
        if reading is not None:
            width = self.pages.viewport().width() * _ZOOMS[self._zoom] * self.devicePixelRatioF()
            self._state.draw(reading.page + step, max(1, int(width)))
            if step:
                self.pages.verticalScrollBar().setValue(0)

    def _step_zoom(self, step: int) -> None:
        self._zoom = min(max(self._zoom + step, 0), len(_ZOOMS) - 1)
        self._draw()

    def _link(self) -> None:
        reading = self._state.reading
        if reading is not None:
            self._desk.guards.link_prior(reading.document.study_uid)

    def _connect(self) -> None:
        self.close_card.clicked.connect(self._state.close_document)
        self.link.clicked.connect(self._link)
        self.previous.clicked.connect(lambda: self._draw(-1))
        self.next.clicked.connect(lambda: self._draw(1))
        self.smaller.clicked.connect(lambda: self._step_zoom(-1))
        self.larger.clicked.connect(lambda: self._step_zoom(1))
        self.dark.toggled.connect(lambda _on: self.refresh())
        self._redraw.timeout.connect(self._draw)
        self._state.reading_changed.connect(self.refresh)
        self._desk.report.changed.connect(self._on_report)

    def _on_report(self) -> None:
        if self._state.reading is not None:
            self._say_what(self._state.reading)

    def _lay_out(self) -> None:
        self.setObjectName("pastReport")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.pages.setMinimumSize(QSize(200, 100))
        set_look(self.name, role="strong")
        set_look(self.page_label, role="caption")
        for button in (self.link, self.close_card):
            set_look(button, variant="quiet")
        self.dark.setCheckable(True)
        self.dark.setChecked(True)
        self.pages.setWidget(self.picture)
        # Always visible: a bar that comes and goes changes the width, and with it the page.
        self.pages.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.pages.setAccessibleName("Page of the document")
        self.body.addWidget(self.text)
        self.body.addWidget(self.pages)
        head = QHBoxLayout()
        head.setSpacing(4)
        head.addWidget(self.name, 1)
        head.addWidget(self.link)
        head.addWidget(self.close_card)
        self._page_row = QWidget()
        row = QHBoxLayout(self._page_row)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for widget in (self.previous, self.page_label, self.next):
            row.addWidget(widget)
        row.addStretch(1)
        for widget in (self.smaller, self.larger, self.dark):
            row.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 8, 12, 12)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self.state_line)
        column.addWidget(self._page_row)
        column.addSpacing(8)
        column.addWidget(self.body, 1)


def _button(text: str, name: str) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setToolTip(name)
    button.setAccessibleName(name)
    set_look(button, variant="quiet")
    return button
