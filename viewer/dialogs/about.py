"""About: what this is and is not, the model's licence, the parts that run and their licences."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QWidget

from engine.domain.model_status import ModelStatus
from viewer.dialogs.sheet import Sheet
from viewer.state.about import Part
from viewer.theme.palette import set_look

NOT_A_DEVICE = (
    "Research use only. Negatoscope is not a medical device: its drafts miss findings and invent "
    "others, and a radiologist is responsible for every sentence that is signed."
)


class About(Sheet):
    """The sheet.

    Args:
        parts: The parts of the program, in order.
        model: What is known of the model.

    Signals:
        licences_asked: The texts of the licences are wanted.
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
                continue  # an empty label would be a stop without a name for screen readers
            label = QLabel(text)
            set_look(label, role=role)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            grid.addWidget(label, row, column)
    grid.setColumnStretch(2, 1)
    return grid
