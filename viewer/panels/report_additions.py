"""Parts around the text of a signed report: the withdrawal with its reason, and addenda."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from engine.domain.report import Report
from engine.domain.signature import Addendum
from viewer.state.report import ReportState
from viewer.state.wording import moment_text
from viewer.theme.palette import set_look
from viewer.widgets.plain_label import plain_label

_LEFT, _RIGHT = 20, 12


class ReportAdditions:
    """Two parts of the report's page, each hidden if it is empty.

    Attributes:
        notice: Above the sections: the withdrawal with its reason.
        addenda: Below the sections: each addendum with its signer.
    """

    def __init__(self, state: ReportState) -> None:
        self._state = state
        self.notice = plain_label("", role="amber")
        self.notice.setContentsMargins(_LEFT, 0, _RIGHT, 0)
        self.addenda = QWidget()
        self._column = QVBoxLayout(self.addenda)
        self._column.setContentsMargins(_LEFT, 0, _RIGHT, 0)
        self._column.setSpacing(4)
        self._shown: tuple[Addendum, ...] = ()
        state.opened.connect(self._refresh)
        state.changed.connect(self._refresh)
        self._refresh()

    @property
    def text(self) -> str:
        """All text shown."""
        labels = self.addenda.findChildren(QLabel)
        return "\n".join([self.notice.text(), *(label.text() for label in labels)])

    def _refresh(self) -> None:
        report = self._state.report
        self.notice.setText(_withdrawal(report))
        self.notice.setVisible(bool(self.notice.text()))
        addenda = report.addenda if report is not None else ()
        self.addenda.setVisible(bool(addenda))
        if addenda == self._shown:
            return
        self._shown = addenda
        while (item := self._column.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.setParent(None)
                old.deleteLater()
        for number, addendum in enumerate(addenda, start=1):
            for label in _labels(number, addendum):
                self._column.addWidget(label)


def _withdrawal(report: Report | None) -> str:
    if report is None or report.withdrawal is None:
        return ""
    gone = report.withdrawal
    when = moment_text(gone.signature.signed_at)
    return f"Withdrawn by {gone.signature.signer}, {when}. Not valid any more: {gone.reason}"


def _labels(number: int, addendum: Addendum) -> tuple[QLabel, QLabel, QLabel]:
    heading = plain_label(f"Addendum {number}", role="heading")
    heading.setContentsMargins(0, 8 if number > 1 else 0, 0, 0)
    body = plain_label(addendum.text)
    set_look(body, words="report")
    body.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    signed = addendum.signature
    caption = QLabel(f"{signed.name_and_role}  ·  {moment_text(signed.signed_at)}")
    caption.setTextFormat(Qt.TextFormat.PlainText)
    set_look(caption, role="caption")
    return heading, body, caption
