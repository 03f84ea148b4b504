"""The study list under the reader's hand: read again by a save or a scan, it stays where it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from PySide6.QtCore import Qt

from engine.domain.study import StudyUid
from viewer.panels.study_rows import SUMMARY_ROLE, StudyRows

DAY = date(2026, 3, 20)


@pytest.fixture
def long_list(room):
    """The room with 300 studies listed, and what a scan would do that finds one more."""
    library, panel = room.context.library, room.window.left.studies
    first = library.rows[0]
    known = library.rows

    def listed(count):
        more = tuple(replace(first, uid=StudyUid(f"1.2.6.{number}")) for number in range(count))
        library._rows = (*known, *more)
        panel.refresh()

    listed(300)
    room.listed = listed
    return room


def uid_at(panel, index):
    return index.data(SUMMARY_ROLE).uid


def test_what_was_scrolled_to_stays(long_list):
    room, panel = long_list, long_list.window.left.studies
    bar = panel.view.verticalScrollBar()
    bar.setValue(bar.maximum() // 2)
    top = uid_at(panel, panel.view.indexAt(panel.view.rect().topLeft()))
    room.listed(301)
    assert uid_at(panel, panel.view.indexAt(panel.view.rect().topLeft())) == top


def test_what_was_gone_to_by_keys_stays_and_return_opens_it(long_list):
    room, panel = long_list, long_list.window.left.studies
    panel.view.setFocus()
    for _ in range(3):
        room.press(Qt.Key.Key_Down)
    here = uid_at(panel, panel.view.currentIndex())
    assert here != room.context.library.study.uid
    room.listed(301)
    assert uid_at(panel, panel.view.currentIndex()) == here
    room.press(Qt.Key.Key_Return)
    room.wait(lambda: room.context.library.study.uid == here)
    room.wait_for_films()


def test_the_order_on_the_screen_is_that_of_the_keys(room):
    row = room.context.library.rows[0]
    days = (DAY + timedelta(days=400), DAY, DAY, DAY - timedelta(days=1), None)
    rows = tuple(
        replace(row, uid=StudyUid(str(number)), study_date=day) for number, day in enumerate(days)
    )
    model = StudyRows()
    model.set_rows(rows, DAY)
    shown = [model.index(place).data() for place in range(model.rowCount())]
    assert [model.index_of(each.uid).row() for each in rows] == [1, 3, 4, 6, 7]
    assert (shown[0], shown[2], shown[5]) == ("Dated later than today", "Today", "Earlier")
