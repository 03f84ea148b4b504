"""The reading window: keys where they belong, text that stays, one patient at a time."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from testkit.reading_room import ReadingRoom

from engine.domain.report import ReportStatus, Section, SentenceState
from viewer.dialogs.sign import SignSheet
from viewer.state.film_caption import ViewportStage
from viewer.state.report import SaveState

CTRL = Qt.KeyboardModifier.ControlModifier


def test_the_demo_opens_on_its_newest_study_with_the_prior_beside(room):
    films = room.context.films.films
    assert [film.is_prior for film in films] == [False, True]
    assert films[0].study.patient.is_same_person(films[1].study.patient)
    assert [s.stage for s in room.window.views.states] == [
        *[ViewportStage.READY] * 2,
        *[ViewportStage.NO_FILM] * 2,
    ]
    assert room.window.banner.demo_mark.isVisible()
    name = films[0].study.patient.name
    assert name in room.window.banner.name.text()
    for widget in QApplication.topLevelWidgets():
        assert name.split(",")[0] not in widget.windowTitle()


def test_neither_the_first_return_nor_a_wrong_passphrase_signs(room):
    room.window.report.sections[Section.FINDINGS].line.setFocus()
    room.type("Clear lungs.")
    room.press(Qt.Key.Key_Escape)
    room.do("report.sign")
    sheet = room.window.findChild(SignSheet)
    room.wait(sheet.isActiveWindow)
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
    assert "Not a medical device" in room.window.report.sections[Section.FINDINGS].caption
    assert not room.window.report.footer.sign.isEnabled()
    room.do("report.sign")
    assert room.window.findChild(SignSheet) is None
    row = room.window.report.rows[0]
    row.setFocus()
    room.press("X")
    assert row.sentence.state is SentenceState.AI_REJECTED
    assert row.collapsed.isVisible()
    row.setFocus()
    room.press("X")
    assert row.sentence.state is SentenceState.AI_UNREVIEWED
    assert row.editor.isVisible()


def test_letters_type_in_the_editor_and_act_on_the_film_in_a_view(room):
    view = room.window.views.active_view
    view.setFocus()
    room.press("I")
    assert room.window.views.active.is_inverted
    room.window.report.sections[Section.FINDINGS].line.setFocus()
    room.type("I see A, X, E and N")
    room.press(Qt.Key.Key_Return)
    room.type("Second.")
    room.press(Qt.Key.Key_Return)
    room.press(Qt.Key.Key_Escape)
    assert [s.text for s in room.report.sentences] == ["I see A, X, E and N", "Second."]
    assert room.window.views.active.is_inverted


def test_typing_is_kept_and_survives_another_window(room, demo_root, qtbot, tmp_path):
    room.window.report.sections[Section.FINDINGS].line.setFocus()
    room.type("Kept without being asked.")
    room.wait(lambda: room.context.report.save_state is SaveState.SAVED)
    assert room.context.report.has_unsaved
    room.close()
    again = ReadingRoom(qtbot, tmp_path / "window.ini")
    again.open_demo(demo_root)
    assert again.report.text(Section.FINDINGS) == "Kept without being asked."
    assert not again.context.report.is_recovered
    assert again.report.revision == 1
    again.close()


def test_another_study_is_opened_after_saving_and_never_beside_another_patients(room):
    room.window.views.active_view.setFocus()
    library = room.context.library
    first = library.study.uid
    room.window.report.sections[Section.FINDINGS].line.setFocus()
    room.type("Before leaving.")
    alone = [r for r in library.rows if not r.patient.is_same_person(library.study.patient)]
    room.context.open_study(alone[0].uid)
    room.wait(lambda: library.study.uid == alone[0].uid and room.context.report.report is not None)
    room.wait_for_films()
    assert [film.study.uid for film in room.context.films.films] == [alone[0].uid]
    room.context.films.toggle_prior()
    assert [film.study.uid for film in room.context.films.films] == [alone[0].uid]
    assert room.notices[-1].title == "No prior"
    kept = room.context.session.workspace.reporting.open_for(first)
    assert kept.report.text(Section.FINDINGS) == "Before leaving."
    assert not kept.recovered


def test_the_list_can_be_searched_and_says_what_a_scan_left_out(room, tmp_path):
    studies = room.window.left.studies
    studies.search.setText("Kowalczyk")
    room.wait(lambda: len(room.context.library.rows) == 1)
    studies.search.setText("nobody of that name")
    room.wait(lambda: not room.context.library.rows)
    room.wait(studies.empty.isVisible)
    assert studies.empty.text() == "No study matches."
    folder = tmp_path / "cd"
    folder.mkdir()
    (folder / "readme.txt").write_text("not a film")
    room.context.library.add([folder])
    room.wait(lambda: not room.context.library.is_scanning)
    room.wait(studies.skipped.isVisible)
    assert studies.skipped.text() == "1 file was left out…"


def test_the_layout_follows_the_width(room):
    """Rail and tab below 1600 px; at every size the films keep three fifths of the width."""
    window = room.window
    for width, height in ((1366, 768), (1920, 1080), (3840, 2160)):
        window.resize(width, height)
        room.wait(lambda is_narrow=width < 1600: window.left.is_folded is is_narrow)
        room.wait(lambda width=width: window.views.width() >= 0.6 * width)
        assert [v.isVisible() for v in window.views.views[:2]] == [True, width >= 1600]
    window.resize(1366, 768)
    room.wait(lambda: window.left.is_folded)
    window.views.tabs.setCurrentIndex(1)
    assert [v.isVisible() for v in window.views.views[:2]] == [False, True]
