"""The whole window beside stored pictures: layouts, a narrow screen, the report, the study list.

How to renew them, and what is compared, stands in `testkit.snapshots`.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QLabel, QWidget
from testkit.dicom_files import chest_like, write_film
from testkit.reading_room import ReadingRoom
from testkit.snapshots import check, difference, picture_of
from testkit.theme import dressed

from engine.domain.progress import Progress
from engine.domain.study import ScanResult, SkippedFile
from viewer.actions.layout import layout_id
from viewer.errors import Notice, NoticeLevel
from viewer.state.layout import Layout

STORED = Path(__file__).with_name("snapshots")
WIDTH = 800
"""Pictures of the window are kept so wide, in px; smaller ones as they are."""
SAVED = datetime(2026, 1, 2, 12, tzinfo=UTC)
TIMES = re.compile(r"\d\d:\d\d|\d\.\d s")
LAYOUTS = {f"layout-{layout.name.lower()}": layout for layout in Layout}
REPORT = ("drafted", "reviewed", "past-report")
LIST = ("list-empty", "list-scanning", "list-left-out", "list-no-hits", "error")
SCALES = {"scale-150": 1.5, "scale-200": 2.0}
OTHERS = ("narrow", *SCALES, "films-only", "exported-view", *REPORT, *LIST)


@pytest.fixture(autouse=True)
def _dressed(qapp):
    with dressed(qapp):
        yield


def check_widget(widget: QWidget, name: str) -> None:
    """Compare a widget; what tells the time of day or a duration is set to zeros before."""
    for label in widget.findChildren(QLabel):
        if TIMES.search(label.text()):
            label.setText(re.sub(r"\d", "0", label.text()))
    wide = WIDTH if widget.isWindow() else None
    check(picture_of(widget.grab(), wide), STORED / f"{name}.png", colours=256)


def at_rest(room: ReadingRoom) -> QWidget:
    """The window, once everything it waited for is there."""
    thumbnails = room.desk.thumbnails
    room.wait_for_films()
    room.wait(lambda: bool(room.context.session.model.provider))
    room.wait(lambda: all(thumbnails.picture(p.image) is not None for p in thumbnails.slots))
    now, before = picture_of(room.window.grab()), None
    while before is None or difference(before, now) > 0:
        room._qtbot.wait(100)
        before, now = now, picture_of(room.window.grab())
    return room.window


@pytest.fixture
def two_views(room, tmp_path):
    """The room with a patient of a frontal and a lateral film today and a year ago."""
    for number, (day, view) in enumerate(
        (day, view) for day in ("20260302", "20250301", "20240229") for view in ("PA", "LL")
    ):
        turned = ["A", "F"] if view == "LL" else ["L", "F"]
        write_film(
            tmp_path / "films" / f"{number}.dcm",
            chest_like(480, 400, seed=number)[:, :: -1 if view == "LL" else 1],
            StudyInstanceUID=f"1.2.7.{day}",
            SeriesInstanceUID=f"1.2.7.{day}.{number}",
            SeriesNumber=number,
            SOPInstanceUID=f"1.2.7.{day}.{number}.1",
            StudyDate=day,
            PatientName="Two^Views",
            PatientID="V2",
            ViewPosition=view,
            PatientOrientation=turned,
        )
    room.desk.library.add([tmp_path / "films"])
    room.wait(lambda: not room.desk.library.is_scanning)
    room.show_study("1.2.7.20260302")
    return room


def test_every_layout_looks_as_it_was_stored(two_views, tmp_path):
    room = two_views
    room.window.resize(1600, 900)
    for name, layout in LAYOUTS.items():
        room.do(layout_id(layout))
        check_widget(at_rest(room), name)
    room.do("window.films_only")
    check_widget(at_rest(room), "films-only")
    room.view.film_commands.save_view(tmp_path / "view.png")
    room.wait((tmp_path / "view.png").exists)
    saved = QPixmap.fromImage(QImage(str(tmp_path / "view.png")))
    check(picture_of(saved, WIDTH // 2), STORED / "exported-view.png", colours=256)
    room.do("window.films_only")
    room.do(layout_id(Layout.STUDY))
    room.window.resize(1366, 768)
    check_widget(at_rest(room), "narrow")


def test_the_report_looks_as_it_was_stored(room_saying):
    room = room_saying("there is a large left effusion . no pneumothorax . the heart is normal .")
    desk, report = room.desk, room.desk.report
    room.window.resize(1600, 900)
    room.draft()
    room.do("report.save")
    room.wait(lambda: desk.guards.is_current and not report.has_unsaved)
    room.wait(lambda: room.view.report.focused_row is not None)
    check_widget(at_rest(room), "drafted")
    first, second, third = (sentence.id for sentence in room.report.sentences)
    report.reject(first)
    report.accept(second)
    report.set_text(third, "The heart is of normal size.")
    room.do("report.save")
    room.wait(lambda: desk.guards.is_current and not report.has_unsaved)
    check_widget(at_rest(room), "reviewed")
    room.do("file.past_reports")
    room.wait(lambda: bool(desk.history.rows))
    desk.history.read(desk.history.rows[0])
    room.wait(lambda: desk.history.reading is not None)
    room.view.left.history.filter.setChecked(True)
    desk.history._rows = tuple(replace(r, updated=SAVED) for r in desk.history.rows)
    room.view.left.history.refresh()
    check_widget(at_rest(room), "past-report")


def test_the_study_list_looks_as_it_was_stored(room):
    library, left = room.desk.library, room.view.left
    room.window.resize(1600, 900)
    at_rest(room)
    rows, library._rows = library.rows, ()
    left.studies.refresh()
    at_rest(room)
    check_widget(room.view.left, "list-empty")
    library._rows = rows
    left.studies.refresh()
    library.scan_progressed.emit(Progress(done=120, total=480, message="120 of 480 files"))
    at_rest(room)
    check_widget(room.view.left, "list-scanning")
    skipped = tuple(SkippedFile(name=f"{n}.txt", reason="It is no film.") for n in range(3))
    library.scan_finished.emit(ScanResult(studies=(), skipped=skipped))
    left.studies.refresh()
    at_rest(room)
    check_widget(room.view.left, "list-left-out")
    left.studies.search.setText("nobody")
    room.wait(lambda: not library.rows)
    at_rest(room)
    check_widget(room.view.left, "list-no-hits")
    sentence = "The workspace's disk is full. Make room, then save again."
    room.context.notices.noticed.emit(
        Notice(title="", sentence=sentence, severity=NoticeLevel.ERROR)
    )
    check_widget(room.window.status, "error")


@pytest.mark.parametrize("name", SCALES)
def test_the_window_looks_as_it_was_stored_at_larger_sizes(demo_root, small_model, tmp_path, name):
    root = Path(__file__).resolve().parents[2]
    paths = (root, root / "tests" / "support")
    asked = (demo_root, small_model, tmp_path, SCALES[name])
    subprocess.run(
        [sys.executable, "-m", "testkit.scaled_window", *map(str, asked)],
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths))},
    )
    check(
        picture_of(QPixmap(str(tmp_path / "window.png")), WIDTH),
        STORED / f"{name}.png",
        colours=256,
    )


def test_no_picture_is_left_over():
    assert {path.stem for path in STORED.glob("*.png")} == {*LAYOUTS, *OTHERS}
