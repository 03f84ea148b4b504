"""Moves the keyboard from one open point of the report to the next."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from engine.domain.report import ReportId, Section, SentenceState
from engine.services.checking import OpenKind, OpenPoint
from viewer.desk import Desk
from viewer.panels.review_areas import ReviewAreas
from viewer.panels.sentence_row import SentenceRow
from viewer.panels.writing_aid import Slip, WritingAid

_EMPTY = {OpenKind.FINDINGS: Section.FINDINGS, OpenKind.IMPRESSION: Section.IMPRESSION}
_KINDS = tuple(OpenKind)
_Order = tuple[int, int, int]
"""Place in the round: the kind of the point, its row or area, and where in the row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stop:
    """One or several open points to which the keyboard goes together.

    Attributes:
        place: The row, the misspelled word, the empty section or the area's name.
        around: The row or the section in which the keyboard still is after an answer.
        go: Moves the keyboard there.
    """

    order: _Order
    place: SentenceRow | Slip | Section | str
    around: SentenceRow | Section | None
    go: Callable[[], object]


class ReviewWalk:
    """The round through the open points, in the order of the footer.

    Points at the same sentence are one stop, so that each key press goes to another place.

    Args:
        rows: Gives the rows in reading order.
        lines: Of each section, the line in which its next sentence is started.
        areas: The list of areas that the report does not mention.
        sign: The button that gets the keyboard when nothing is open.
    """

    def __init__(
        self,
        desk: Desk,
        rows: Callable[[], tuple[SentenceRow, ...]],
        lines: Mapping[Section, QWidget],
        areas: ReviewAreas,
        sign: QWidget,
        aid: WritingAid,
    ) -> None:
        self._desk = desk
        self._rows = rows
        self._lines = lines
        self._areas = areas
        self._sign = sign
        self._aid = aid
        self._reached: _Stop | None = None
        self._report: ReportId | None = None

    @property
    def here(self) -> SentenceRow | None:
        """The row that has the keyboard, itself or in its editor."""
        return next((r for r in self._rows() if r.hasFocus() or r.editor.hasFocus()), None)

    @property
    def at(self) -> tuple[SentenceRow, int] | None:
        """The row that has the keyboard, and its number."""
        here = self.here
        return None if here is None else (here, self._rows().index(here))

    def stay_by(self, at: tuple[SentenceRow, int] | None, report: ReportId) -> None:
        """Go to the row above one that had the keyboard and has gone, by an undo or as empty.

        Args:
            at: The row and its number; None if the keyboard was in no row.
            report: The report shown; another one than before leaves the keyboard alone.
        """
        is_same, self._report = report == self._report, report
        rows = self._rows()
        if at is None or not is_same or at[0] in rows:
            return
        _focus(rows[max(min(at[1], len(rows)) - 1, 0)] if rows else self._lines[Section.FINDINGS])

    def back(self, move: Callable[[], None]) -> None:
        """Undo or redo, and go to the sentence that was changed by it, if it is only one.

        The next key would decide about another sentence otherwise. Who writes keeps the caret.
        """
        here = self.here
        is_writing = here is not None and here.is_editing
        before = {row.sentence.id: row.sentence for row in self._rows()}
        move()
        rows = self._rows()
        changed = [row for row in rows if row.sentence != before.get(row.sentence.id)]
        if len(changed) == 1 and not is_writing:
            _focus(changed[0])

    def go_on(self, step: int = 1) -> None:
        """Go to the next (1) or previous (-1) open point, wrapping at the ends."""
        stops = self._stops()
        if stops:
            self._reached = self._beside(stops, step)
            self._reached.go()
        elif self._sign.isEnabled():
            _focus(self._sign)

    def open_row(self) -> SentenceRow | None:
        """The next row without a decision or, if there is none, the next with a question."""
        rows, here = self._rows(), self.here
        start = rows.index(here) + 1 if here is not None else 0
        after = rows[start:] + rows[:start]
        undecided = next((row for row in after if is_undecided(row)), None)
        return undecided or next((row for row in after if _questions(row)), None)

    def leave_decided(self, row: SentenceRow) -> None:
        """After a decision, go to the next open row; stay if there is none."""
        following = next((r for r in (self.open_row(),) if r is not row), None)
        if following is not None and (row.hasFocus() or self.here is None):
            _focus(following)

    def leave_answered(self, row: SentenceRow) -> None:
        """After the last answer about a decided sentence, go to the next open row."""
        # The row still shows the question that has just been answered.
        if not is_undecided(row) and _questions(row) <= 1:
            self.leave_decided(row)

    def step(self, row: SentenceRow, step: int) -> None:
        """Go to the row below (1) or above (-1); stay at the ends."""
        rows = self._rows()
        position = rows.index(row) + step
        if 0 <= position < len(rows):
            _focus(rows[position])

    def _beside(self, stops: list[_Stop], step: int) -> _Stop:
        """The stop after (1) or before (-1) the keyboard."""
        here = self._order_here(stops, step)
        ordered = stops if step > 0 else stops[::-1]
        if here is None:
            return ordered[0]
        beyond = (s for s in ordered if (s.order > here if step > 0 else s.order < here))
        return next(beyond, ordered[0])

    def _order_here(self, stops: list[_Stop], step: int) -> _Order | None:
        """Where the keyboard is in the round; None if it is nowhere in it."""
        place, row, reached = self._place(), self.here, self._reached
        at = next((stop.order for stop in stops if stop.place == place), None)
        if at is not None or row is None:
            return at
        # The point may be gone because it was answered; go on from where it was.
        if reached is not None and reached.around in (row, row.sentence.section):
            return reached.order
        first = stops[0].order[0]
        order = (first, self._rows().index(row), -1)
        # Below the last sentence to review the way on leads to those above it, not past them.
        is_past = all(stop.order < order for stop in stops if stop.order[0] == first)
        return None if is_past and step > 0 else order

    def _place(self) -> SentenceRow | Slip | Section | str | None:
        slip = next((one for one in self._aid.slips if self._aid.is_on(one)), None)
        line = next((name for name, line in self._lines.items() if line.hasFocus()), None)
        return slip or line or self._areas.chosen or self.here

    def _stops(self) -> list[_Stop]:
        """The places of the open points in the order of the footer, each place once."""
        stops: dict[object, _Stop] = {}
        points = self._desk.open_points
        for stop in (stop for point in points for stop in self._stops_of(point)):
            stops.setdefault(stop.place, stop)
        return sorted(stops.values(), key=lambda stop: stop.order)

    def _stops_of(self, point: OpenPoint) -> Iterator[_Stop]:
        """Where a point is; nothing if its sentence has gone since the last check."""
        kind, rows = _KINDS.index(point.kind), self._rows()
        if point.kind in _EMPTY:
            section = _EMPTY[point.kind]
            go = partial(_focus, self._lines[section])
            yield _Stop(order=(kind, 0, 0), place=section, around=section, go=go)
        elif point.kind is OpenKind.AREA:
            number = self._areas.number(point.detail)
            if number is not None:
                go = partial(self._areas.choose, point.detail)
                yield _Stop(order=(kind, number, 0), place=point.detail, around=None, go=go)
        elif point.kind is OpenKind.SPELLING:
            for slip in self._aid.slips:
                if slip.row.sentence.id in point.sentence_ids and slip.word == point.detail:
                    order = (kind, rows.index(slip.row), slip.span[0])
                    go = partial(self._aid.show_slip, slip)
                    yield _Stop(order=order, place=slip, around=slip.row, go=go)
        else:
            for number, row in enumerate(rows):
                if row.sentence.id in point.sentence_ids[:1]:
                    go = partial(_focus, row)
                    yield _Stop(order=(kind, number, 0), place=row, around=row, go=go)


def is_undecided(row: SentenceRow) -> bool:
    """Whether the sentence comes from the model and still awaits a decision."""
    return row.sentence.state is SentenceState.AI_UNREVIEWED


def _questions(row: SentenceRow) -> int:
    return sum(note.is_question and not note.is_for_selected for note in row.notes.notes)


def _focus(widget: QWidget) -> None:
    widget.setFocus(Qt.FocusReason.OtherFocusReason)
