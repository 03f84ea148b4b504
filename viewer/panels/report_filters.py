"""Filters of the past reports: finding, status, author, dates, distance from the draft."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import QDate, Qt
from PySide6.QtWidgets import (
    QComboBox,
    QCompleter,
    QDateEdit,
    QGridLayout,
    QLabel,
    QPushButton,
    QWidget,
)

from engine.domain.finding import Polarity
from engine.domain.past_reports import EditRange, ReportQuery
from viewer.state.history import HistoryState
from viewer.state.wording import REPORT_STATUS_WORDS, finding_word
from viewer.theme.palette import set_look

_POLARITIES = (
    ("Present", Polarity.ASSERTED),
    ("Absent", Polarity.NEGATED),
    ("Either", None),
)
_DISTANCES = (
    ("Any amount of editing", None),
    ("As drafted", EditRange(most=0.0)),
    ("Up to 25 % edited", EditRange(most=0.25)),
    ("25 to 75 % edited", EditRange(least=0.25, most=0.75)),
    ("Over 75 % edited", EditRange(least=0.75)),
)
_ANY_FINDING = "Any finding"
_MOST_LINES = 12
_NO_DAY = QDate(1900, 1, 1)
"""The earliest day of the date fields stands for no day."""


class ReportFilters(QWidget):
    """A grid of filters. Each narrows the list as soon as it is changed."""

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
        _make_searchable(self.finding)
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
        # Qt returns the plain text of an enumeration's member.
        polarity = self.polarity.currentData()
        self._state.ask(
            ReportQuery(
                text=self._state.query.text,
                finding=self.finding.currentData() or "",
                polarity=None if polarity is None else Polarity(polarity),
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
        """Offer the findings and authors that occur, keeping the choice."""
        self._set_silent(is_silent=True)
        choices = self._state.choices
        findings = sorted((finding_word(name), name) for name in choices.findings)
        _offer_in(self.finding, _ANY_FINDING, findings)
        _offer_in(self.author, "Any author", [(name, name) for name in choices.authors])
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
            ("Present or absent", self.polarity),
            ("Status", self.status),
            ("Author", self.author),
            ("Amount of editing", self.edited),
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


def _make_searchable(box: QComboBox) -> None:
    """Let typing narrow a long list, with at most a dozen lines visible."""
    box.setEditable(True)
    box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
    box.setMaxVisibleItems(_MOST_LINES)
    field, completer = box.lineEdit(), box.completer()
    if field is None or completer is None:
        raise TypeError("an editable box has a field and a completer")
    completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
    completer.setFilterMode(Qt.MatchFlag.MatchContains)
    completer.setMaxVisibleItems(_MOST_LINES)
    # Text that is not in the list is replaced by the present choice.
    field.editingFinished.connect(lambda: box.setEditText(box.itemText(box.currentIndex())))


def _offer_in(box: QComboBox, nothing: str, names: Sequence[tuple[str, str]]) -> None:
    """Offer words, each with its data, keeping the choice."""
    chosen = box.currentData()
    box.clear()
    box.addItem(nothing, "")
    for words, name in names:
        box.addItem(words, name)
    box.setCurrentIndex(max(0, box.findData(chosen)))


def _day(field: QDateEdit) -> date | None:
    day = field.date()
    return None if day == _NO_DAY else date(day.year(), day.month(), day.day())
