"""Under the report: what is left to decide, and the two ways out, signing and PDF."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from engine.domain.guard import GuardAlert
from engine.domain.report import Report
from engine.services.checking import stops_signing
from viewer.app_context import AppContext
from viewer.state.wording import count_text, signed_line
from viewer.theme.palette import set_look


class ReportFooter(QWidget):
    """One line of 52 px.

    Signals:
        sign_asked, export_asked: The buttons.
    """

    sign_asked = Signal()
    export_asked = Signal()

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.message = QLabel()
        self.export = QPushButton("PDF…")
        self.sign = QPushButton("Sign…")
        self._lay_out()
        self.export.clicked.connect(self.export_asked)
        self.sign.clicked.connect(self.sign_asked)
        context.report.opened.connect(self.refresh)
        context.report.changed.connect(self.refresh)
        context.guards.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show what is left to do."""
        report = self._context.report.report
        if report is None:
            return
        alerts = self._context.guards.result.alerts
        words, role = _standing(report, alerts)
        set_look(self.message, role=role)
        self.message.setText(words)
        can_sign = report.is_editable and not report.unreviewed and bool(report.kept())
        self.sign.setEnabled(can_sign and not any(stops_signing(a) for a in alerts))
        self.sign.setVisible(report.is_editable)
        self.export.setEnabled(bool(report.kept()))

    def _lay_out(self) -> None:
        self.setObjectName("reportFooter")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(52)
        self.message.setTextFormat(Qt.TextFormat.PlainText)
        self.message.setWordWrap(True)
        set_look(self.sign, variant="primary")
        self.export.setToolTip("Export as PDF  Ctrl+P")
        self.sign.setToolTip("Sign  Ctrl+Shift+F")
        row = QHBoxLayout(self)
        row.setContentsMargins(20, 0, 12, 0)
        row.setSpacing(8)
        row.addWidget(self.message, 1)
        row.addWidget(self.export)
        row.addWidget(self.sign)


def _standing(report: Report, alerts: tuple[GuardAlert, ...]) -> tuple[str, str]:
    """What to say about the report, and the colour it is said in."""
    if report.signature is not None:
        return signed_line(report), "dim"
    if report.unreviewed:
        left = count_text(len(report.unreviewed), "sentence", "sentences")
        return f"{left} to review", "amber"
    if not report.kept():
        return "Nothing written yet", "dim"
    stopping = [alert for alert in alerts if stops_signing(alert)]
    if stopping:
        left = count_text(len(stopping), "question", "questions")
        return f"{left} to answer before signing", "amber"
    if alerts:
        return f"Ready to sign  ·  {count_text(len(alerts), 'remark', 'remarks')}", "dim"
    handed = report.preliminary
    return (f"Preliminary by {handed.signer}, ready to sign" if handed else "Ready to sign"), "dim"
