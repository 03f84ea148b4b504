"""How long a line is on this screen: from then on films can be shown in life size on it."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QLineF, QSize
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from viewer.dialogs.millimetre_sheet import MillimetreSheet

BAR: Final = 400
"""Length of the line, in logical px."""
_SHORTEST_MM, _LONGEST_MM = 20.0, 400.0


class MeasureScreen(MillimetreSheet):
    """Accepted with `pixels_per_mm`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Measure this screen", 480, parent)
        self.add_heading("Measure this screen")
        self.add_label("Hold a ruler to the screen. How far apart are the two upright lines?")
        self.bar = _Bar()
        self.column.addWidget(self.bar)
        self.ask(
            "Distance in mm",
            (_SHORTEST_MM, _LONGEST_MM, 1),
            note="Kept for this screen. Life size is that of the detector: the patient was nearer "
            "to the tube, so organs are a little smaller than they appear.",
            button="Use",
        )

    @property
    def pixels_per_mm(self) -> float | None:
        """Device pixels per mm by what was typed; None while it is no length."""
        length = self.length_mm
        return None if length is None else BAR * self.devicePixelRatioF() / length


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
