"""Horizontal bars with texts, and a whisker if a value has an interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QSizePolicy, QWidget

ROW, BAR = 24, 10
_LABEL_SHARE, _WORDS_WIDTH = 0.34, 190


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One row of a bar chart.

    Attributes:
        label: Text on the left.
        value: Length of the bar, 0 to 1.
        words: Text on the right, e.g. "12 of 40, 18 % to 45 %".
        interval: Ends of the whisker, 0 to 1; None for no whisker.
    """

    label: str
    value: float
    words: str
    interval: tuple[float, float] | None = None


class BarChart(QWidget):
    """A bar chart. Its height follows its rows; screen readers get it as one description."""

    def __init__(self, title: str, bars: Sequence[Bar], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bars = tuple(bars)
        self.setAccessibleName(title)
        self.setAccessibleDescription("; ".join(f"{b.label}: {b.words}" for b in self._bars))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """One row of 24 px for each bar."""
        return QSize(480, ROW * len(self._bars))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the rows."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for number, bar in enumerate(self._bars):
            self._draw(painter, bar, top=number * ROW)
        painter.end()

    def _draw(self, painter: QPainter, bar: Bar, *, top: int) -> None:
        palette = self.palette()
        left = round(self.width() * _LABEL_SHARE)
        room = max(1, self.width() - left - _WORDS_WIDTH)
        middle = top + ROW / 2
        dim = palette.color(QPalette.ColorRole.PlaceholderText)
        line = Qt.TextFlag.TextSingleLine
        painter.setPen(palette.color(QPalette.ColorRole.Text))
        label = painter.fontMetrics().elidedText(bar.label, Qt.TextElideMode.ElideRight, left - 12)
        painter.drawText(QRectF(0, top, left - 12, ROW), _AT_LEFT | line, label)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(palette.color(QPalette.ColorRole.Mid))
        painter.drawRoundedRect(QRectF(left, middle - BAR / 2, room, BAR), 2, 2)
        painter.setBrush(palette.color(QPalette.ColorRole.Accent))
        painter.drawRoundedRect(QRectF(left, middle - BAR / 2, room * bar.value, BAR), 2, 2)
        if bar.interval is not None:
            self._draw_whisker(painter, bar.interval, left, room, middle)
        painter.setPen(dim)
        words = QRectF(left + room + 12, top, _WORDS_WIDTH - 12, ROW)
        painter.drawText(words, _AT_LEFT | line, bar.words)

    def _draw_whisker(
        self,
        painter: QPainter,
        interval: tuple[float, float],
        left: float,
        room: float,
        middle: float,
    ) -> None:
        painter.setPen(QColor(self.palette().color(QPalette.ColorRole.Text)))
        start, end = (left + room * bound for bound in interval)
        painter.drawLine(round(start), round(middle), round(end), round(middle))
        for x in (start, end):
            painter.drawLine(round(x), round(middle - 4), round(x), round(middle + 4))


_AT_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
