"""The About dialog: what the program is and is not, the model, the components, and licences."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QListWidget, QPlainTextEdit, QPushButton, QWidget

from engine.domain.model_status import ModelStatus
from viewer.dialogs.sheet import Sheet
from viewer.state.about import Part
from viewer.theme.fonts import mono_font
from viewer.theme.palette import set_look
from viewer.theme.tokens import FONT_SIZES

NOT_A_DEVICE = (
    "Research use only. Negatoscope is not a medical device: its drafts miss findings and invent "
    "others, and a radiologist is responsible for every sentence that is signed."
)


class About(Sheet):
    """The About dialog.

    Args:
        parts: The installed components, in order.
        model: The model's status.

    Signals:
        licences_asked: The button for licence texts was pressed.
    """

    licences_asked = Signal()

    def __init__(
        self, parts: Sequence[Part], model: ModelStatus, parent: QWidget | None = None
    ) -> None:
        super().__init__("About Negatoscope", 640, parent)
        self.add_heading("Negatoscope")
        self.add_label("Reads chest films and drafts their reports, offline.", role="dim")
        self.add_label(NOT_A_DEVICE)
        self.model = self.add_label(_model_words(model))
        self.column.addLayout(_table(parts))
        self.add_label(
            "Negatoscope is under the Apache License 2.0. Qt is used under the LGPL 3.",
            role="caption",
        )
        licences = QPushButton("Licences…")
        close = QPushButton("Close  Esc")
        for button in (licences, close):
            set_look(button, variant="quiet")
        licences.clicked.connect(self._go_to_licences)
        close.clicked.connect(self.accept)
        self.add_buttons(licences, close)

    def _go_to_licences(self) -> None:
        self.accept()
        self.licences_asked.emit()


def _model_words(model: ModelStatus) -> str:
    if not model.bundle:
        return f"No model. {model.message}".strip()
    return " ".join(p for p in (f"Model {model.bundle}.", model.licence, model.intended_use) if p)


def _table(parts: Sequence[Part]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(24)
    grid.setVerticalSpacing(4)
    for row, part in enumerate(parts):
        for column, (text, role) in enumerate(
            ((part.name, "dim"), (part.version, "mono"), (part.licence, "dim"))
        ):
            if not text:
                continue  # an empty label would be a nameless stop for screen readers
            label = QLabel(text)
            set_look(label, role=role)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            grid.addWidget(label, row, column)
    grid.setColumnStretch(2, 1)
    return grid


class Licences(Sheet):
    """Licence texts: a list above, the chosen text below.

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
            # Set by hand: rows measured before the style sheet is applied are too low.
            self.subjects.item(row).setSizeHint(QSize(0, 28))
        self.subjects.setFixedHeight(28 * min(len(texts), 6))
        self.subjects.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.subjects.setAccessibleName("Licences")
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setFont(mono_font(FONT_SIZES["caption"]))
        self.text.setMinimumHeight(320)
        self.text.setAccessibleName("Licence")
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
