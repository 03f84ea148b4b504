"""The licence texts that come with the program: faces, icons, demo films, the program itself."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QListWidget, QPlainTextEdit, QPushButton, QWidget

from viewer.dialogs.sheet import Sheet
from viewer.theme.fonts import mono_font
from viewer.theme.palette import set_look
from viewer.theme.tokens import FONT_SIZES


class Licences(Sheet):
    """A list above, the chosen text below.

    Args:
        texts: Subject and text of each licence.
    """

    def __init__(self, texts: Sequence[tuple[str, str]], parent: QWidget | None = None) -> None:
        super().__init__("Licences", 720, parent)
        self.add_heading("Licences")
        self._texts = tuple(texts)
        self.subjects = QListWidget()
        self.subjects.addItems([subject for subject, _text in texts])
        for row in range(self.subjects.count()):
            # Measured before the style sheet is applied, the rows would be too low.
            self.subjects.item(row).setSizeHint(QSize(0, 28))
        self.subjects.setFixedHeight(28 * min(len(texts), 6))
        self.subjects.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.subjects.setAccessibleName("Licences")
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setFont(mono_font(FONT_SIZES["caption"]))
        self.text.setMinimumHeight(320)
        self.text.setAccessibleName("Text of the licence")
        self.column.addWidget(self.subjects)
        self.column.addWidget(self.text)
        self.subjects.currentRowChanged.connect(self._show)
        self.subjects.setCurrentRow(0)
        close = QPushButton("Close  Esc")
        set_look(close, variant="quiet")
        close.clicked.connect(self.accept)
        self.add_buttons(close)

    def _show(self, row: int) -> None:
        if 0 <= row < len(self._texts):
            self.text.setPlainText(self._texts[row][1])
