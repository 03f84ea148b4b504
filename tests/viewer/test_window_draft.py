"""The draft in the window: words as they come, stopping, refusals with their reason."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from testkit.dicom_files import write_film
from testkit.reading_room import ReadingRoom
from testkit.tiny_bundle import write_tiny_bundle

from engine import paths
from viewer.state.film_caption import ViewportStage


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
    draft = room.window.report.draft
    room.wait(lambda: len(draft.words.text().split()) > 10)
    return draft


def wait_until_stopped(room):
    room.wait(lambda: room.context.job.study is None)
    assert room.report.draft_id is None
    assert room.context.report.report.sentences == ()


def test_words_appear_and_escape_on_the_film_stops_the_draft(endless_room):
    room = endless_room
    room.window.views.active_view.setFocus()
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
    room.wait(lambda: room.context.job.study is not None)
    room.do("report.stop_draft")
    wait_until_stopped(room)


def add_study(room, folder, uid, **elements):
    write_film(folder / f"{uid}.dcm", StudyInstanceUID=uid, **elements)
    room.context.library.add([folder])
    room.wait(lambda: not room.context.library.is_scanning)
    room.show_study(uid)


def test_without_a_frontal_film_the_draft_is_refused_with_the_reason(room, tmp_path):
    orientation = {"ViewPosition": "LL", "PatientOrientation": ["A", "F"]}
    add_study(room, tmp_path / "lateral", "1.2.3.9", **orientation)
    room.press(Qt.Key.Key_F5)
    draft = room.window.report.draft
    room.wait(lambda: draft.title.text() == "No film to draft from")
    assert "only a lateral film" in draft.words.text()
    assert not draft.start.isVisible(), "the same answer would come again"


def test_an_unreadable_film_says_so_in_the_view_and_refuses_the_draft(room, tmp_path):
    path = write_film(tmp_path / "torn" / "film.dcm", StudyInstanceUID="1.2.3.8")
    path.write_bytes(path.read_bytes()[:-20_000])
    room.context.library.add([path.parent])
    room.wait(lambda: not room.context.library.is_scanning)
    room.show_study("1.2.3.8")
    state = room.window.views.active
    assert state.stage is ViewportStage.UNREADABLE
    assert state.message
    assert state.what_to_do
    room.press(Qt.Key.Key_F5)
    room.wait(lambda: room.context.job.failure_of("1.2.3.8") is not None)
    assert room.window.report.draft.words.isVisible()
    assert room.window.status.message.text()
    room.do("file.previous_study")
    room.wait(lambda: room.context.library.study.uid != "1.2.3.8")
    assert room.window.status.message.text() == "", "that was about another patient's film"


def test_without_a_model_films_can_be_read_and_the_reason_is_there(
    qtbot, demo_root, tmp_path, monkeypatch
):
    monkeypatch.setattr(paths, "model_bundle", lambda: tmp_path / "nothing")
    room = ReadingRoom(qtbot, tmp_path / "window.ini")
    room.open_demo(demo_root)
    room.wait(lambda: room.window.status.model.text() == "No model")
    assert room.window.report.draft.words.text() == "There is no model in the model folder."
    assert room.window.views.active.stage is ViewportStage.READY
    room.close()
