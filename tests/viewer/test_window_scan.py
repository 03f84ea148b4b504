"""Opening films in the window: shown while the scan goes on, stopped without loss, unlocked."""

from dataclasses import replace

import pytest
import pyzipper
from PIL import Image
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtTest import QTest
from testkit.dicom_files import chest_like, write_film
from testkit.reading_room import ReadingRoom

from engine.domain.report import Section
from viewer.actions import handout
from viewer.dialogs.scan import ZipPassword
from viewer.main import StartRequest, open_first
from viewer.panels.study_rows import SUMMARY_ROLE


@pytest.fixture
def many_films(tmp_path):
    folder = tmp_path / "films"
    for number in range(80):
        write_film(
            folder / f"{number:03}.dcm",
            chest_like(16, 16),
            StudyInstanceUID=f"1.2.9.{number}",
            PatientID=f"M{number}",
        )
    return folder


def test_the_first_study_opens_while_the_scan_goes_on_and_a_stop_loses_nothing(room, many_films):
    library = room.desk.library
    room.desk.begin([many_films])
    room.wait(lambda: library.study is not None and library.study.uid.startswith("1.2.9."))
    library.cancel_scan()
    room.wait(lambda: not library.is_scanning)
    room.wait(lambda: any(row.uid == library.study.uid for row in library.rows))
    before = {row.uid for row in library.rows if row.uid.startswith("1.2.9.")}
    library.add([many_films])
    room.wait(lambda: not library.is_scanning)
    room.wait(lambda: sum(row.uid.startswith("1.2.9.") for row in library.rows) == 80)
    assert before <= {row.uid for row in library.rows}


def test_an_encrypted_zip_asks_until_its_password_opens_it(room, tmp_path):
    film = write_film(tmp_path / "film.dcm", StudyInstanceUID="1.2.8", PatientID="Z8")
    archive = tmp_path / "cd.zip"
    with pyzipper.AESZipFile(archive, "w", encryption=pyzipper.WZ_AES) as locked:
        locked.setpassword(b"secret")
        locked.write(film, "IM1")
    room.desk.library.add([archive])
    sheet = room.sheet(ZipPassword)
    assert not sheet.problem.isVisible()
    sheet.password.setText("wrong")
    room.press(Qt.Key.Key_Return)
    room.wait(lambda: not sheet.isVisible())
    again = room.sheet(ZipPassword)
    assert again is not sheet
    assert again.problem.isVisible()
    again.password.setText("secret")
    room.press(Qt.Key.Key_Return)
    room.wait(lambda: any(row.uid == "1.2.8" for row in room.desk.library.rows))
    room.wait(lambda: not room.desk.library.is_scanning)
    room.show_study("1.2.8")
    assert room.desk.films.films[0].failure is None


def test_each_encrypted_zip_is_asked_about(room, tmp_path):
    archives = []
    for number in (1, 2):
        film = write_film(tmp_path / "film.dcm", StudyInstanceUID=f"1.2.6.{number}")
        archives.append(tmp_path / f"cd{number}.zip")
        with pyzipper.AESZipFile(archives[-1], "w", encryption=pyzipper.WZ_AES) as locked:
            locked.setpassword(f"secret {number}".encode())
            locked.write(film, "IM1")
    room.desk.library.add(archives)
    for number in (1, 2):
        sheet = room.sheet(ZipPassword)
        assert sheet._archive == archives[number - 1]
        assert not sheet.problem.isVisible()
        sheet.password.setText(f"secret {number}")
        room.press(Qt.Key.Key_Return)
        room.wait(lambda sheet=sheet: not sheet.isVisible())
    found = {"1.2.6.1", "1.2.6.2"}
    room.wait(lambda: found <= {row.uid for row in room.desk.library.rows})


def test_what_is_dropped_while_a_scan_runs_is_scanned_after_it(room, many_films, tmp_path):
    write_film(tmp_path / "later" / "film.dcm", StudyInstanceUID="1.2.5", PatientID="L5")
    library = room.desk.library
    library.add([many_films])
    library.add([tmp_path / "later"])
    room.wait(lambda: any(row.uid == "1.2.5" for row in library.rows))
    room.wait(lambda: not library.is_scanning)
    library.add([many_films])
    library.add([tmp_path / "nowhere"])
    library.cancel_scan()
    room.wait(lambda: not library.is_scanning)
    assert not library._waiting, "a stop is a stop of everything"


def test_a_folder_dropped_on_the_window_is_scanned(room, tmp_path):
    write_film(tmp_path / "dropped" / "film.dcm", StudyInstanceUID="1.2.7", PatientID="D7")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "dropped"))])
    place, button = QPointF(900, 500), Qt.MouseButton.LeftButton
    none, copy = Qt.KeyboardModifier.NoModifier, Qt.DropAction.CopyAction
    enter = QDragEnterEvent(place.toPoint(), copy, data, button, none)
    room.window.dragEnterEvent(enter)
    assert enter.isAccepted()
    frame = room.window.drop_frame
    assert frame.isVisible()
    assert frame.geometry() == room.window.rect()
    room.window.dragLeaveEvent(QDragLeaveEvent())
    assert not frame.isVisible()
    room.window.dragEnterEvent(enter)
    room.window.dropEvent(QDropEvent(place, copy, data, button, none))
    assert not frame.isVisible()
    room.wait(lambda: any(row.uid == "1.2.7" for row in room.desk.library.rows))


