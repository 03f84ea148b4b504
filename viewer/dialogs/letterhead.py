"""The letterhead of reports: logo, institution and further lines, with a preview of the print."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QTimer
from PySide6.QtGui import QPainter, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPlainTextEdit, QPushButton, QWidget

from viewer.dialogs.sheet import Sheet
from viewer.errors import notice_of
from viewer.state.preferences import Letterhead, PreferencesState
from viewer.theme.palette import set_look
from viewer.widgets.file_choice import ask_for_file

_WIDTH: Final = 640
_LINES: Final = 4
_PAUSE_MS: Final = 250
"""Pause in typing after which the preview is drawn again, in ms."""


class _Preview(QWidget):
    """A picture scaled to the width of the dialog."""

    def __init__(self) -> None:
        super().__init__()
        self.picture = QPixmap()
        self.setAccessibleName("Preview of the letterhead")

    def show_picture(self, png: bytes) -> None:
        """Show a picture, given as a PNG file."""
        self.picture.loadFromData(png)
        self._take_height()
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._take_height()

    def _take_height(self) -> None:
        if not self.picture.isNull():
            self.setFixedHeight(round(self.width() * self.picture.height() / self.picture.width()))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawPixmap(self.rect(), self.picture)


class LetterheadSheet(Sheet):
    """Edits the letterhead. Closes once it is stored."""

    def __init__(self, preferences: PreferencesState, parent: QWidget | None = None) -> None:
        super().__init__("Letterhead", _WIDTH, parent)
        self._preferences = preferences
        self.add_heading("Letterhead")
        self.add_label("At the head of the first page of every report's PDF.", role="dim")
        now = preferences.letterhead
        self.institution = QLineEdit(now.institution)
        self.institution.setMaxLength(200)
        self.add_field("Institution", self.institution)
        self.lines = QPlainTextEdit(now.lines)
        self.lines.setTabChangesFocus(True)
        self.lines.setFixedHeight(self.lines.fontMetrics().lineSpacing() * _LINES + 16)
        self.add_field("Further lines, such as the address", self.lines)
        self._add_logo(now.logo)
        self.preview = _Preview()
        self.column.addWidget(self.preview)
        self.problem = self.add_label("", role="red")
        self.problem.hide()
        cancel = QPushButton("Cancel  Esc")
        self.keep = QPushButton("Save")
        set_look(cancel, variant="quiet")
        set_look(self.keep, variant="primary")
        self.add_buttons(cancel, self.keep)
        cancel.clicked.connect(self.reject)
        self.keep.clicked.connect(self._keep)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self._draw)
        for changed in (self.institution.textChanged, self.logo.textChanged):
            changed.connect(self._changed)
        self.lines.textChanged.connect(self._changed)
        self._draw()

    def _add_logo(self, path: str) -> None:
        self.logo = QLineEdit(path)
        self.logo.setReadOnly(True)
        self.logo.setAccessibleName("Logo")
        self.logo.setPlaceholderText("Logo: a PNG picture")
        self.choose = QPushButton("Choose…")
        self.clear = QPushButton("No logo")
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.logo, 1)
        for button in (self.choose, self.clear):
            button.setAutoDefault(False)
            row.addWidget(button)
        self.column.addLayout(row)
        self.clear.setEnabled(bool(path))
        self.choose.clicked.connect(self._choose)
        self.clear.clicked.connect(self.logo.clear)

    @property
    def written(self) -> Letterhead:
        """The letterhead typed in the fields."""
        return Letterhead(
            institution=self.institution.text().strip(),
            lines=self.lines.toPlainText().strip(),
            logo=self.logo.text(),
        )

    def holds_words(self) -> bool:
        """Whether the fields differ from the letterhead that is in use."""
        return self.written != self._preferences.letterhead

    def _choose(self) -> None:
        path = ask_for_file(self, "Logo", "PNG picture (*.png)")
        if path is not None:
            self.logo.setText(str(path.resolve()))

    def _changed(self) -> None:
        self.clear.setEnabled(bool(self.logo.text()))
        self._pause.start()

    def _draw(self) -> None:
        self._preferences.preview_letterhead(self.written, self._show, self._on_failed)

    def _show(self, picture: bytes) -> None:
        self.preview.show_picture(picture)
        self.problem.hide()
        self.keep.setEnabled(True)
        self.fit()

    def _keep(self) -> None:
        self._preferences.keep_letterhead(self.written, self.accept, self._on_failed)

    def _on_failed(self, error: Exception) -> None:
        self.problem.setText(notice_of(error).line)
        self.problem.show()
        self.fit()
