"""What readers made of the model's drafts, month by month and by finding. Nobody is named."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QPushButton, QScrollArea, QVBoxLayout, QWidget

from engine.domain.model_watch import BASELINE, ModelWatch, WatchedFinding, WatchedMonth
from viewer.dialogs.sheet import Sheet
from viewer.state.wording import finding_word
from viewer.theme.palette import set_look
from viewer.widgets.bar_chart import Bar, BarChart
from viewer.widgets.plain_label import plain_label

_WHOSE = (
    "Counted from the decisions of all readers together. Nobody is named; the figures are the "
    "model's. The thin line is what chance alone would give after the first months: a month "
    "outside it asks for a look at films, devices and drafts, and for another acceptance test."
)
_MOST_MONTHS, _MOST_FINDINGS = 12, 14


class ModelWatchSheet(Sheet):
    """Shows each model, the one reviewed last first.

    Args:
        watches: The figures.
    """

    def __init__(self, watches: Sequence[ModelWatch], parent: QWidget | None = None) -> None:
        super().__init__("The model in daily work", 760, parent)
        self.add_heading("The model in daily work")
        self.add_label(_WHOSE, role="dim")
        body = QWidget()
        self._rows = QVBoxLayout(body)
        self._rows.setContentsMargins(0, 0, 12, 0)
        self._rows.setSpacing(8)
        for watch in watches:
            self._show(watch)
        if not watches:
            nothing = "Nobody has decided about a drafted sentence yet."
            self._rows.addWidget(plain_label(nothing, role="dim"))
        self._rows.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidget(body)
        scroll.setWidgetResizable(True)
        scroll.setMinimumHeight(440)
        scroll.setAccessibleName("The model in daily work")
        self.column.addWidget(scroll, 1)
        close = QPushButton("Close  Esc")
        set_look(close, variant="quiet")
        close.clicked.connect(self.accept)
        self.add_buttons(close)

    def _show(self, watch: ModelWatch) -> None:
        self._rows.addWidget(plain_label(watch.model, role="title"))
        for notice in watch.notices:
            label = plain_label(notice, role="amber")
            label.setWordWrap(True)
            self._rows.addWidget(label)
        if not watch.is_compared:
            early = f"Months are compared once {BASELINE} drafted sentences were decided on."
            self._rows.addWidget(plain_label(early, role="dim"))
        self._chart(
            "Drafted sentences that were accepted unchanged",
            [_month_bar(month) for month in watch.months[-_MOST_MONTHS:]],
        )
        self._chart(
            "Drafted findings that were kept",
            [_finding_bar(finding) for finding in watch.findings[:_MOST_FINDINGS]],
        )

    def _chart(self, title: str, bars: Sequence[Bar]) -> None:
        if bars:
            self._rows.addWidget(plain_label(title, role="strong"))
            self._rows.addWidget(BarChart(title, bars))


def _month_bar(month: WatchedMonth) -> Bar:
    band = month.band
    return Bar(
        label=month.month,
        value=month.accepted / month.decided,
        words=f"{month.accepted} of {month.decided}, {month.rejected} rejected",
        interval=None if band is None else (band.low / month.decided, band.high / month.decided),
    )


def _finding_bar(finding: WatchedFinding) -> Bar:
    return Bar(
        label=finding_word(finding.category),
        value=finding.kept / finding.drafted if finding.drafted else 0.0,
        words=f"{finding.kept} of {finding.drafted} kept, {finding.added} added",
    )
