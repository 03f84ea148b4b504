"""Dialogs that ask for a length in millimetres: of a line on a film, or on the screen."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QLineF, QLocale, QSize
from PySide6.QtGui import QDoubleValidator, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QLineEdit, QPushButton, QSizePolicy, QWidget

from viewer.dialogs.sheet import Sheet
from viewer.theme.palette import set_look

_LONGEST_LINE_MM = 1000.0
BAR: Final = 400
"""Length of the line, in logical px."""
_SCREEN_MM = (20.0, 400.0)


class MillimetreSheet(Sheet):
    """Asks for `length_mm`. Subclasses add what goes above the field before they call `ask`."""

    def ask(self, label: str, limits: tuple[float, float, int], *, note: str, button: str) -> None:
        """Add the field, its note and the buttons.

        Args:
            label: Label of the field.
            limits: Shortest and longest length in mm, and decimals.
            note: What the answer is used for.
            button: Text of the button that accepts.
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
        """The length typed, in mm; None if the text is no valid length."""
        return float(self.field.text()) if self.field.hasAcceptableInput() else None

    def accept(self) -> None:
        """Close only with a valid length."""
        if self.length_mm is not None:
            super().accept()

    def _refresh(self) -> None:
        self.use.setEnabled(self.length_mm is not None)


class CalibrateSheet(MillimetreSheet):
    """Asks for the true length of a line on a film: `length_mm` after acceptance.

    Args:
        drawn: The line's present length, with its unit.
    """

    def __init__(self, drawn: str, parent: QWidget | None = None) -> None:
        super().__init__("Calibrate", 420, parent)
        self.add_heading("Calibrate film")
        self.add_label(f"The selected line is {drawn} long. What is its true length?")
        self.ask(
            "Length in mm",
            (0.1, _LONGEST_LINE_MM, 2),
            note="Measure something of known size in the plane of interest. All lengths of this "
            "film follow and say “calibrated by user”; your name and the time are kept.",
            button="Calibrate",
        )


class MeasureScreen(MillimetreSheet):
    """Asks for the length of a line on the screen: `pixels_per_mm` after acceptance."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Calibrate screen", 480, parent)
        self.add_heading("Calibrate screen")
        self.add_label("Hold a ruler to the screen. How far apart are the two upright lines?")
        self.bar = _Bar()
        self.column.addWidget(self.bar)
        self.ask(
            "Distance in mm",
            (*_SCREEN_MM, 1),
            note="Kept for this screen. Life size is that of the detector: the patient was nearer "
            "to the tube, so organs are a little smaller than they appear.",
            button="Apply",
        )

    @property
    def pixels_per_mm(self) -> float | None:
        """Device pixels per mm from the length typed; None if it is no valid length."""
        length = self.length_mm
        return None if length is None else BAR * self.devicePixelRatioF() / length


class _Bar(QWidget):
    """A line of `BAR` px with an upright line at each end."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Line to be measured")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """The length of the line."""
        return QSize(BAR, 28)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the line from edge to edge."""
        painter = QPainter(self)
        painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Text), 2))
        right, middle = self.width() - 1, self.height() / 2
        painter.drawLine(QLineF(1, middle, right, middle))
        for x in (1, right):
            painter.drawLine(QLineF(x, 2, x, self.height() - 2))
        painter.end()
