"""Header, pictures, print, and names that are hidden everywhere at once."""

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import QApplication, QLabel
from testkit.pdf_words import pdf_words

from engine.domain.audit import AuditAction
from engine.errors import DiskFullError
from engine.imaging.window import apply_table, display_table
from viewer.dialogs import anonymous_films
from viewer.dialogs.anonymous_films import AnonymousFilmsSheet
from viewer.dialogs.header_browser import HeaderBrowser
from viewer.dialogs.sign import SignSheet
from viewer.panels.film_commands import FilmCommands


def commands(room) -> FilmCommands:
    return room.view.film_commands


def test_the_header_is_shown_and_searched(room):
    room.do("film.header")
    sheet = room.sheet(HeaderBrowser)
    total = sheet.table.topLevelItemCount()
    assert total > 20
    sheet.search.setText("patient's name")
    room.wait(lambda: sheet.table.topLevelItemCount() == 1)
    item = sheet.table.topLevelItem(0)
    assert item.text(0) == "(0010,0010)"
    assert "Núñez" in item.text(3)
    sheet.search.setText("no such element")
    room.wait(lambda: sheet.table.topLevelItemCount() == 0)
    assert sheet.count.text() == f"0 of {total} elements"
    sheet.reject()


def test_the_saved_film_has_every_pixel_as_it_is_shown(room, tmp_path):
    state = room.view.views.active
    assert state.film.pixels is not None, state.film.message
    state.placement.rotate(90)
    state.grey.toggle_invert()
    commands(room).save_film(tmp_path / "film.png")
    room.wait(lambda: any("film.png" in notice.sentence for notice in room.notices))
    saved = QImage(str(tmp_path / "film.png")).convertToFormat(QImage.Format.Format_Grayscale8)
    pixels = state.film.pixels
    grey = np.empty(pixels.samples.shape, np.uint8)
    apply_table(pixels.samples, display_table(pixels, state.grey.voi, inverted=True), grey)
    wanted = np.rot90(grey, -1)
    bits = np.frombuffer(saved.constBits(), np.uint8).reshape(saved.height(), -1)
    np.testing.assert_array_equal(bits[:, : saved.width()], wanted)
    assert (tmp_path / "film.png").stat().st_mode & 0o077 == 0


def test_a_picture_that_cannot_be_written_is_said(room, tmp_path):
    commands(room).save_view(tmp_path / "nowhere" / "view.png")
    room.wait(lambda: bool(room.notices))
    assert "could not be saved" in room.notices[-1].sentence


def test_r46_films_leave_without_identity_after_somebody_looked(room, tmp_path, monkeypatch):
    monkeypatch.setattr(anonymous_films, "ask_for_folder", lambda *_: tmp_path / "out")
    room.do("film.save_anonymous")
    sheet = room.sheet(AnonymousFilmsSheet)
    assert not sheet.go.isEnabled()
    sheet.looked.click()
    sheet.go.click()
    room.wait(lambda: any("written to out" in notice.sentence for notice in room.notices))
    written = list((tmp_path / "out").iterdir())
    assert len(written) == len(room.desk.library.study.images)
    assert all("Núñez".encode() not in path.read_bytes() for path in written)


def printer_to(path):
    printer = QPrinter()
    printer.setOutputFileName(str(path))
    return printer


def test_the_print_says_whose_it_is_and_what_it_is_not_for(room, tmp_path):
    commands(room).print_view(printer_to(tmp_path / "view.pdf"))
    room.wait((tmp_path / "view.pdf").exists)
    assert (tmp_path / "view.pdf").stat().st_size > 10_000


def test_r28_a_picture_that_leaves_is_on_record_or_does_not_leave(room, tmp_path, monkeypatch):
    uid = room.desk.library.study.uid

    def entries():
        kinds = {AuditAction.PICTURE_EXPORTED: "what", AuditAction.PICTURE_PRINTED: "none"}
        return [
            (entry.subject, entry.details.get(kinds[entry.action]))
            for entry in room.desk.workspace.trail.entries()
            if entry.action in kinds
        ]

    commands(room).save_film(tmp_path / "film.png")
    commands(room).save_view(tmp_path / "view.png")
    commands(room).print_view(printer_to(tmp_path / "view.pdf"))
    room.wait((tmp_path / "view.pdf").exists)
    assert entries() == [(uid, "film"), (uid, "view"), (uid, None)]

    def refuse(*_):
        raise DiskFullError("There is no room left.")

    monkeypatch.setattr(room.desk.workspace.exporting, "_record", refuse)
    room.notices.clear()
    commands(room).save_film(tmp_path / "film-2.png")
    commands(room).save_view(tmp_path / "view-2.png")
    commands(room).print_view(printer_to(tmp_path / "view-2.pdf"))
    room.wait(lambda: len(room.notices) == 3)
    assert {path.name for path in tmp_path.glob("*-2.*")} == set()


def all_text(room):
    # Of windows on the screen: what a test before left behind is nobody's to see.
    widgets = [one for one in QApplication.allWidgets() if one.window().isVisible()]
    words = [widget.text() for widget in widgets if isinstance(widget, QLabel)]
    words += [widget.toolTip() for widget in widgets]
    rows = room.view.left.studies.rows
    for number in range(rows.rowCount()):
        for role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            words.append(str(rows.data(rows.index(number), role)))
    for state in room.view.views.states:
        words += [state.film.caption.patient, state.film.caption.study]
    return "\n".join(words)


def test_hidden_names_are_nowhere_and_come_back(room, tmp_path):
    assert "Núñez" in all_text(room)
    room.do("window.hide_names")
    room.wait(lambda: "Anonymous" in room.view.banner.name.text())

    def nobody_is_named():
        left = [line for line in all_text(room).splitlines() if "Núñez" in line]
        assert left == []
        return True

    room.wait(nobody_is_named)
    room.wait_for_films()
    assert room.view.banner.hidden_mark.isVisible()
    assert "DEMO-0001" not in all_text(room)
    assert "2026-03-18" not in all_text(room)
    films = room.desk.films.films
    assert [film.is_prior for film in films] == [False, True]
    assert films[0].study.patient.is_same_person(films[1].study.patient)
    room.wait(lambda: room.desk.report.report is not None)
    room.desk.exporting.pdf(tmp_path / "report.pdf")
    room.wait((tmp_path / "report.pdf").exists)
    words = pdf_words(tmp_path / "report.pdf")
    assert "Anonymous" in words
    assert "Núñez" not in words
    room.do("film.header")
    room.wait(lambda: any("names are hidden" in notice.sentence for notice in room.notices))
    room.do("report.sign")
    assert room.window.findChild(SignSheet) is None
    room.do("window.hide_names")
    room.wait(lambda: "Núñez" in room.view.banner.name.text())
    assert not room.view.banner.hidden_mark.isVisible()
