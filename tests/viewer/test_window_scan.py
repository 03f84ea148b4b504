"""Opening films in the window: shown while the scan goes on, stopped without loss, unlocked."""

from dataclasses import replace

import pytest
import pyzipper
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from testkit.dicom_files import chest_like, write_film

from viewer.dialogs.zip_password import ZipPassword


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
    library = room.context.library
    room.context.open_when_ready([many_films], first_study=False)
    library.add([many_films])
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
    room.context.library.add([archive])
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
    room.wait(lambda: any(row.uid == "1.2.8" for row in room.context.library.rows))
    room.wait(lambda: not room.context.library.is_scanning)
    room.show_study("1.2.8")
    assert room.context.films.films[0].failure is None


def test_each_encrypted_zip_is_asked_about(room, tmp_path):
    archives = []
    for number in (1, 2):
        film = write_film(tmp_path / "film.dcm", StudyInstanceUID=f"1.2.6.{number}")
        archives.append(tmp_path / f"cd{number}.zip")
        with pyzipper.AESZipFile(archives[-1], "w", encryption=pyzipper.WZ_AES) as locked:
            locked.setpassword(f"secret {number}".encode())
            locked.write(film, "IM1")
    room.context.library.add(archives)
    for number in (1, 2):
        sheet = room.sheet(ZipPassword)
        assert sheet._archive == archives[number - 1]
        assert not sheet.problem.isVisible()
        sheet.password.setText(f"secret {number}")
        room.press(Qt.Key.Key_Return)
        room.wait(lambda sheet=sheet: not sheet.isVisible())
    found = {"1.2.6.1", "1.2.6.2"}
    room.wait(lambda: found <= {row.uid for row in room.context.library.rows})


def test_what_is_dropped_while_a_scan_runs_is_scanned_after_it(room, many_films, tmp_path):
    write_film(tmp_path / "later" / "film.dcm", StudyInstanceUID="1.2.5", PatientID="L5")
    library = room.context.library
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
    room.window.dropEvent(QDropEvent(place, copy, data, button, none))
    room.wait(lambda: any(row.uid == "1.2.7" for row in room.context.library.rows))


def test_a_list_that_is_cut_off_says_so(room):
    library, studies = room.context.library, room.window.left.studies
    assert not studies.more.isVisible()
    library._query = replace(library.query, limit=2)
    library.refresh()
    room.wait(lambda: len(library.rows) == 2)
    assert studies.more.text() == "The newest 2 are listed; search finds the others."
    assert studies.more.isVisible()
