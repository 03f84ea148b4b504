"""The draft in the window: words as they come, stopping, refusals with their reason."""

from __future__ import annotations

import pytest
from PIL import Image
from PySide6.QtCore import Qt
from testkit.dicom_files import write_film
from testkit.reading_room import ReadingRoom
from testkit.tiny_bundle import write_tiny_bundle

from engine import paths
from viewer.dialogs.questions import Redraft
from viewer.state.film_in_view import ViewportStage


@pytest.fixture
def endless_room(qtbot, demo_root, tmp_path, monkeypatch):
    """A window whose model never ends its report."""
    write_tiny_bundle(tmp_path / "endless", endless=True)
    monkeypatch.setattr(paths, "model_bundle", lambda: tmp_path / "endless")
    room = ReadingRoom(qtbot, tmp_path / "window.ini")
    room.open_demo(demo_root)
    yield room
    room.close()


def begin_endless_draft(room):
    room.press(Qt.Key.Key_F5)
    draft = room.view.report.draft
    room.wait(lambda: len(draft.words.text().split()) > 10)
    return draft


def wait_until_stopped(room):
    room.wait(lambda: room.desk.job.study is None)
    assert room.report.draft_id is None
    assert room.desk.report.report.sentences == ()


def test_words_appear_and_escape_on_the_film_stops_the_draft(endless_room):
    room = endless_room
    room.view.views.active_view.setFocus()
    draft = begin_endless_draft(room)
    assert draft.stop.isVisible()
    assert not room.window.tools.draft.isEnabled()
    room.press(Qt.Key.Key_Escape)
    wait_until_stopped(room)
    assert room.window.tools.draft.isEnabled()
    assert draft.start.isVisible()


def test_the_button_stops_the_draft_and_another_can_be_asked_for(endless_room):
    room = endless_room
    draft = begin_endless_draft(room)
    draft.stop.click()
    wait_until_stopped(room)
    room.window.tools.draft.click()
    room.wait(lambda: room.desk.job.study is not None)
    room.do("report.stop_draft")
    wait_until_stopped(room)


def add_study(room, folder, uid, **elements):
    write_film(folder / f"{uid}.dcm", StudyInstanceUID=uid, **elements)
    room.desk.library.add([folder])
    room.wait(lambda: not room.desk.library.is_scanning)
    room.show_study(uid)


def test_without_a_frontal_film_the_draft_is_refused_with_the_reason(room, tmp_path):
    other = room.report.study_uid
    orientation = {"ViewPosition": "LL", "PatientOrientation": ["A", "F"]}
    add_study(room, tmp_path / "lateral", "1.2.3.9", **orientation)
    draft = room.view.report.draft
    assert "only a lateral film" in draft.words.text(), "before it is asked for"
    assert not draft.start.isVisible()
    room.press(Qt.Key.Key_F5)
    room.wait(lambda: room.desk.job.failure_of("1.2.3.9") is not None)
    assert draft.title.text() == "No draft of this study"
    assert "only a lateral film" in draft.words.text()
    assert not draft.start.isVisible(), "the same answer would come again"
    message = room.window.status.message
    assert "lateral" in message.text()
    room.show_study(other)
    assert message.text() == "", "not true of this study"
    # An answer that comes late belongs to the study that was left.
    room.desk.job.start("1.2.3.9")
    room.desk.job.look_at(other)
    room.wait(lambda: room.desk.job.study is None)
    assert message.text() == ""


def test_a_tomogram_and_a_picture_are_said_to_get_no_draft_before_one_is_asked_for(room, tmp_path):
    draft = room.view.report.draft
    add_study(room, tmp_path / "ct", "1.2.3.10", Modality="CT", PatientID="")
    assert draft.words.text() == "This study has no radiograph."
    assert "·  ·" not in room.view.report.patient.text()
    Image.new("L", (64, 64), 80).save(tmp_path / "ward 7.png")
    room.desk.open_paths([tmp_path / "ward 7.png"])
    room.wait(lambda: room.view.report.patient.text().startswith("ward 7.png"))
    room.wait(lambda: "This is a picture" in draft.words.text())
    assert not draft.start.isVisible()


def test_an_unreadable_film_says_so_in_the_view_and_refuses_the_draft(room, tmp_path):
    path = write_film(tmp_path / "torn" / "film.dcm", StudyInstanceUID="1.2.3.8")
    path.write_bytes(path.read_bytes()[:-20_000])
    room.desk.library.add([path.parent])
    room.wait(lambda: not room.desk.library.is_scanning)
    room.show_study("1.2.3.8")
    state = room.view.views.active
    assert state.film.stage is ViewportStage.UNREADABLE
    assert state.film.message
    assert state.film.what_to_do
    room.press(Qt.Key.Key_F5)
    room.wait(lambda: room.desk.job.failure_of("1.2.3.8") is not None)
    assert room.view.report.draft.words.isVisible()
    assert room.window.status.message.text()
    room.do("file.next_study")
    room.wait(lambda: room.desk.library.study.uid != "1.2.3.8")
    assert room.window.status.message.text() == "", "that was about another patient's film"


def test_without_a_model_films_can_be_read_and_the_reason_is_there(
    qtbot, demo_root, tmp_path, monkeypatch
):
    monkeypatch.setattr(paths, "model_bundle", lambda: tmp_path / "nothing")
    room = ReadingRoom(qtbot, tmp_path / "window.ini")
    room.open_demo(demo_root)
    room.wait(lambda: room.view.standing.model.text() == "No model")
    assert room.view.report.draft.words.text() == "There is no model in the model folder."
    assert room.view.views.active.film.stage is ViewportStage.READY
    room.close()


def test_a_second_draft_is_asked_for_and_keeps_what_was_decided(room_saying):
    room = room_saying("the heart is enlarged . no pneumothorax .")
    room.draft()
    first = room.report.draft_id
    room.view.report.rows[0].setFocus()
    room.press("A")
    room.press(Qt.Key.Key_F5)
    sheet = room.sheet(Redraft)
    room.press(Qt.Key.Key_Escape)
    room.wait(lambda: not sheet.isVisible())
    room.wait(room.window.isActiveWindow)
    assert room.report.draft_id == first
    accepted = room.report.sentences[0]
    room.press(Qt.Key.Key_F5)
    room.sheet(Redraft)
    room.press(Qt.Key.Key_Space)
    room.wait(lambda: room.report.draft_id != first)
    assert room.report.sentences[0] == accepted
    assert len(room.report.sentences) == 2, "the same words are not added again"
