"""Filters of the past reports: finding, status, author, days, distance from the draft."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import QDate, Qt
from PySide6.QtWidgets import QComboBox, QDateEdit, QGridLayout, QLabel, QPushButton, QWidget

from engine.domain.finding import Polarity
from engine.domain.past_reports import EditRange, ReportQuery
from viewer.state.history import HistoryState
from viewer.state.wording import REPORT_STATUS_WORDS
from viewer.theme.palette import set_look

_POLARITIES = (
    ("Said to be there", Polarity.ASSERTED),
    ("Denied", Polarity.NEGATED),
    ("Either", None),
)
_DISTANCES = (
    ("Any distance", None),
    ("As drafted", EditRange(most=0.0)),
    ("Up to 25 % changed", EditRange(most=0.25)),
    ("25 to 75 % changed", EditRange(least=0.25, most=0.75)),
    ("Over 75 % changed", EditRange(least=0.75)),
)
_NO_DAY = QDate(1900, 1, 1)
"""The earliest day of the fields stands for none."""


class ReportFilters(QWidget):
    """A grid of choices that narrow the list as soon as one is made."""

    def __init__(self, state: HistoryState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self.finding = QComboBox()
        self.polarity = QComboBox()
        self.status = QComboBox()
        self.author = QComboBox()
        self.since = QDateEdit()
        self.until = QDateEdit()
        self.edited = QComboBox()
        self.clear = QPushButton("Clear filters")
        self._fill()
        self._lay_out()
        for box in (self.finding, self.polarity, self.status, self.author, self.edited):
            box.currentIndexChanged.connect(self._ask)
        for day in (self.since, self.until):
            day.dateChanged.connect(self._ask)
        self.clear.clicked.connect(self._clear)
        state.choices_changed.connect(self._offer)
        self._offer()

    def _ask(self) -> None:
        self.polarity.setEnabled(self.finding.currentIndex() > 0)
        self._state.ask(
            ReportQuery(
                text=self._state.query.text,
                finding=self.finding.currentData() or "",
                polarity=self.polarity.currentData(),
                status=self.status.currentData(),
                author=self.author.currentData() or "",
                since=_day(self.since),
                until=_day(self.until),
                edited=self.edited.currentData(),
            )
        )

    def _clear(self) -> None:
        self._set_silent(is_silent=True)
        for box in (self.finding, self.polarity, self.status, self.author, self.edited):
            box.setCurrentIndex(0)
        for day in (self.since, self.until):
            day.setDate(_NO_DAY)
        self._set_silent(is_silent=False)
        self._ask()

    def _offer(self) -> None:
        """Offer the findings and authors that there are, keeping what is chosen."""
        self._set_silent(is_silent=True)
        choices = self._state.choices
        _offer_in(self.finding, "Any finding", choices.findings)
        _offer_in(self.author, "Any author", choices.authors)
        self._set_silent(is_silent=False)

    def _set_silent(self, *, is_silent: bool) -> None:
        fields = (self.finding, self.polarity, self.status, self.author, self.edited)
        for field in (*fields, self.since, self.until):
            field.blockSignals(is_silent)

    def _fill(self) -> None:
        for words, polarity in _POLARITIES:
            self.polarity.addItem(words, polarity)
        self.polarity.setEnabled(False)
        self.status.addItem("Any status", None)
        for status, words in REPORT_STATUS_WORDS.items():
            self.status.addItem(words, status)
        for words, distance in _DISTANCES:
            self.edited.addItem(words, distance)
        for day in (self.since, self.until):
            day.setDisplayFormat("yyyy-MM-dd")
            day.setCalendarPopup(True)
            day.setMinimumDate(_NO_DAY)
            day.setSpecialValueText("Any day")
            day.setDate(_NO_DAY)

    def _lay_out(self) -> None:
        set_look(self.clear, variant="answer")
        grid = QGridLayout(self)
        grid.setContentsMargins(12, 0, 12, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        wide = (
            ("Finding", self.finding),
            ("What is said about the finding", self.polarity),
            ("Status", self.status),
            ("Author", self.author),
            ("Distance from the draft", self.edited),
        )
        for row, (name, box) in enumerate(wide):
            box.setAccessibleName(name)
            box.setSizeAdjustPolicy(
                QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
            )
            box.setMinimumContentsLength(8)
            grid.addWidget(box, row, 0, 1, 2)
        for column, (name, day) in enumerate((("From", self.since), ("To", self.until))):
            caption = QLabel(f"Changed {name.lower()}")
            set_look(caption, role="caption")
            day.setAccessibleName(caption.text())
            grid.addWidget(caption, len(wide), column)
            grid.addWidget(day, len(wide) + 1, column)
        grid.addWidget(self.clear, len(wide) + 2, 0, 1, 2, Qt.AlignmentFlag.AlignLeft)


def _offer_in(box: QComboBox, nothing: str, names: Sequence[str]) -> None:
    chosen = box.currentData()
    box.clear()
    box.addItem(nothing, "")
    for name in names:
        box.addItem(name, name)
    box.setCurrentIndex(max(0, box.findData(chosen)))


def _day(field: QDateEdit) -> date | None:
    day = field.date()
    return None if day == _NO_DAY else date(day.year(), day.month(), day.day())
