"""The silence map: a small thorax with the review areas, the ones not mentioned in amber.

Beside it the names of the silent ones; a click, or F9 for all of them, writes the normal sentence.
With the keyboard on it the arrows go from one silent area to the next and `Return` fills it. In a
low window it is one line of names: the sentences come first.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPalette,
    QPen,
)
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from engine.domain.areas import AreaState, ReviewArea
from viewer.app_context import AppContext
from viewer.state.wording import count_text
from viewer.theme.palette import set_look
from viewer.theme.tokens import DARK, Tokens
from viewer.widgets.elided_label import ElidedLabel

SIDE: Final = 96
"""Side of the drawing in px."""
# Where each area lies on the drawing: left, top, width and height in px, the patient's right at
# the left as on a film. Paired areas are drawn twice.
_PLACES: Final[dict[str, tuple[tuple[int, int, int, int], ...]]] = {
    "Lungs": ((16, 28, 22, 30), (58, 28, 22, 30)),
    "Apices": ((22, 15, 14, 11), (60, 15, 14, 11)),
    "Hila": ((36, 36, 6, 12), (54, 36, 6, 12)),
    "Heart": ((43, 50, 20, 16),),
    "Mediastinum": ((44, 18, 8, 28),),
    "Aorta": ((53, 24, 7, 10),),
    "Behind the heart": ((64, 58, 9, 9),),
    "Pleura": ((10, 34, 4, 26), (82, 34, 4, 26)),
    "Costophrenic angles": ((11, 62, 9, 8), (76, 62, 9, 8)),
    "Diaphragm": ((22, 68, 22, 5), (52, 68, 22, 5)),
    "Below the diaphragm": ((26, 76, 44, 12),),
    "Bones": ((8, 8, 22, 5), (66, 8, 22, 5)),
    "Soft tissues": ((2, 36, 5, 30), (89, 36, 5, 30)),
    "Lines and tubes": ((45, 3, 6, 13),),
}


class SilenceMap(QWidget):
    """Drawing and words; hidden while there is nothing to be silent about."""

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.drawing = _Thorax()
        self.words = QLabel()
        self.line = ElidedLabel()
        self._lay_out()
        self._silent: list[str] = []
        self._chosen = ""
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName("Areas that are not mentioned")
        self.drawing.area_clicked.connect(context.guards.call_normal)
        context.guards.changed.connect(self.refresh)
        context.report.opened.connect(self.refresh)
        context.report.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show what the report says now."""
        report = self._context.report.report
        areas = self._context.guards.result.areas
        is_wanted = report is not None and report.is_editable and bool(report.kept())
        # What was found of an empty report would call every area silent for a moment.
        self.setVisible(is_wanted and self._context.guards.has_read and bool(areas))
        before = self._silent
        self._silent = silent = [area.name for area in areas if area.state is AreaState.SILENT]
        self._chosen = self._still_chosen(before)
        self.drawing.show_areas(areas, self._chosen)
        self.setAccessibleDescription(self._chosen or "None")
        if self._chosen:
            words = f"{self._chosen}\nReturn calls it normal, the arrows go to the others."
            self.words.setText(words)
            self.line.setText(words.replace("\n", ": "))
        elif silent:
            count = count_text(len(silent), "area", "areas")
            names = ", ".join([silent[0], *(name.lower() for name in silent[1:])])
            self.words.setText(f"{count} not mentioned\n{names}.\nF9 calls them normal.")
            self.line.setText(f"{count} not mentioned, F9 calls them normal: {names.lower()}.")
        else:
            self.words.setText("Every area is mentioned.")
            self.line.setText("Every area is mentioned.")

    @property
    def chosen(self) -> str:
        """The silent area that Return fills; empty while the keyboard is elsewhere."""
        return self._chosen

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Take hold of the first silent area."""
        super().focusInEvent(event)
        self.refresh()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Let go."""
        super().focusOutEvent(event)
        self.refresh()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go to another silent area, or call the chosen one normal."""
        steps = {
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Down: 1,
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Up: -1,
        }
        step = steps.get(Qt.Key(event.key()))
        if step is not None and self._chosen:
            place = (self._silent.index(self._chosen) + step) % len(self._silent)
            self._chosen = self._silent[place]
            self.refresh()
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self._chosen:
            self._context.guards.call_normal(self._chosen)
        else:
            super().keyPressEvent(event)

    def _still_chosen(self, before: list[str]) -> str:
        """The area in hand, or the one after it once it has been filled."""
        if not self.hasFocus() or not self._silent:
            return ""
        following = before[before.index(self._chosen) :] if self._chosen in before else []
        return next((name for name in following if name in self._silent), self._silent[0])

    def set_low(self, *, is_low: bool) -> None:
        """Take one line, or the drawing's room."""
        self.drawing.setVisible(not is_low)
        self.words.setVisible(not is_low)
        self.line.setVisible(is_low)

    def _lay_out(self) -> None:
        set_look(self.words, role="dim")
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setWordWrap(True)
        set_look(self.line, role="dim")
        row = QHBoxLayout(self)
        row.setContentsMargins(20, 4, 12, 4)
        row.setSpacing(16)
        row.addWidget(self.drawing)
        row.addWidget(self.words, 1)
        row.addWidget(self.line, 1)
        self.set_low(is_low=False)


