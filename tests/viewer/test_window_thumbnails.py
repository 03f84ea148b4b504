"""The films in small: flags in words, pictures that come, and three ways to hang one."""

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from testkit.dicom_files import write_film

from viewer.panels.thumbnails import FLAGS_ROLE, IN_VIEW_ROLE, PICTURE_ROLE


@pytest.fixture
def reader(room):
    newest = max(room.desk.library.rows, key=lambda row: row.patient.patient_id == "DEMO-0001")
    room.show_study(newest.uid)
    panel = room.view.left.studies.thumbnails
    room.wait(lambda: panel.rows.rowCount() == 3)
    return room


def test_each_film_has_its_picture_and_says_what_must_not_be_missed(reader):
    rows = reader.view.left.studies.thumbnails.rows
    indexes = [rows.index(number) for number in range(3)]
    reader.wait(lambda: all(index.data(PICTURE_ROLE) is not None for index in indexes))
    assert ["PRIOR" in index.data(FLAGS_ROLE) for index in indexes] == [False, True, True]
    assert [index.data(IN_VIEW_ROLE) for index in indexes] == [True, True, False]
    spoken = indexes[1].data(Qt.ItemDataRole.AccessibleTextRole)
    assert "Frontal" in spoken
    assert "PRIOR" in spoken


def test_a_film_is_hung_by_key_by_click_and_by_drag(reader):
    panel, films = reader.view.left.studies.thumbnails, reader.desk.films
    third = films.available[2].image
    panel.view.setFocus()
    panel.view.setCurrentIndex(panel.rows.index(2))
    reader.press(Qt.Key.Key_Return)
    assert films.films[0].image == third
    first = panel.view.visualRect(panel.rows.index(0)).center()
    QTest.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=first)
    assert films.films[0].image == films.available[0].image
    views = reader.view.views
    data = panel.rows.mimeData([panel.rows.index(2)])
    place = QPointF(views.views[1].geometry().center())
    button, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    views.dropEvent(QDropEvent(place, Qt.DropAction.CopyAction, data, button, none))
    assert films.films[1].image == third
    reader.wait_for_films()


def test_another_patients_film_cannot_be_exchanged_in(reader):
    library, films = reader.desk.library, reader.desk.films
    other = next(r for r in library.rows if not r.patient.is_same_person(library.study.patient))
    stranger = reader.desk.workspace.library.study(other.uid)
    before = films.films
    films.exchange(0, stranger.images[0])
    assert films.films == before


def test_key_images_and_films_seen_only_reduced_are_flagged(reader):
    rows = reader.view.left.studies.thumbnails.rows
    third, image = rows.index(2), reader.desk.films.available[2].image
    thumbnails = reader.desk.thumbnails
    assert "REDUCED" not in third.data(FLAGS_ROLE)
    thumbnails.saw(image, 0.5)
    assert "REDUCED" in third.data(FLAGS_ROLE)
    thumbnails.saw(image, 1.0)
    thumbnails.saw(image, 0.5)
    assert "REDUCED" not in third.data(FLAGS_ROLE)
    assert "KEY" not in third.data(FLAGS_ROLE)
    reader.desk.annotations.toggle_key(image)
    assert "KEY" in third.data(FLAGS_ROLE)


def test_a_film_whose_file_is_back_gets_its_picture(room, tmp_path):
    first = room.desk.library.study.uid
    film = write_film(tmp_path / "films" / "1.dcm", StudyInstanceUID="1.2.88")
    room.desk.library.add([film.parent])
    room.wait(lambda: not room.desk.library.is_scanning)
    film.rename(tmp_path / "away.dcm")
    room.show_study("1.2.88")
    panel = room.view.left.studies.thumbnails
    room.wait(lambda: bool(room.desk.thumbnails._failed))
    assert panel.rows.index(0).data(PICTURE_ROLE) is None
    (tmp_path / "away.dcm").rename(film)
    room.show_study(first)
    room.show_study("1.2.88")
    room.wait(lambda: panel.rows.index(0).data(PICTURE_ROLE) is not None)
