"""Undo and redo of the report in the window: whatever was done, one key takes it back."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from engine.domain.annotation import Point
from engine.domain.annotation_kind import AnnotationKind
from engine.domain.report import Section, SentenceState

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def content(room):
    report = room.report
    return report.sentences, report.draft_id, report.prior_uid


def undo(room):
    room.press(Qt.Key.Key_Z, CTRL)


def redo(room):
    room.press(Qt.Key.Key_Z, CTRL | SHIFT)


@pytest.fixture
def drafted(room_saying):
    room = room_saying("the heart is enlarged . small left effusion . no pneumothorax .")
    room.draft()
    return room


def test_a_wrong_accept_is_taken_back_by_one_key_and_said(drafted):
    drafted.view.report.rows[2].setFocus()
    before = content(drafted)
    drafted.press("A")
    assert drafted.view.report.focused_row is not drafted.view.report.rows[2]
    undo(drafted)
    assert content(drafted) == before
    assert drafted.view.report.focused_row is drafted.view.report.rows[2], "X is about it now"
    said = [notice.line for notice in drafted.notices]
    assert said[-1] == f"Undone: accepted “{drafted.report.sentences[2].text}”"
    redo(drafted)
    assert drafted.report.sentences[2].state is SentenceState.AI_ACCEPTED


def test_f9_is_one_step(drafted):
    before = content(drafted)
    drafted.press(Qt.Key.Key_F9)
    assert content(drafted) != before
    drafted.view.report.rows[0].setFocus()
    undo(drafted)
    assert content(drafted) == before


def test_a_second_draft_can_be_taken_back_with_its_evidence(drafted):
    first = drafted.report.draft_id
    drafted.desk.start_draft()
    drafted.wait(lambda: drafted.report.draft_id not in (None, first))
    drafted.view.report.rows[0].setFocus()
    undo(drafted)
    assert drafted.report.draft_id == first
    drafted.wait(lambda: drafted.desk.report.draft.id == first)


def test_a_cut_comes_back_with_the_caret_behind_it(room):
    room.view.report.sections[Section.FINDINGS].line.setFocus()
    room.type("Left pneumothorax.")
    room.press(Qt.Key.Key_A, CTRL)
    room.press(Qt.Key.Key_X, CTRL)
    undo(room)
    assert [s.text for s in room.report.kept()] == ["Left pneumothorax."]
    room.type(" Small.")
    assert [s.text for s in room.report.kept()] == ["Left pneumothorax. Small."]


def test_on_a_film_the_keys_take_back_the_report_when_no_mark_was_drawn(drafted):
    before = content(drafted)
    drafted.press(Qt.Key.Key_F9)
    drafted.view.views.active_view.setFocus()
    undo(drafted)
    assert content(drafted) == before


def test_another_study_begins_anew(drafted):
    drafted.press(Qt.Key.Key_F9)
    other = next(
        row.uid for row in drafted.desk.library.rows if row.uid != drafted.report.study_uid
    )
    drafted.show_study(other)
    assert not drafted.desk.undo.can_undo


def test_letters_typed_in_one_visit_of_a_sentence_are_one_step(room):
    room.view.report.sections[Section.FINDINGS].line.setFocus()
    room.type("Left pneumothorax.")
    undo(room)
    assert [s.text for s in room.report.kept()] == ["Left "], (
        "word by word while the caret is in it"
    )
    redo(room)
    room.press(Qt.Key.Key_Escape)
    room.view.report.sections[Section.FINDINGS].line.setFocus()
    undo(room)
    assert room.report.sentences == (), "whole once it was left, and no letter in the empty line"
    assert room.notices[-1].line == "Undone: added “Left pneumothorax.”"


def test_a_sentence_that_was_begun_and_left_empty_is_no_step(room):
    room.desk.report.add(Section.FINDINGS, "The heart is normal.")
    steps = len(room.desk.undo._history.done)
    room.view.report.rows[0].setFocus()
    room.press(Qt.Key.Key_Return)
    room.press(Qt.Key.Key_Escape)
    assert len(room.report.sentences) == 1
    assert len(room.desk.undo._history.done) == steps


def draw(room, *places):
    annotations, image = room.desk.annotations, room.view.views.active.film.image
    points = [Point(x=x, y=y) for x, y in places]
    annotations.add(annotations.new(AnnotationKind.LENGTH, image, points))
    return annotations.selected


def test_on_a_film_the_last_thing_done_goes_first_also_when_it_was_in_the_report(room):
    room.view.views.active_view.setFocus()
    first, annotations = draw(room, (50, 100), (500, 100)), room.desk.annotations
    room.press(Qt.Key.Key_M, CTRL)
    measured = [s.text for s in room.report.sentences]
    assert len(measured) == 1
    mark = annotations.selected
    annotations.change(mark.with_point(1, mark.points[1].moved(80, 0)))
    moved = [s.text for s in room.report.sentences]
    assert moved != measured
    draw(room, (60, 200), (300, 200))
    film, at = first.sop_uid, lambda: [a.points[1].x for a in annotations.of_film(first.sop_uid)]
    states = [([500.0], []), ([500.0], measured), ([580.0], moved), ([580.0, 300.0], moved)]
    for points, texts in reversed(states):
        assert (at(), [s.text for s in room.report.sentences]) == (points, texts)
        undo(room)
    assert annotations.of_film(film) == ()
    for points, texts in states:
        redo(room)
        assert (at(), [s.text for s in room.report.sentences]) == (points, texts)


def test_in_the_report_the_measured_sentence_goes_and_the_line_on_the_film_stays(room):
    room.view.views.active_view.setFocus()
    draw(room, (50, 100), (500, 100))
    room.press(Qt.Key.Key_M, CTRL)
    room.view.report.page.setFocus()
    undo(room)
    assert room.report.sentences == ()
    assert room.desk.annotations.selected is not None


def test_what_is_undone_is_said_for_answers_too(room_saying):
    room = room_saying("small left effusion . 3 cm nodule . no effusion . no pneumothorax .")
    room.draft()

    def undone(start, *keys):
        room.wait(lambda: room.desk.guards.is_current)
        row = next(r for r in room.view.report.rows if r.sentence.text.startswith(start))
        row.setFocus()
        for key in keys:
            room.press(key)
        room.view.report.page.setFocus()
        before = len(room.notices)
        undo(room)
        return room.notices[before:][-1].line

    assert undone("Small", "L") == "Undone: confirmed the side of “Small left effusion.”"
    assert undone("Small", "R") == "Undone: set the side in “Small right effusion.”"
    assert undone("3", "K") == "Undone: confirmed the measurement in “3 cm nodule.”"
    room.view.report.rows[-1].setFocus()
    assert undone("No pneu", "X", "1") == (
        "Undone: gave the reason “not there” for rejecting “No pneumothorax.”"
    )
    assert undone("Small", "2") == (
        "Undone: kept with the reason “different time”: “Small left effusion.”"
    )


def test_the_keyboard_stays_in_the_report_when_its_sentence_is_taken_back(drafted):
    rows = drafted.view.report.rows
    rows[1].setFocus()
    drafted.press(Qt.Key.Key_Return)
    drafted.type("Old fracture.")
    drafted.press(Qt.Key.Key_Escape)
    undo(drafted)
    assert drafted.view.report.focused_row is rows[1]
    drafted.type("w")
    drafted.press(Qt.Key.Key_Escape)
    assert drafted.view.report.focused_row is rows[1]
    other = drafted.desk.library.rows[1].uid
    drafted.show_study(other)
    drafted.desk.report.add(Section.FINDINGS, "Another report.")
    assert drafted.view.report.focused_row is None, "another study leaves it alone"
