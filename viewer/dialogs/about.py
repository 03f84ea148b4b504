"""About: what this is and is not, the versions that run, the licences."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QWidget

from viewer.dialogs.sheet import Sheet
from viewer.theme.palette import set_look

NOT_A_DEVICE = (
    "Research use only. Negatoscope is not a medical device: its drafts miss findings and invent "
    "others, and a radiologist is responsible for every sentence that is signed."
)


class About(Sheet):
    """The sheet.

    Args:
        versions: Names and versions of the parts, in order.
        model: The model's bundle and licence in one sentence each; empty without a model.
    """

    def __init__(
        self,
        versions: Sequence[tuple[str, str]],
        model: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("About Negatoscope", 520, parent)
        self.add_heading("Negatoscope")
        self.add_label("Reads chest films and drafts their reports, offline.", role="dim")
        self.add_label(NOT_A_DEVICE)
        if model:
            self.add_label(model)
        grid = QGridLayout()
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(4)
        for row, (name, version) in enumerate(versions):
            label, value = QLabel(name), QLabel(version)
            set_look(label, role="dim")
            set_look(value, role="mono")
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            grid.addWidget(label, row, 0)
            grid.addWidget(value, row, 1)
        grid.setColumnStretch(1, 1)
        self.column.addLayout(grid)
        self.add_label(
            "Apache License 2.0. Qt and PySide6 are used under the LGPL 3; the other parts keep "
            "their own licences, listed in the installation's licences folder.",
            role="caption",
        )
        close = QPushButton("Close  Esc")
        set_look(close, variant="quiet")
        close.clicked.connect(self.accept)
        self.add_buttons(close)
