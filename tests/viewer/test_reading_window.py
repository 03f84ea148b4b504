"""The reading window: keys where they belong, text that stays, one patient at a time."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from testkit.reading_room import ReadingRoom

from engine.domain.report import ReportStatus, Section, SentenceState
from engine.errors import DiskFullError
from viewer.dialogs.sign import SignSheet
from viewer.errors import NoticeLevel
from viewer.panels import status_line
from viewer.state.film_in_view import ViewportStage
from viewer.state.report import SaveState

CTRL = Qt.KeyboardModifier.ControlModifier


def test_the_demo_opens_on_its_newest_study_with_the_prior_beside(room):
    films = room.desk.films.films
    assert [film.is_prior for film in films] == [False, True]
    assert films[0].study.patient.is_same_person(films[1].study.patient)
    assert [s.film.stage for s in room.view.views.states] == [
        *[ViewportStage.READY] * 2,
        *[ViewportStage.NO_FILM] * 2,
    ]
    assert room.view.banner.demo_mark.isVisible()
    name = films[0].study.patient.name
    assert name in room.view.banner.name.text()
    for widget in QApplication.topLevelWidgets():
        assert name.split(",")[0] not in widget.windowTitle()


def test_neither_the_first_return_nor_a_wrong_passphrase_signs(room):
    room.view.report.sections[Section.FINDINGS].line.setFocus()
    room.type("Clear lungs.")
    room.press(Qt.Key.Key_Escape)
    room.do("report.sign")
    sheet = room.sheet(SignSheet)
    sheet.passphrase.setFocus()
    sheet.passphrase.setText("not it")
    room.press(Qt.Key.Key_Return)
    assert sheet.sign.hasFocus()
    assert sheet.sign.isEnabled()
    assert not sheet.problem.isVisible()
    room.press(Qt.Key.Key_Return)
    room.wait(sheet.problem.isVisible)
    assert room.report.status is ReportStatus.DRAFT
    assert sheet.passphrase.text() == ""
    sheet.reject()


def test_unreviewed_sentences_cannot_be_signed_and_rejected_ones_come_back(room):
    room.draft()
    assert "Not a medical device" in room.view.report.sections[Section.FINDINGS].caption
    assert not room.view.report.footer.sign.isEnabled()
    room.do("report.sign")
    assert room.window.findChild(SignSheet) is None
    row = room.view.report.rows[0]
    row.setFocus()
    room.press("X")
    assert row.sentence.state is SentenceState.AI_REJECTED
    assert row.collapsed.isVisible()
    row.setFocus()
    room.press("X")
    assert row.sentence.state is SentenceState.AI_UNREVIEWED
    assert row.editor.isVisible()


def test_letters_type_in_the_editor_and_act_on_the_film_in_a_view(room):
    view = room.view.views.active_view
    view.setFocus()
    room.press("I")
    assert room.view.views.active.grey.is_inverted
    room.view.report.sections[Section.FINDINGS].line.setFocus()
    room.type("I see A, X, E and N")
    room.press(Qt.Key.Key_Return)
    room.type("Second.")
    room.press(Qt.Key.Key_Return)
    room.press(Qt.Key.Key_Escape)
    assert [s.text for s in room.report.sentences] == ["I see A, X, E and N", "Second."]
    assert room.view.views.active.grey.is_inverted


def test_typing_is_kept_and_survives_another_window(room, demo_root, qtbot, tmp_path):
    room.view.report.sections[Section.FINDINGS].line.setFocus()
    room.type("Kept without being asked.")
    room.wait(lambda: room.desk.report.save_state is SaveState.SAVED)
    assert room.desk.report.has_unsaved
    room.close()
    again = ReadingRoom(qtbot, tmp_path / "window.ini")
    again.open_demo(demo_root)
    assert again.report.text(Section.FINDINGS) == "Kept without being asked."
    assert not again.desk.report.is_recovered
    assert again.report.revision == 1
    again.close()


def test_another_study_is_opened_after_saving_and_never_beside_another_patients(room):
    room.view.views.active_view.setFocus()
    library = room.desk.library
    first = library.study.uid
    room.view.report.sections[Section.FINDINGS].line.setFocus()
    room.type("Before leaving.")
    alone = [r for r in library.rows if not r.patient.is_same_person(library.study.patient)]
    room.desk.open_study(alone[0].uid)
    room.wait(lambda: library.study.uid == alone[0].uid and room.desk.report.report is not None)
    room.wait_for_films()
    assert [film.study.uid for film in room.desk.films.films] == [alone[0].uid]
    room.desk.films.toggle_prior()
    assert [film.study.uid for film in room.desk.films.films] == [alone[0].uid]
    assert room.notices[-1].title == "No prior"
    kept = room.desk.workspace.reporting.open_for(first)
    assert kept.report.text(Section.FINDINGS) == "Before leaving."
    assert not kept.recovered


def test_the_list_can_be_searched_and_says_what_a_scan_left_out(room, tmp_path):
    studies = room.view.left.studies
    studies.search.setText("Kowalczyk")
    room.wait(lambda: len(room.desk.library.rows) == 1)
    studies.search.setText("nobody of that name")
    room.wait(lambda: not room.desk.library.rows)
    room.wait(studies.empty.isVisible)
    assert studies.empty.text() == "No study matches."
    folder = tmp_path / "cd"
    folder.mkdir()
    (folder / "readme.txt").write_text("not a film")
    room.desk.library.add([folder])
    room.wait(lambda: not room.desk.library.is_scanning)
    room.wait(studies.skipped.isVisible)
    assert studies.skipped.text() == "1 file skipped…"


def test_the_layout_follows_the_width(room):
    """Rail and tab below 1600 px; at every size the films keep three fifths of the width."""
    window, panels = room.window, room.view
    for width, height in ((1366, 768), (1920, 1080), (3840, 2160)):
        window.resize(width, height)
        room.wait(lambda is_narrow=width < 1600: panels.left.is_folded is is_narrow)
        room.wait(lambda width=width: panels.views.width() >= 0.6 * width)
        assert [v.isVisible() for v in panels.views.views[:2]] == [True, width >= 1600]
    window.resize(1366, 768)
    room.wait(lambda: panels.left.is_folded)
    panels.views.tabs.setCurrentIndex(1)
    assert [v.isVisible() for v in panels.views.views[:2]] == [False, True]


def test_a_message_is_taken_down_after_a_while_and_a_failure_stays(room, monkeypatch):
    monkeypatch.setattr(status_line, "SECONDS", {NoticeLevel.QUIET: 0})
    shown = room.window.status.message
    room.desk.notices.say("Copied", "Report copied.")
    assert shown.text()
    room.wait(lambda: not shown.text())
    room.desk.notices.say("Copied", "Report copied.")
    room.desk.notices.tell(DiskFullError("There is no room left on the disk."))
    QTest.qWait(20)
    assert "no room left" in shown.text()
