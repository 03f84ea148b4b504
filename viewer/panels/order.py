"""The open study's order above its report: urgency, due time, reason, note and who asks.

An order that only may be the study's is a question, with its patient beside the study's.
"""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from engine.domain.order import Order, OrderState
from engine.domain.order_matching import KnownOrder
from engine.domain.report import Section, SentenceSource
from viewer.desk import Desk
from viewer.state.wording import name_of, order_line, person_line, urgency_text
from viewer.theme.palette import set_look
from viewer.widgets.plain_label import plain_label


class OrderPanel(QWidget):
    """Shows the order, or asks about one; hidden without either."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._orders = desk.orders
        self._report = desk.report
        self.heading = plain_label("", role="heading")
        self.words = plain_label("")
        self.note = plain_label("", role="dim")
        self.line = plain_label("", role="caption")
        self.is_ours = QPushButton("It is")
        self.is_not = QPushButton("It is not")
        self._question = QWidget()
        self._lay_out()
        self.is_ours.clicked.connect(lambda: self._orders.answer(is_right=True))
        self.is_not.clicked.connect(lambda: self._orders.answer(is_right=False))
        self._orders.changed.connect(self.refresh)
        self._report.changed.connect(self.refresh)
        self._report.opened.connect(self.refresh)
        self.refresh()

    @property
    def text(self) -> str:
        """All text shown."""
        labels = (self.heading, self.words, self.note, self.line)
        return "\n".join(label.text() for label in labels if label.text())

    def refresh(self) -> None:
        """Show the order or the question."""
        found = self._orders.found
        asked = found.asked
        self.setVisible(found.order is not None or asked is not None)
        self._question.setVisible(asked is not None)
        if found.order is not None:
            self._show(found.order)
        elif asked is not None:
            self._ask(asked, is_contradicted=found.is_contradicted)

    def _show(self, order: Order) -> None:
        is_cancelled = order.state is OrderState.CANCELLED
        urgency = urgency_text(order)
        parts = ("Order cancelled",) if is_cancelled else ("Order", urgency)
        self._dress("amber" if is_cancelled else "heading")
        self._fill("  ·  ".join(filter(None, parts)), order)

    def _ask(self, asked: KnownOrder, *, is_contradicted: bool) -> None:
        why = (
            "This order has the study's number, but names another patient"
            if is_contradicted
            else "This patient has an order of the same day"
        )
        self._dress("amber")
        self._fill(f"{why}. Is it this study's?", asked.order)
        patient = asked.order.patient
        who = f"{name_of(patient)}  ·  {person_line(patient, None)}"
        self.line.setText(f"{who}\n{self.line.text()}".strip())
        self.line.show()

    def _fill(self, heading: str, order: Order) -> None:
        told = () if self._is_filled_in() else order.indication
        note = "" if order.note in order.indication else order.note
        texts = (heading, "\n".join(told), note, order_line(order))
        for label, text in zip(
            (self.heading, self.words, self.note, self.line), texts, strict=True
        ):
            label.setText(text)
            label.setVisible(bool(text))

    def _is_filled_in(self) -> bool:
        """Whether the order's words stand in the report, and need not be read twice."""
        report = self._report.report
        kept = () if report is None else report.kept(Section.INDICATION)
        return any(sentence.source is SentenceSource.ORDER for sentence in kept)

    def _dress(self, role: str) -> None:
        set_look(self.heading, role=role)

    def _lay_out(self) -> None:
        set_look(self, words="around")
        set_look(self.words, words="report")
        for button in (self.is_ours, self.is_not):
            button.setAutoDefault(False)
            set_look(button, variant="answer")
        answers = QHBoxLayout(self._question)
        answers.setContentsMargins(0, 0, 0, 0)
        answers.setSpacing(8)
        answers.addWidget(self.is_ours)
        answers.addWidget(self.is_not)
        answers.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 4, 12, 8)
        column.setSpacing(2)
        labels: tuple[QLabel, ...] = (self.heading, self.words, self.note, self.line)
        for label in labels:
            column.addWidget(label)
        column.addWidget(self._question)