class _Thorax(QWidget):
    """The line drawing.

    Signals:
        area_clicked: Name of an area.
    """

    area_clicked = Signal(str)

    def __init__(self, tokens: Tokens = DARK) -> None:
        super().__init__()
        self._tokens = tokens
        self._areas: tuple[ReviewArea, ...] = ()
        self._chosen = ""
        self.setFixedSize(SIDE, SIDE)
        self.setAccessibleName("Review areas")

    def show_areas(self, areas: tuple[ReviewArea, ...], chosen: str = "") -> None:
        """Draw other states, the chosen area in the accent's colour."""
        self._areas, self._chosen = areas, chosen
        told = "\n".join(f"{area.name}: {area.state.value}" for area in areas)
        self.setAccessibleDescription(told)
        self.setToolTip(told)
        self.update()

    def sizeHint(self) -> QSize:
        """Fixed."""
        return QSize(SIDE, SIDE)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A silent area takes its normal sentence."""
        for area in self._areas:
            places = _PLACES[area.name]
            is_hit = any(QRectF(*place).contains(event.position()) for place in places)
            if is_hit and area.state is AreaState.SILENT:
                self.area_clicked.emit(area.name)
                return

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the body's outline, then the areas, the silent ones last."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        line = self.palette().color(QPalette.ColorRole.PlaceholderText)
        body = QPainterPath(QPointF(36, 1))
        body.cubicTo(QPointF(34, 10), QPointF(6, 2), QPointF(4, 24))
        body.lineTo(QPointF(8, 95))
        body.moveTo(QPointF(60, 1))
        body.cubicTo(QPointF(62, 10), QPointF(90, 2), QPointF(92, 24))
        body.lineTo(QPointF(88, 95))
        painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Mid), 1))
        painter.drawPath(body)
        for area in sorted(self._areas, key=lambda one: one.state is AreaState.SILENT):
            pen = QPen(line, 1)
            if area.state is AreaState.TEMPLATE:
                pen.setStyle(Qt.PenStyle.DotLine)
            elif area.state is AreaState.SILENT:
                pen = QPen(QColor(self._tokens.amber), 1.5)
            if area.name == self._chosen:
                pen = QPen(QColor(self._tokens.accent), 2.5)
            painter.setPen(pen)
            for place in _PLACES[area.name]:
                radius = 0.45 * min(place[2], place[3])
                painter.drawRoundedRect(QRectF(*place), radius, radius)
        painter.end()
