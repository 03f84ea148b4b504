"""The study list under the reader's hand: read again by a save or a scan, it stays where it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu

from engine.domain.past_reports import ReportQuery
from engine.domain.report import Section
from engine.domain.study import StudyStatus, StudyUid
from viewer.actions import file
from viewer.panels.study_rows import SUMMARY_ROLE, StudyRows

DAY = date(2026, 3, 20)


@pytest.fixture
def long_list(room):
    """The room with 300 studies listed, and what a scan would do that finds one more."""
    library, panel = room.desk.library, room.view.left.studies
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
    room, panel = long_list, long_list.view.left.studies
    bar = panel.view.verticalScrollBar()
    bar.setValue(bar.maximum() // 2)
    top = uid_at(panel, panel.view.indexAt(panel.view.rect().topLeft()))
    room.listed(301)
    assert uid_at(panel, panel.view.indexAt(panel.view.rect().topLeft())) == top


def test_what_was_gone_to_by_keys_stays_and_return_opens_it(long_list):
    room, panel = long_list, long_list.view.left.studies
    panel.view.setFocus()
    for _ in range(3):
        room.press(Qt.Key.Key_Down)
    here = uid_at(panel, panel.view.currentIndex())
    assert here != room.desk.library.study.uid
    room.listed(301)
    assert uid_at(panel, panel.view.currentIndex()) == here
    room.press(Qt.Key.Key_Return)
    room.wait(lambda: room.desk.library.study.uid == here)
    room.wait_for_films()


def test_the_order_on_the_screen_is_that_of_the_keys(room):
    row = room.desk.library.rows[0]
    days = (DAY + timedelta(days=400), DAY, DAY, DAY - timedelta(days=1), None)
    rows = tuple(
        replace(row, uid=StudyUid(str(number)), study_date=day) for number, day in enumerate(days)
    )
    model = StudyRows()
    model.set_rows(rows, DAY)
    shown = [model.index(place).data() for place in range(model.rowCount())]
    assert [model.index_of(each.uid).row() for each in rows] == [1, 3, 4, 6, 7]
    assert (shown[0], shown[2], shown[5]) == ("Dated later than today", "Today", "Earlier")


def test_a_study_is_taken_off_the_list_by_its_menu_and_stays_off_until_opened_again(room):
    library, panel = room.desk.library, room.view.left.studies
    row = library.rows[-1]
    place = panel.view.visualRect(panel.rows.index_of(row.uid)).center()
    panel.view.customContextMenuRequested.emit(place)
    menu = panel.view.findChild(QMenu)
    entries = {action.text(): action for action in menu.actions()}
    entries["Remove from list"].trigger()
    menu.close()
    room.wait(lambda: all(each.uid != row.uid for each in library.rows))
    film = room.desk.workspace.library.study(row.uid).images[0].path
    room.desk.open_paths([film])
    room.wait(lambda: any(each.uid == row.uid for each in library.rows))
    room.wait(lambda: library.study.uid == row.uid)
    room.wait(lambda: not library.is_scanning)


def test_the_open_study_leaves_the_list_and_the_next_takes_its_place(room):
    library = room.desk.library
    first, second = (row.uid for row in library.rows[:2])
    room.desk.report.add(Section.FINDINGS, "No effusion.")
    room.do(file.OFF_LIST)
    room.wait(lambda: library.study.uid == second)
    room.wait(lambda: all(row.uid != first for row in library.rows))
    room.wait_for_films()
    kept = room.desk.workspace.past_reports.find(ReportQuery(study_uid=first))
    assert len(kept) == 1, "its report is found as before"


def test_the_list_says_what_the_banner_says_before_the_report_is_saved(room):
    assert room.desk.library.summary.status is StudyStatus.NEW
    room.desk.report.add(Section.FINDINGS, "The lungs are clear.")
    assert room.view.banner.status.text() == "In review"
    assert room.desk.library.summary.status is StudyStatus.IN_REVIEW
    room.desk.library.refresh()
    room.wait(lambda: room.desk.report.has_unsaved)
    assert room.desk.library.summary.status is StudyStatus.IN_REVIEW
