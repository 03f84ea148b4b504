"""Names are shown as they are, to the letter, and nowhere but where they belong."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QApplication, QLabel, QTextEdit
from testkit.dicom_files import write_film

from engine.domain.person_name import as_read
from engine.domain.report import Section
from viewer.dialogs.sign import SignSheet

NAMES = {
    "markup": "<b>Bold</b><img src^<script>",
    "long": "A" + "very long family name that does not end " * 3 + "^Zoë",
    "japanese": "Yamada^Tarou=山田^太郎=やまだ^たろう",
    "arabic": "علي^محمد",
    "korean": "Hong^Gildong=洪^吉洞=홍^길동",
}
FIRST_WORDS = {
    "markup": "<b>Bold</b><img src",
    "long": "Avery long family name",
    "japanese": "山田, 太郎",
    "arabic": "علي, محمد",
    "korean": "홍, 길동",
}


@pytest.mark.filterwarnings("ignore:The PN component length")
def test_names_are_literal_everywhere_and_in_no_title(room, tmp_path):
    folder = tmp_path / "films"
    for number, (kind, name) in enumerate(NAMES.items()):
        uid = f"1.2.3.7.{number}"
        elements = {"StudyInstanceUID": uid, "PatientName": name, "PatientID": f"X7-{number}"}
        write_film(folder / f"{kind}.dcm", **elements)
    room.desk.library.add([folder])
    room.wait(lambda: not room.desk.library.is_scanning)
    for number, kind in enumerate(NAMES):
        room.show_study(f"1.2.3.7.{number}")
        assert_shown_literally(room, FIRST_WORDS[kind])


def assert_shown_literally(room, first_words):
    name = as_read(room.desk.library.study.patient.name)
    assert "=" not in name, "the sign that parts the writings is for machines"
    assert first_words in name
    room.view.report.sections[Section.FINDINGS].line.setFocus()
    room.type("Clear.")
    room.press(Qt.Key.Key_Escape)
    room.do("report.sign")
    sheet = room.sheet(SignSheet)
    places = (room.view.banner.name, room.view.report.patient, sheet.name)
    assert all(" ".join(name.split()) in " ".join(place.text().split()) for place in places)
    assert_all_text_is_plain()
    for widget in QApplication.topLevelWidgets():
        assert first_words[:8] not in widget.windowTitle()
        assert "X7" not in widget.windowTitle()
    sheet.reject()
    room.wait(lambda: not sheet.isVisible())
    room.wait(room.window.isActiveWindow)
    sheet.deleteLater()


def assert_all_text_is_plain():
    for widget in QApplication.allWidgets():
        if isinstance(widget, QLabel) and "<" in widget.text():
            assert widget.textFormat() is Qt.TextFormat.PlainText
        if isinstance(widget, QTextEdit):
            assert not widget.acceptRichText()
        assert "<" not in widget.toolTip(), widget.objectName()


def test_no_way_of_asking_hangs_two_patients_side_by_side(room):
    library, films = room.desk.library, room.desk.films
    other = next(r for r in library.rows if not r.patient.is_same_person(library.study.patient))
    stranger = room.desk.workspace.library.study(other.uid)
    films.show(library.study, (stranger,))
    films.toggle_prior()
    assert_one_patient(films)
    room.show_study(other.uid)
    assert_one_patient(films)


def assert_one_patient(films):
    people = {film.study.patient for film in films.films}
    assert len({(p.patient_id, p.birth_date) for p in people}) == 1


def test_a_floating_report_whose_monitor_is_gone_comes_back(room):
    dock = room.view._report_dock
    dock.setFloating(True)
    dock.move(20_000, 20_000)
    dock.come_back_if_lost()
    assert not dock.isFloating()
    assert room.view.report.isVisible()


def test_a_report_that_floats_comes_back_when_its_monitor_is_pulled_out(room):
    dock = room.view._report_dock
    dock.setFloating(True)
    dock.move(20_000, 20_000)
    QApplication.instance().screenRemoved.emit(QApplication.primaryScreen())
    room.wait(lambda: not dock.isFloating())
    patient = room.desk.library.study.patient.name
    assert patient in room.view.report.patient.text(), "the floating report names its patient too"


def test_a_window_stored_on_a_monitor_that_is_gone_opens_on_one_that_is_there(
    qtbot, room, tmp_path, demo_root
):
    room.view._report_dock.setFloating(True)
    room.view._report_dock.move(20_000, 20_000)
    room.window.move(20_000, 20_000)
    settings = room.window._settings
    room.close()
    assert isinstance(settings, QSettings)
    again = type(room)(qtbot, tmp_path / "window.ini")
    again.open_demo(demo_root)
    screens = QApplication.screens()
    for widget in (again.window, again.view._report_dock):
        frame = widget.window().frameGeometry()
        assert any(s.availableGeometry().intersects(frame) for s in screens)
    again.close()
