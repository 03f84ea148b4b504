"""Orders at the window's edges: the demo, a signed study, a cancelled order's words."""

from __future__ import annotations

from datetime import date, time

import pytest
from PySide6.QtCore import Qt
from testkit.orders import message
from testkit.report_documents import study_of

from engine.domain.study import StudyStatus, StudySummary, StudyUid
from engine.domain.urgency import Moment, OrderMark, OrderPriority
from viewer.panels.study_rows import StudyRows
from viewer.state.wording import order_mark_text

DAY = date(2026, 3, 18)
STAT = OrderPriority.STAT


def row(mark: OrderMark | None, status: StudyStatus = StudyStatus.NEW) -> StudySummary:
    return StudySummary(
        uid=StudyUid("1.2.3"),
        patient=study_of().patient,
        study_date=DAY,
        study_time=None,
        description="Chest",
        accession="",
        image_count=1,
        status=status,
        order=mark,
    )


def test_the_demo_takes_no_orders_from_a_folder(room, tmp_path):
    (tmp_path / "orders").mkdir()
    (tmp_path / "orders" / "1.hl7").write_bytes(message())
    room.desk.orders.watch(tmp_path / "orders")
    room.desk.orders.look()
    room.wait(lambda: room.desk._runner.is_idle)
    assert room.desk.workspace.orders.all() == ()


@pytest.mark.parametrize(
    ("mark", "status", "words"),
    [
        (None, StudyStatus.NEW, ""),
        (OrderMark(priority=STAT), StudyStatus.NEW, "Stat"),
        (OrderMark(priority=OrderPriority.ROUTINE), StudyStatus.NEW, ""),
        (
            OrderMark(priority=STAT, due=Moment(day=DAY, clock=time(12, 30))),
            StudyStatus.DRAFTED,
            "Stat, due 12:30",
        ),
        (OrderMark(due=Moment(day=date(2026, 3, 19))), StudyStatus.NEW, "Due 2026-03-19"),
        (
            OrderMark(priority=STAT, due=Moment(day=DAY, clock=time(12, 30))),
            StudyStatus.SIGNED,
            "",
        ),
        (OrderMark(is_cancelled=True), StudyStatus.NEW, "Order cancelled"),
        (OrderMark(is_asked=True), StudyStatus.NEW, "Order?"),
    ],
)
def test_a_row_says_what_its_order_wants_until_the_study_is_signed(mark, status, words):
    assert order_mark_text(row(mark, status)) == words


def test_urgent_rows_stand_under_their_own_heading_and_are_read_out():
    model = StudyRows()
    model.set_rows((row(OrderMark(priority=STAT)), row(None)), DAY)
    shown = [str(model.index(place).data()) for place in range(model.rowCount())]
    assert (shown[0], shown[2]) == ("Urgent", "Today")
    spoken = model.index(1).data(Qt.ItemDataRole.AccessibleTextRole)
    assert ", Stat, " in spoken
