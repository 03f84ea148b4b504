"""How long a line is on this screen: from then on films can be shown in life size on it."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QLineF, QLocale, QSize
from PySide6.QtGui import QDoubleValidator, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QLineEdit, QPushButton, QSizePolicy, QWidget

from viewer.dialogs.sheet import Sheet
from viewer.theme.palette import set_look

BAR: Final = 400
"""Length of the line, in logical px."""
_SHORTEST_MM, _LONGEST_MM = 20.0, 400.0


class MeasureScreen(Sheet):
    """Accepted with `pixels_per_mm`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Measure this screen", 480, parent)
        self.add_heading("Measure this screen")
        self.add_label("Hold a ruler to the screen. How far apart are the two upright lines?")
        self.bar = _Bar()
        self.column.addWidget(self.bar)
        self.field = QLineEdit()
        validator = QDoubleValidator(_SHORTEST_MM, _LONGEST_MM, 1, self.field)
        validator.setNotation(QDoubleValidator.Notation.StandardNotation)
        validator.setLocale(QLocale.c())
        self.field.setValidator(validator)
        self.add_field("Distance in mm", self.field)
        self.add_label(
            "Kept for this screen. Life size is that of the detector: the patient was nearer to "
            "the tube, so organs are a little smaller than they appear.",
            role="caption",
        )
        self.use = QPushButton("Use")
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
    def pixels_per_mm(self) -> float | None:
        """Device pixels per mm by what was typed; None while it is no length."""
        if not self.field.hasAcceptableInput():
            return None
        return BAR * self.devicePixelRatioF() / float(self.field.text())

    def accept(self) -> None:
        """Close only with a length."""
        if self.pixels_per_mm is not None:
            super().accept()

    def _refresh(self) -> None:
        self.use.setEnabled(self.pixels_per_mm is not None)


class _Bar(QWidget):
    """A line of known length with an upright line at each end."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Line to be measured")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """As long as the line."""
        return QSize(BAR, 28)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw it from edge to edge."""
        painter = QPainter(self)
        painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Text), 2))
        right, middle = self.width() - 1, self.height() / 2
        painter.drawLine(QLineF(1, middle, right, middle))
        for x in (1, right):
            painter.drawLine(QLineF(x, 2, x, self.height() - 2))
        painter.end()
