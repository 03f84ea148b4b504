"""A report that is opened on a film whose pixels were exchanged says so, and its film too."""

from __future__ import annotations

import shutil

from pydicom import dcmread
from PySide6.QtCore import Qt

from engine import paths
from engine.domain.report import Section
from viewer.state.film_watch import CHANGED

FILM = "nunez-2026-03-18.dcm"


def test_a_film_exchanged_under_its_report_is_told(room, tmp_path):
    film = tmp_path / "cd" / FILM
    film.parent.mkdir()
    shutil.copy(paths.demo_studies() / FILM, film)
    dataset = dcmread(film)
    dataset.StudyInstanceUID, dataset.SOPInstanceUID = "1.2.3.66", "1.2.3.66.1"
    dataset.file_meta.MediaStorageSOPInstanceUID = "1.2.3.66.1"
    dataset.save_as(film)
    room.desk.library.add([film])
    room.wait(lambda: not room.desk.library.is_scanning)
    room.show_study("1.2.3.66")
    room.view.report.sections[Section.FINDINGS].line.setFocus()
    room.type("Clear.")
    room.press(Qt.Key.Key_Escape)
    room.wait(lambda: room.desk.report.kept_at is not None)
    assert CHANGED not in room.notices

    other = next(r.uid for r in room.desk.library.rows if r.uid != "1.2.3.66")
    room.show_study(other)
    samples = dataset.pixel_array.copy()
    samples[100:140, 100:140] = 0
    dataset.PixelData = samples.tobytes()
    dataset.save_as(film)
    room.desk.films._kept.clear()  # as after a restart
    room.show_study("1.2.3.66")
    room.wait(lambda: CHANGED in room.notices)
    assert "NOT THE FILM OF THE REPORT" in room.view.views.active.film.caption.badges
