"""Asking what the model makes of its sentences without an area of the film."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt

from engine.domain.annotation import AnnotationKind, Point

SHIFT = Qt.KeyboardModifier.ShiftModifier


def ask(room):
    room.window.views.active_view.setFocus()
    room.press("K", SHIFT)


def draw(room, right: float = 0.6):
    marks, state = room.context.marks, room.window.views.active
    film = state.pixels
    points = [
        Point(x=x * film.columns, y=y * film.rows) for x, y in ((right - 0.3, 0.3), (right, 0.7))
    ]
    mark = marks.new(AnnotationKind.RECTANGLE, state.image, points)
    marks.add(mark)
    return mark


def test_the_answer_stands_at_each_sentence_until_the_rectangle_moves(room_saying):
    room = room_saying("no consolidation . large effusion .")
    panel, state = room.window.report.knock_out, room.context.knock_out
    draw(room)
    ask(room)
    assert "no draft" in room.notices[-1].sentence.lower()
    room.draft()
    room.context.marks.let_go()
    ask(room)
    assert "rectangle" in room.notices[-1].sentence
    assert not panel.isVisible()

    mark = draw(room, right=0.9)
    ask(room)
    assert panel.isVisible()
    room.wait(lambda: not state.is_running)
    assert panel.line.text().startswith("Without the rectangle: ")
    said = [row.notes.notes[-1].words for row in room.window.report.rows]
    assert len(said) == 2
    assert all(words.endswith("the rectangle.") for words in said)

    told = len(room.notices)
    moved = tuple(point.moved(5, 5) for point in mark.points)
    room.context.marks.change(replace(mark, points=moved))
    assert not panel.isVisible()
    ask(room)
    assert state.is_running
    room.press(Qt.Key.Key_Escape)
    room.wait(lambda: not state.is_running)
    assert not panel.isVisible()
    assert room.context.marks.selected is not None, "the first Escape only stops the question"
    assert len(room.notices) == told

    draw(room, right=0.301)
    room.context.marks.change(
        replace(room.context.marks.selected, points=(Point(x=10, y=10), Point(x=12, y=12)))
    )
    ask(room)
    room.wait(lambda: not state.is_running)
    assert "smaller" in room.notices[-1].sentence
