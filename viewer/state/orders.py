"""Orders of other systems: their folder is looked at, and the open study's order is found.

An order's words go into the report's indication once the report has been begun: a draft came, or
the reader wrote something. A study that is only looked at gets no report by it. What was undone is
not filled in again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer, Signal

from engine.domain.order import Order, OrderIntake, OrderState
from engine.domain.order_matching import KnownOrder, StudyOrders
from engine.domain.report import Section
from engine.domain.study import SkippedFile, StudySummary, StudyUid
from engine.errors import AccessError, CancelledError, NegatoscopeError
from viewer.errors import NoticeLevel
from viewer.state.library import LibraryState
from viewer.state.notices import Notices
from viewer.state.report import ReportState
from viewer.state.wording import count_text
from viewer.tasks.changes import ChangeSet
from viewer.tasks.runner import Lane, TaskRunner

if TYPE_CHECKING:
    from engine.services.workspace import Workspace

LOOK_EVERY_MS: Final = 10_000
"""Interval at which the folder is looked at, in ms: a share is asked for names and times only."""
TITLE: Final = "Orders"
_AWAY: Final = "Orders folder"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdersOverview:
    """What waits for what.

    Attributes:
        without_films: Orders whose films are not here, the most urgent first.
        without_orders: Unsigned studies without an order, newest first.
        refused: Files that could not be read wholly.
    """

    without_films: tuple[KnownOrder, ...] = ()
    without_orders: tuple[StudySummary, ...] = ()
    refused: tuple[SkippedFile, ...] = ()


class OrdersState(QObject):
    """Orders of the open study, and what comes in.

    Signals:
        changed: Read `found`.
        came: An `OrderIntake` with news was read.
    """

    changed = Signal()
    came = Signal(object)

    def __init__(
        self,
        workspace: Workspace,
        runner: TaskRunner,
        notices: Notices,
        library: LibraryState,
        report: ReportState,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._runner = runner
        self._notices = notices
        self._library = library
        self._report = report
        self._found = StudyOrders()
        self._study: StudyUid | None = None
        self._may_fill = False
        self._folder: Path | None = None
        self._is_locked = False
        self._is_reading = False
        self._is_away = False
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_EVERY_MS)
        self._timer.timeout.connect(self.look)
        # Out of the report's own signal: a change inside it would reach its listeners first.
        self._filling = QTimer(self)
        self._filling.setSingleShot(True)
        self._filling.setInterval(0)
        self._filling.timeout.connect(self._fill_once)
        library.study_changed.connect(self.refresh)
        library.scan_finished.connect(lambda _result: self.refresh())
        report.opened.connect(self._on_report_opened)
        report.changed.connect(self._filling.start)

    @property
    def found(self) -> StudyOrders:
        """The orders of the open study, or the one to ask about."""
        return self._found

    @property
    def order(self) -> Order | None:
        """The open study's order."""
        return self._found.order

    def watch(self, folder: Path | None) -> None:
        """Look at a folder at once and then again and again; None for none.

        Real orders never go into the demo, which has no passphrase.
        """
        is_closed = self._workspace.is_demo or self._workspace.is_read_only
        self._folder = None if is_closed else folder
        self._notices.withdraw(_AWAY)
        self._is_away = False
        if self._folder is None:
            self._timer.stop()
        else:
            self._timer.start()
            self.look()

    def lock(self, *, is_on: bool) -> None:
        """Take nothing in while nobody is signed in, whom the audit trail could name."""
        self._is_locked = is_on
        self.look()

    def stop(self) -> None:
        """Look no more, because the window is closing."""
        self._timer.stop()

    def look(self) -> None:
        """Read what is new in the folder of orders."""
        folder = self._folder
        if folder is None or self._is_locked or self._is_reading:
            return
        self._is_reading = True
        read = self._workspace.orders.read_folder
        self._runner.job(
            lambda _progress, cancel: read(folder, cancel),
            self._on_read,
            self._on_failed,
            lane=Lane.ORDERS,
            on_progress=lambda _progress: None,
        )

    def refresh(self) -> None:
        """Find the open study's orders again."""
        study = self._library.study
        if study is None:
            self._set(None, StudyOrders())
            return
        uid = study.uid
        if uid != self._study:
            self._set(uid, StudyOrders())
            self._study = None
        find = self._workspace.orders.of_study

        def found(orders: StudyOrders) -> None:
            if self._library.study is not None and self._library.study.uid == uid:
                self._take(uid, orders)

        self._runner.query(lambda: find(uid), found, self._notices.tell)

    def answer(self, *, is_right: bool) -> None:
        """Store whether the order asked about is the open study's."""
        asked, study = self._found.asked, self._library.study
        if asked is None or study is None:
            return
        assign, uid = self._workspace.orders.assign, study.uid
        self._runner.change(
            lambda: assign(asked.id, uid, is_right=is_right),
            ChangeSet(studies=True),
            lambda _none: self.refresh(),
            self._notices.tell,
        )

    def fill(self) -> None:
        """Put the order's words into the indication, unless something stands there."""
        report, order = self._report.report, self.order
        if report is None:
            return
        if order is None or not order.indication:
            words = "There is no order with a reason for this study."
        elif report.kept(Section.INDICATION):
            words = "The report has an indication; it stays as it is."
        else:
            self._may_fill = False
            self._fill(order)
            return
        self._notices.say(TITLE, words)

    def read_overview(self, on_overview: Callable[[OrdersOverview], None]) -> None:
        """Read what waits for what."""
        orders = self._workspace.orders

        def look_up() -> OrdersOverview:
            return OrdersOverview(
                without_films=orders.without_films(),
                without_orders=orders.without_orders(),
                refused=orders.refused(),
            )

        self._runner.query(look_up, on_overview, self._notices.tell)

    def _on_read(self, intake: OrderIntake) -> None:
        self._is_reading = self._is_away = False
        self._notices.withdraw(_AWAY)
        if not intake.is_news:
            return
        self._notices.say(TITLE, _told(intake), _level(intake))
        self._library.refresh()
        self.refresh()
        self.came.emit(intake)

    def _on_failed(self, error: Exception) -> None:
        self._is_reading = False
        if isinstance(error, CancelledError | AccessError):
            return  # the window is closing, or this user takes nothing in
        if not isinstance(error, NegatoscopeError):
            self._notices.tell(error)
            return
        if not self._is_away:
            self._is_away = True
            words = f"{error.message} {error.what_to_do}".strip()
            self._notices.say(_AWAY, words, NoticeLevel.DECIDE)

    def _on_report_opened(self) -> None:
        report = self._report.report
        self._may_fill = report is not None and not report.sentences

    def _take(self, uid: StudyUid, orders: StudyOrders) -> None:
        is_late = self._study == uid and self.order is None and orders.order is not None
        self._set(uid, orders)
        if is_late:
            self._may_fill = True
        self._fill_once()

    def _set(self, uid: StudyUid | None, orders: StudyOrders) -> None:
        self._study = uid
        if orders != self._found:
            self._found = orders
            self.changed.emit()

    def _fill_once(self) -> None:
        """Fill the indication of a report that was begun since it was opened, at most once."""
        report, order = self._report.report, self.order
        if not self._may_fill or report is None or order is None or self._study is None:
            return
        is_begun = report.is_editable and bool(report.sentences)
        if report.study_uid != self._study or not is_begun or order.state is OrderState.CANCELLED:
            return
        self._may_fill = False
        if not any(one.section is Section.INDICATION for one in report.sentences):
            self._fill(order)

    def _fill(self, order: Order) -> None:
        filled = self._workspace.orders.filled
        self._report.edit(lambda report, now: filled(report, order, now))


def _told(intake: OrderIntake) -> str:
    parts = [
        count_text(intake.new, "new order", "new orders") if intake.new else "",
        f"{intake.changed} changed" if intake.changed else "",
        f"{intake.cancelled} cancelled" if intake.cancelled else "",
        count_text(len(intake.refused), "file", "files") + " not read" if intake.refused else "",
    ]
    return f"{', '.join(part for part in parts if part)}.".capitalize()


def _level(intake: OrderIntake) -> NoticeLevel:
    needs_reader = intake.cancelled or intake.refused
    return NoticeLevel.DECIDE if needs_reader else NoticeLevel.QUIET
