"""Header, pictures, print, and names that are hidden everywhere at once."""

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import QApplication, QLabel
from testkit.pdf_words import pdf_words

from engine.imaging.window import apply_table, display_table
from viewer.canvas.film_export import print_view
from viewer.dialogs.header_browser import HeaderBrowser
from viewer.dialogs.sign import SignSheet
from viewer.panels.film_commands import FilmCommands


def commands(room) -> FilmCommands:
    return room.window.film_commands


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
    state = room.window.views.active
    assert state.pixels is not None, state.message
    state.rotate(90)
    state.toggle_invert()
    commands(room).save_film(tmp_path / "film.png")
    saved = QImage(str(tmp_path / "film.png")).convertToFormat(QImage.Format.Format_Grayscale8)
    pixels = state.pixels
    grey = np.empty(pixels.samples.shape, np.uint8)
    apply_table(pixels.samples, display_table(pixels, state.voi, inverted=True), grey)
    wanted = np.rot90(grey, -1)
    bits = np.frombuffer(saved.constBits(), np.uint8).reshape(saved.height(), -1)
    np.testing.assert_array_equal(bits[:, : saved.width()], wanted)
    assert "film.png" in room.notices[-1].sentence


def test_a_picture_that_cannot_be_written_is_said(room, tmp_path):
    commands(room).save_view(tmp_path / "nowhere" / "view.png")
    assert room.notices[-1].title == "Not saved"


def test_the_print_says_whose_it_is_and_what_it_is_not_for(room, tmp_path):
    printer = QPrinter()
    printer.setOutputFileName(str(tmp_path / "view.pdf"))
    print_view(room.window.views.active_view, printer, "Núñez · DEMO-0001")
    assert (tmp_path / "view.pdf").stat().st_size > 10_000


def all_text(room):
    words = [widget.text() for widget in QApplication.allWidgets() if isinstance(widget, QLabel)]
    words += [widget.toolTip() for widget in QApplication.allWidgets()]
    rows = room.window.left.studies.rows
    for number in range(rows.rowCount()):
        for role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            words.append(str(rows.data(rows.index(number), role)))
    for state in room.window.views.states:
        words += [state.caption.patient, state.caption.study]
    return "\n".join(words)


def test_hidden_names_are_nowhere_and_come_back(room, tmp_path):
    assert "Núñez" in all_text(room)
    room.do("window.hide_names")
    room.wait(lambda: "Anonymous" in room.window.banner.name.text())
    room.wait(lambda: "Núñez" not in all_text(room))
    room.wait_for_films()
    assert room.window.banner.hidden_mark.isVisible()
    assert "DEMO-0001" not in all_text(room)
    assert "2026-03-18" not in all_text(room)
    films = room.context.films.films
    assert [film.is_prior for film in films] == [False, True]
    assert films[0].study.patient.is_same_person(films[1].study.patient)
    room.wait(lambda: room.context.report.report is not None)
    room.context.export_pdf(tmp_path / "report.pdf")
    room.wait((tmp_path / "report.pdf").exists)
    words = pdf_words(tmp_path / "report.pdf")
    assert "Anonymous" in words
    assert "Núñez" not in words
    room.do("film.header")
    room.wait(lambda: any("names are hidden" in notice.sentence for notice in room.notices))
    room.do("report.sign")
    assert room.window.findChild(SignSheet) is None
    room.do("window.hide_names")
    room.wait(lambda: "Núñez" in room.window.banner.name.text())
    assert not room.window.banner.hidden_mark.isVisible()
