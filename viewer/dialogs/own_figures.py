"""The reader's own review figures: what became of drafted sentences, why, and how long it took."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QPushButton, QScrollArea, QVBoxLayout, QWidget

from engine.domain.analytics import ReviewSummary
from viewer.dialogs.sheet import Sheet
from viewer.state.wording import count_text, finding_word
from viewer.theme.palette import set_look
from viewer.widgets.bar_chart import Bar, BarChart
from viewer.widgets.plain_label import plain_label

_PRIVATE = (
    "Counted on this computer from your own changes, for your eyes only. Nothing is sent, nobody "
    "else is in it, and small numbers say little: the thin line is the 95 % interval."
)
_MOST_ROWS = 12


class OwnFigures(Sheet):
    """Shows the figures, with export to a file.

    Args:
        summary: The figures.
        ask_csv: Asks for a file and writes the figures.
    """

    def __init__(
        self, summary: ReviewSummary, ask_csv: Callable[[], None], parent: QWidget | None = None
    ) -> None:
        super().__init__("My statistics", 760, parent)
        self.add_heading("My statistics")
        self.add_label(_PRIVATE, role="dim")
        body = QWidget()
        self._rows = QVBoxLayout(body)
        self._rows.setContentsMargins(0, 0, 12, 0)
        self._rows.setSpacing(8)
        if summary.reports:
            self._show(summary)
        else:
            self._rows.addWidget(plain_label("You have not changed a report yet.", role="dim"))
        self._rows.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidget(body)
        scroll.setWidgetResizable(True)
        scroll.setMinimumHeight(440)
        scroll.setAccessibleName("My statistics")
        self.column.addWidget(scroll, 1)
        self.csv = QPushButton("Save as CSV…")
        close = QPushButton("Close  Esc")
        set_look(close, variant="quiet")
        self.csv.setEnabled(bool(summary.reports))
        self.csv.clicked.connect(ask_csv)
        close.clicked.connect(self.accept)
        self.add_buttons(close, self.csv)

    def _show(self, summary: ReviewSummary) -> None:
        models = ", ".join(f"{name} ({count})" for name, count in summary.models)
        decided = summary.fates[0][1].total
        facts = [
            count_text(summary.reports, "report", "reports"),
            f"{count_text(decided, 'sentence', 'sentences')} of the model decided about",
            f"{summary.added} added, {summary.flipped} turned into their opposite",
        ]
        self._rows.addWidget(plain_label("  ·  ".join(facts)))
        if models:
            self._rows.addWidget(plain_label(f"Drafted by {models}", role="dim"))
        if decided:
            self._add_chart("What became of the model's sentences", _fates(summary))
        if summary.reasons:
            self._add_chart("Why you rejected", _reasons(summary))
        self._add_chart("Median time at a report", _times(summary))
        if summary.findings:
            title = "AI findings and how many you kept"
            self._add_chart(title, _findings(summary))

    def _add_chart(self, title: str, bars: Sequence[Bar]) -> None:
        if bars:
            self._rows.addSpacing(8)
            self._rows.addWidget(plain_label(title, role="strong"))
            self._rows.addWidget(BarChart(title, bars))


def _fates(summary: ReviewSummary) -> list[Bar]:
    return [
        Bar(
            label=name.capitalize(),
            value=share.value,
            words=f"{share.count} of {share.total}, {_per_cent(share.interval)}",
            interval=share.interval,
        )
        for name, share in summary.fates
    ]


def _reasons(summary: ReviewSummary) -> list[Bar]:
    most = max(count for _, count in summary.reasons)
    return [
        Bar(label=(reason or "Not said").capitalize(), value=count / most, words=str(count))
        for reason, count in summary.reasons
    ]


def _times(summary: ReviewSummary) -> list[Bar]:
    both = (
        ("With a draft", summary.seconds_drafted),
        ("Without", summary.seconds_alone),
    )
    known = [(label, seconds) for label, seconds in both if seconds is not None]
    longest = max((seconds for _, seconds in known), default=0.0)
    return [
        Bar(label=label, value=seconds / longest if longest else 0.0, words=f"{seconds:.0f} s")
        for label, seconds in known
    ]


def _findings(summary: ReviewSummary) -> list[Bar]:
    return [
        Bar(
            label=finding_word(tally.category),
            value=tally.kept / tally.drafted if tally.drafted else 0.0,
            words=f"{tally.kept} of {tally.drafted} kept, {tally.added} added",
        )
        for tally in summary.findings[:_MOST_ROWS]
    ]


def _per_cent(interval: tuple[float, float]) -> str:
    return f"{interval[0] * 100:.0f} to {interval[1] * 100:.0f} %"
