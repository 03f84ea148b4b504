"""Asking what the model makes of its sentences without an area of the film."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt

from engine.domain.annotation import Point
from engine.domain.annotation_kind import AnnotationKind
from engine.domain.tested import CHANGED

SHIFT = Qt.KeyboardModifier.ShiftModifier


def ask(room):
    room.view.views.active_view.setFocus()
    room.press("K", SHIFT)


def draw(room, right: float = 0.6):
    annotations, state = room.desk.annotations, room.view.views.active
    film = state.film.pixels
    points = [
        Point(x=x * film.columns, y=y * film.rows) for x, y in ((right - 0.3, 0.3), (right, 0.7))
    ]
    annotation = annotations.new(AnnotationKind.RECTANGLE, state.film.image, points)
    annotations.add(annotation)
    return annotation


def test_the_answer_stands_at_each_sentence_until_the_rectangle_moves(room_saying):
    room = room_saying("no consolidation . large effusion .")
    panel, state = room.view.report.occlusion, room.desk.occlusion
    draw(room)
    ask(room)
    assert "no draft" in room.notices[-1].sentence.lower()
    room.draft()
    room.desk.annotations.let_go()
    ask(room)
    assert "rectangle" in room.notices[-1].sentence
    assert not panel.isVisible()

    annotation = draw(room, right=0.9)
    ask(room)
    assert panel.isVisible()
    room.wait(lambda: not state.is_running)
    assert panel.line.text().startswith("Without the rectangle: ")
    said = [row.notes.notes[-1].words for row in room.view.report.rows]
    assert len(said) == 2
    assert all(words.endswith("the rectangle.") for words in said)

    first = room.report.sentences[0]
    room.desk.report.set_text(first.id, f"{first.text} And more.")
    assert room.view.report.rows[0].notes.notes[-1].words == CHANGED
    assert state.words_for(room.report.sentences[1]).endswith("the rectangle.")

    told = len(room.notices)
    moved = tuple(point.moved(5, 5) for point in annotation.points)
    room.desk.annotations.change(replace(annotation, points=moved))
    assert not panel.isVisible()
    ask(room)
    assert state.is_running
    room.press(Qt.Key.Key_Escape)
    room.wait(lambda: not state.is_running)
    assert not panel.isVisible()
    assert room.desk.annotations.selected is not None, "the first Escape only stops the question"
    assert len(room.notices) == told

    draw(room, right=0.301)
    room.desk.annotations.change(
        replace(room.desk.annotations.selected, points=(Point(x=10, y=10), Point(x=12, y=12)))
    )
    ask(room)
    room.wait(lambda: not state.is_running)
    assert "smaller" in room.notices[-1].sentence
