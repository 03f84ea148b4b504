"""A sheet that asks for one length in millimetres."""

from __future__ import annotations

from PySide6.QtCore import QLocale
from PySide6.QtGui import QDoubleValidator
from PySide6.QtWidgets import QLineEdit, QPushButton

from viewer.dialogs.sheet import Sheet
from viewer.theme.palette import set_look


class MillimetreSheet(Sheet):
    """Accepted with `length_mm`; what stands above the field is added before `ask`."""

    def ask(self, label: str, limits: tuple[float, float, int], *, note: str, button: str) -> None:
        """Add the field, its note and the buttons.

        Args:
            label: Of the field.
            limits: Shortest and longest length in mm, and decimals.
            note: What becomes of the answer.
            button: Words of the button that accepts.
        """
        self.field = QLineEdit()
        validator = QDoubleValidator(*limits, self.field)
        validator.setNotation(QDoubleValidator.Notation.StandardNotation)
        validator.setLocale(QLocale.c())
        self.field.setValidator(validator)
        self.add_field(label, self.field)
        self.add_label(note, role="caption")
        self.use = QPushButton(button)
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
