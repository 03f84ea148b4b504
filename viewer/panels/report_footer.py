"""Below the report: what is left to do, signing and PDF, and what can follow a signature."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from engine.domain.report import Report, ReportStatus
from engine.services.checking import OpenPoint
from viewer.actions import record
from viewer.desk import Desk
from viewer.state.wording import open_text, shorter_open_texts, signed_line
from viewer.theme.palette import set_look
from viewer.theme.size import keep

_AFTER_SIGNING = {
    record.ADDENDUM: ("Addendum…", "Addendum: a signed text below the report"),
    record.TOLD: ("Critical result…", "Critical result: who was notified and when  Ctrl+Shift+C"),
    record.WITHDRAW: ("Withdraw…", "Withdraw: the report is marked as not valid"),
}
_STANDING = (ReportStatus.FINAL, ReportStatus.ADDENDED)


class ReportFooter(QWidget):
    """A line of 52 px, with a line of buttons above it for a signed report.

    Signals:
        next_asked: A click on what is left to do.
        sign_asked, export_asked: The buttons.
        asked: Command id of another button.
    """

    next_asked = Signal()
    sign_asked = Signal()
    export_asked = Signal()
    asked = Signal(str)

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.message = _OpenPoints()
        self.export = QPushButton("PDF…")
        self.sign = QPushButton("Sign…")
        self.after = QWidget()
        self.after_buttons = {command: QPushButton() for command in _AFTER_SIGNING}
        self._lay_out()
        self.message.clicked.connect(self.next_asked)
        self.export.clicked.connect(self.export_asked)
        self.sign.clicked.connect(self.sign_asked)
        desk.report.opened.connect(self.refresh)
        desk.report.changed.connect(self.refresh)
        desk.guards.changed.connect(self.refresh)
        desk.writing.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show what is left to do."""
        report = self._desk.report.report
        if report is None:
            return
        points = self._desk.open_points
        words, role = _standing(report, points, is_checked=self._desk.is_checked)
        set_look(self.message, role=role)
        self.message.show_first_that_fits(words)
        self.message.set_leads_on(is_on=bool(points) and report.is_editable)
        can_sign = report.is_editable and bool(report.kept())
        self.sign.setEnabled(can_sign and not any(point.stops for point in points))
        self.sign.setVisible(report.is_editable)
        self.export.setEnabled(bool(report.kept()))
        self.after.setVisible(report.status in _STANDING)

    def _lay_out(self) -> None:
        self.setObjectName("reportFooter")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.message.setTextFormat(Qt.TextFormat.PlainText)
        self.message.setWordWrap(True)
        set_look(self.sign, variant="primary")
        self.export.setToolTip("Export as PDF  Ctrl+P")
        self.sign.setToolTip("Sign  Ctrl+Shift+F")
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 0, 12, 0)
        column.setSpacing(0)
        column.addWidget(self.after)
        self._lay_out_after()
        line = QWidget()
        keep(line, height=52)
        column.addWidget(line)
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.message, 1)
        row.addWidget(self.export)
        row.addWidget(self.sign)

    def _lay_out_after(self) -> None:
        row = QHBoxLayout(self.after)
        row.setContentsMargins(0, 8, 0, 0)
        row.setSpacing(8)
        for command, (text, tip) in _AFTER_SIGNING.items():
            button = self.after_buttons[command]
            button.setText(text)
            button.setToolTip(tip)
            button.clicked.connect(partial(self._ask, command))
            row.addWidget(button)
        row.addStretch(1)
        self.after.hide()

    def _ask(self, command: str, _checked: object = None) -> None:
        self.asked.emit(command)


class _OpenPoints(QLabel):
    """What is left to do; a click goes to the next open point.

    Signals:
        clicked: Sent only while something is left to do.
    """

    clicked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._leads_on = False
        self._texts: tuple[str, ...] = ("",)

    def show_first_that_fits(self, texts: tuple[str, ...]) -> None:
        """Show the first of these texts that fits, the longest first; the tool tip has that one."""
        self._texts = texts
        self._fit()

    def set_leads_on(self, *, is_on: bool) -> None:
        """Accept clicks, or only show text."""
        self._leads_on = is_on
        self._tell()
        shape = Qt.CursorShape.PointingHandCursor if is_on else Qt.CursorShape.ArrowCursor
        self.setCursor(shape)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Choose the text anew."""
        super().resizeEvent(event)
        self._fit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Ask for the next open point."""
        if self._leads_on and event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit()

    def _fit(self) -> None:
        self.setText(next((text for text in self._texts if self._fits(text)), self._texts[-1]))
        self._tell()

    def _fits(self, text: str) -> bool:
        room = self.contentsRect()
        wrap = int(Qt.TextFlag.TextWordWrap)
        needed = self.fontMetrics().boundingRect(0, 0, room.width(), 10_000, wrap, text)
        return needed.width() <= room.width() and needed.height() <= room.height()

    def _tell(self) -> None:
        whole = [self._texts[0]] if self.text() != self._texts[0] else []
        self.setToolTip("\n".join(whole + ["Next open point  Ctrl+N"] * self._leads_on))


def _standing(
    report: Report, points: tuple[OpenPoint, ...], *, is_checked: bool
) -> tuple[tuple[str, ...], str]:
    """Texts on the state of the report, the longest first, and their colour role."""
    if report.signature is not None:
        return (signed_line(report),), "dim"
    if not report.kept() and not report.unreviewed:
        return ("Nothing written",), "dim"
    handed = f"Preliminary by {report.preliminary.signer}  ·  " if report.preliminary else ""
    if points:
        texts = (open_text(points), *shorter_open_texts(points))
        return tuple(f"{handed}{text}" for text in texts), "amber"
    # "Ready" is said only if nothing at all is left.
    return (f"{handed}{'Ready to sign' if is_checked else 'Checking'}",), "dim"
