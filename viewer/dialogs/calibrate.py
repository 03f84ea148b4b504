"""The true length of a line: from then on the film measures by it."""

from __future__ import annotations

from PySide6.QtCore import QLocale
from PySide6.QtGui import QDoubleValidator
from PySide6.QtWidgets import QLineEdit, QPushButton, QWidget

from viewer.dialogs.sheet import Sheet
from viewer.theme.palette import set_look

LONGEST_MM = 1000.0


class CalibrateSheet(Sheet):
    """Accepted with `length_mm`.

    Args:
        drawn: The line's length as it is now, with its unit.
    """

    def __init__(self, drawn: str, parent: QWidget | None = None) -> None:
        super().__init__("Calibrate", 420, parent)
        self.add_heading("Calibrate this film")
        self.add_label(f"The selected line is {drawn} long now. How long is it in truth?")
        self.field = QLineEdit()
        validator = QDoubleValidator(0.1, LONGEST_MM, 2, self.field)
        validator.setNotation(QDoubleValidator.Notation.StandardNotation)
        validator.setLocale(QLocale.c())
        self.field.setValidator(validator)
        self.add_field("Length in mm", self.field)
        self.add_label(
            "Measure something of known size in the plane of interest. All lengths of this film "
            "follow and say “calibrated by user”; your name and the time are kept.",
            role="caption",
        )
        self.use = QPushButton("Calibrate")
        cancel = QPushButton("Cancel")
        set_look(self.use, variant="primary")
        set_look(cancel, variant="quiet")
        cancel.clicked.connect(self.reject)
        self.use.clicked.connect(self.accept)
        self.field.returnPressed.connect(self.accept)
        self.field.textChanged.connect(self._refresh)
        self.add_buttons(cancel, self.use)
        self._refresh()
        self.field.setFocus()

    @property
    def length_mm(self) -> float | None:
        """What was typed; None while it is no length."""
        return float(self.field.text()) if self.field.hasAcceptableInput() else None

    def accept(self) -> None:
        """Close only with a length."""
        if self.length_mm is not None:
            super().accept()

    def _refresh(self) -> None:
        self.use.setEnabled(self.length_mm is not None)