def test_a_list_that_is_cut_off_says_so(room):
    library, studies = room.desk.library, room.view.left.studies
    assert not studies.more.isVisible()
    library._query = replace(library.query, limit=2)
    library.refresh()
    room.wait(lambda: len(library.rows) == 2)
    assert studies.more.text() == "The newest 2 are listed; search finds the others."
    assert studies.more.isVisible()


def drop(room, *paths):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    room.window.dropEvent(
        QDropEvent(
            QPointF(900, 500),
            Qt.DropAction.CopyAction,
            data,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
    )


def headings(room):
    rows = room.view.left.studies.rows
    shown = [rows.index(place) for place in range(rows.rowCount())]
    return [index.data() for index in shown if index.data(SUMMARY_ROLE) is None]


def test_a_path_at_the_start_opens_that_study_and_no_other(qtbot, demo_root, tmp_path):
    film = write_film(tmp_path / "old.dcm", StudyInstanceUID="1.2.4.1", StudyDate="19990101")
    room = ReadingRoom(qtbot, tmp_path / "window.ini")
    open_first(room.window, StartRequest(paths=(film,), workspace=demo_root, is_demo=True))
    room.wait(lambda: room.context.desk is not None and room.desk.library.study is not None)
    room.wait(lambda: not room.desk.library.is_scanning)
    room.wait(lambda: room.desk.report.report is not None)
    room.wait_for_films()
    assert room.desk.library.study.uid == "1.2.4.1"
    assert room.view.left.studies.view.currentIndex().data(SUMMARY_ROLE).uid == "1.2.4.1"
    room.close()


def test_what_is_opened_while_another_study_is_open_is_shown_on_top_of_the_list(room, tmp_path):
    for number in range(3):
        write_film(
            tmp_path / "cd" / f"{number}.dcm",
            StudyInstanceUID=f"1.2.4.{number}",
            StudyDate="19990101",
            Modality="CR",
        )
    library = room.desk.library
    drop(room, tmp_path / "cd")
    opened = {f"1.2.4.{number}" for number in range(3)}
    room.wait(lambda: library.study.uid in opened)
    room.wait(lambda: {row.uid for row in library.rows[:3]} == opened)
    room.wait(lambda: not library.is_scanning)
    assert headings(room)[0] == "Just opened"
    first = room.view.left.studies.rows.index_of(library.rows[0].uid)
    spoken = first.data(Qt.ItemDataRole.AccessibleTextRole)
    assert "CR  ·  1 film  ·  Frontal" in spoken


def test_what_the_reader_writes_meanwhile_stays_under_the_hand(room, many_films):
    here = room.desk.library.study.uid
    drop(room, many_films)
    room.desk.report.add(Section.FINDINGS, "No effusion.")
    room.wait(lambda: not room.desk.library.is_scanning)
    room.wait(lambda: headings(room)[0] == "Just opened")
    assert room.desk.library.study.uid == here
    assert room.notices[-1].line == "80 studies stand at the top of the list."
    added = room.view.left.studies.added
    assert added.text() == "Show 80 studies just opened"
    QTest.mouseClick(added, Qt.MouseButton.LeftButton)
    room.wait(lambda: room.desk.library.study.uid in room.desk.library.just_opened)
    assert not added.isVisible()
    room.wait_for_films()


def test_a_picture_is_called_by_its_file(room, tmp_path):
    Image.new("L", (64, 64), 80).save(tmp_path / "ward 7.png")
    drop(room, tmp_path / "ward 7.png")
    room.wait(lambda: room.desk.library.study.file_name == "ward 7.png")
    room.wait(lambda: room.desk.library.rows[0].file_name == "ward 7.png")
    assert room.view.banner.name.text() == "ward 7.png"
    row = room.view.left.studies.rows.index_of(room.desk.library.study.uid)
    assert row.data().startswith("ward 7.png")
    room.wait_for_films()
    film = room.view.views.active.film
    assert film.caption.patient == "ward 7.png"
    room.do(handout.HIDE_NAMES)
    room.wait(lambda: all(not each.file_name for each in room.desk.library.rows))
    room.wait(lambda: "ward" not in film.caption.patient)
    assert "ward" not in room.view.banner.name.text()


def test_a_path_that_is_not_there_is_named(room, tmp_path):
    room.desk.open_paths([tmp_path / "missing"])
    why = f"No films found. {tmp_path / 'missing'}: The file cannot be found or opened."
    room.wait(lambda: any(each.line == why for each in room.notices))


def test_a_folder_without_films_says_so(room, tmp_path):
    (tmp_path / "empty").mkdir()
    drop(room, tmp_path / "empty")
    room.wait(lambda: any(each.line == "No films found." for each in room.notices))
