"""The review areas: a small thorax, with the areas that the report does not mention in amber.

Beside it the unmentioned areas are named. A click, or F9 for all, writes the normal sentence. With
the focus here the arrows move between unmentioned areas, and `Return` fills one. In a low window it
is one line of names, to leave the space to the sentences.
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
from viewer.desk import Desk
from viewer.state.wording import count_text
from viewer.theme.palette import set_look, tokens_in_use
from viewer.theme.size import factor, keep, px
from viewer.widgets.elided_label import ElidedLabel

SIDE: Final = 96
"""Side of the drawing, in px."""
# Rectangles of each area on the drawing: left, top, width and height in px, with the patient's
# right on the left as on a film. Paired areas have two.
_AREAS: Final[dict[str, tuple[tuple[int, int, int, int], ...]]] = {
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


class ReviewAreas(QWidget):
    """Drawing and text; hidden for a report that is empty, signed or not yet checked."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.drawing = _Thorax()
        self.words = QLabel()
        self.line = ElidedLabel()
        self._lay_out()
        self._unmentioned: list[str] = []
        self._chosen = ""
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName("Areas that are not mentioned")
        self.drawing.area_clicked.connect(desk.guards.call_normal)
        desk.guards.changed.connect(self.refresh)
        desk.report.opened.connect(self.refresh)
        desk.report.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show which areas the report mentions."""
        report = self._desk.report.report
        areas = self._desk.guards.result.areas
        is_wanted = report is not None and report.is_editable and bool(report.kept())
        # The result for an empty report would show every area in amber for a moment.
        self.setVisible(is_wanted and self._desk.guards.has_read and bool(areas))
        before = self._unmentioned
        self._unmentioned = unmentioned = [
            area.name for area in areas if area.state is AreaState.UNMENTIONED
        ]
        self._chosen = self._still_chosen(before)
        self.drawing.show_areas(areas, self._chosen)
        self.setAccessibleDescription(self._chosen or "None")
        if self._chosen:
            self.words.setText(f"{self._chosen}\nReturn: report as normal\nArrows: other areas")
            self.line.setText(f"{self._chosen}  ·  Return: report as normal  ·  arrows: others")
        elif unmentioned:
            count = count_text(len(unmentioned), "area", "areas")
            names = ", ".join([unmentioned[0], *(name.lower() for name in unmentioned[1:])])
            how = self._way_to_fill()
            self.words.setText(f"{count} not mentioned\n{names}.\n{how}")
            self.line.setText(f"{count} not mentioned  ·  {how}  ·  {names}")
        else:
            self.words.setText("All areas mentioned")
            self.line.setText("All areas mentioned")

    def _way_to_fill(self) -> str:
        """How to fill the areas: F9 leaves out those beside a finding, and lines and tubes."""
        free = self._desk.guards.result.free_areas.intersection(self._unmentioned)
        if len(free) == len(self._unmentioned):
            return "F9: report as normal"
        if free:
            return f"F9: report {len(free)} as normal; click the others"
        return "Click an area to report it as normal"

    @property
    def chosen(self) -> str:
        """The unmentioned area that Return fills; empty without the focus."""
        return self._chosen

    def number(self, name: str) -> int | None:
        """Place of an area among those that can be chosen; None if it is not one of them."""
        shown = [] if self.isHidden() else self._unmentioned
        return shown.index(name) if name in shown else None

    def choose(self, name: str) -> None:
        """Take the keyboard and choose an unmentioned area."""
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        self._chosen = name
        self.refresh()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Choose the first unmentioned area."""
        super().focusInEvent(event)
        self.refresh()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Choose no area."""
        super().focusOutEvent(event)
        self.refresh()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move to another unmentioned area, or write the chosen one's normal sentence."""
        steps = {
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Down: 1,
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Up: -1,
        }
        step = steps.get(Qt.Key(event.key()))
        if step is not None and self._chosen:
            following = (self._unmentioned.index(self._chosen) + step) % len(self._unmentioned)
            self._chosen = self._unmentioned[following]
            self.refresh()
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self._chosen:
            self._desk.guards.call_normal(self._chosen)
        else:
            super().keyPressEvent(event)

    def _still_chosen(self, before: list[str]) -> str:
        """The area chosen before, or the next unmentioned one if it has been filled."""
        if not self.hasFocus() or not self._unmentioned:
            return ""
        following = before[before.index(self._chosen) :] if self._chosen in before else []
        return next((name for name in following if name in self._unmentioned), self._unmentioned[0])

    def set_low(self, *, is_low: bool) -> None:
        """Take one line instead of the drawing's height, or the drawing."""
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
        area_clicked: Name of an unmentioned area.
    """

    area_clicked = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._tokens = tokens_in_use()
        self._areas: tuple[ReviewArea, ...] = ()
        self._chosen = ""
        keep(self, width=SIDE, height=SIDE)
        self.setAccessibleName("Review areas")

    def show_areas(self, areas: tuple[ReviewArea, ...], chosen: str = "") -> None:
        """Draw other states, with the chosen area in accent."""
        if (areas, chosen) == (self._areas, self._chosen):
            return
        self._areas, self._chosen = areas, chosen
        states = "\n".join(f"{area.name}: {area.state.value}" for area in areas)
        self.setAccessibleDescription(states)
        self.setToolTip(states)
        self.update()

    def sizeHint(self) -> QSize:
        """The drawing's fixed size."""
        return QSize(px(SIDE), px(SIDE))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Emit a click on an unmentioned area."""
        at = event.position() / factor()
        for area in self._areas:
            rectangles = _AREAS[area.name]
            is_hit = any(QRectF(*one).contains(at) for one in rectangles)
            if is_hit and area.state is AreaState.UNMENTIONED:
                self.area_clicked.emit(area.name)
                return

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the body's outline, then the areas, unmentioned ones last."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(factor(), factor())
        line = self.palette().color(QPalette.ColorRole.PlaceholderText)
        body = QPainterPath(QPointF(36, 1))
        body.cubicTo(QPointF(34, 10), QPointF(6, 2), QPointF(4, 24))
        body.lineTo(QPointF(8, 95))
        body.moveTo(QPointF(60, 1))
        body.cubicTo(QPointF(62, 10), QPointF(90, 2), QPointF(92, 24))
        body.lineTo(QPointF(88, 95))
        painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Mid), 1))
        painter.drawPath(body)
        for area in sorted(self._areas, key=lambda one: one.state is AreaState.UNMENTIONED):
            pen = QPen(line, 1)
            if area.state is AreaState.TEMPLATE:
                pen.setStyle(Qt.PenStyle.DotLine)
            elif area.state is AreaState.UNMENTIONED:
                pen = QPen(QColor(self._tokens.amber), 1.5)
            if area.name == self._chosen:
                pen = QPen(QColor(self._tokens.accent), 2.5)
            painter.setPen(pen)
            for rectangle in _AREAS[area.name]:
                radius = 0.45 * min(rectangle[2], rectangle[3])
                painter.drawRoundedRect(QRectF(*rectangle), radius, radius)
        painter.end()
