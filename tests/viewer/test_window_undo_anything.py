"""Whatever is done to a report, in any order: as many undos give it back byte for byte."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from engine.domain.annotation import Point
from engine.domain.annotation_kind import AnnotationKind
from engine.domain.ledger import edits_between, replay
from engine.domain.report import SentenceState
from engine.storage.convert import report_content
from viewer.dialogs.questions import Redraft

CTRL = Qt.KeyboardModifier.ControlModifier
SAYS = (
    "the heart is enlarged . small left effusion . no pneumothorax . stable opacity . "
    "no effusion . 3 cm nodule ."
)


class Reader:
    """Does one thing after the other to the report, all by keys but the drag of a mark."""

    def __init__(self, room, seed):
        self.room = room
        self.choice = random.Random(seed)  # noqa: S311  # a sequence that stays the same
        self.actions = {
            "accept": self.accept,
            "reject": lambda: self.on_row("X", self.models()),
            "reason": self.reject_with_reason,
            "answer": self.answer,
            "edit": lambda: self.in_row(lambda: self.type("oedema ")),
            "letter": lambda: self.in_row(lambda: self.type("x")),
            "cut": lambda: self.in_row(self.cut),
            "split": lambda: self.in_row(lambda: self.press(Qt.Key.Key_Return)),
            "merge": lambda: self.in_row(lambda: self.press(Qt.Key.Key_Backspace), at=0),
            "macro": lambda: self.in_row(lambda: self.type(".eff\t")),
            "add": lambda: (self.on_row(Qt.Key.Key_Return), self.type("Old fracture.")),
            "delete": lambda: self.on_row(Qt.Key.Key_Delete),
            "normal": lambda: self.on_row(Qt.Key.Key_F9),
            "template": self.template,
            "redraft": self.redraft,
            "measurement": self.measure,
            "drag": self.drag,
        }

    def press(self, key, modifiers=None):
        self.room.press(key, modifiers)

    def type(self, text):
        self.room.type(text)

    def row(self, wanted=lambda _row: True):
        rows = [row for row in self.room.view.report.rows if wanted(row)]
        return self.choice.choice(rows) if rows else None

    def on_row(self, key, row=None):
        row = row or self.row()
        if row is not None:
            row.setFocus()
            self.press(key)

    def in_row(self, act, at=None):
        row = self.row(lambda one: one.sentence.state is not SentenceState.AI_REJECTED)
        if row is not None:
            letters = len(row.sentence.text)
            row.begin_editing(at=self.choice.randrange(letters + 1) if at is None else at)
            act()
            self.press(Qt.Key.Key_Escape)

    def cut(self):
        self.press(Qt.Key.Key_A, CTRL)
        self.press(Qt.Key.Key_X, CTRL)

    def models(self, *states):
        """A row of the model; if none is as wanted, one that was rejected is brought back."""
        wanted = states or tuple(s for s in SentenceState if s is not SentenceState.AUTHOR)
        row = self.row(lambda one: one.sentence.state in wanted)
        if row is None:
            row = self.row(lambda one: one.sentence.state is SentenceState.AI_REJECTED)
            self.on_row("X", row)
        return row

    def accept(self):
        row = self.models(SentenceState.AI_UNREVIEWED)
        row.setFocus()
        QTest.qWait(0)
        for key in ("P", "T"):
            if key in row.notes.keys:
                self.press(key)
                self.press(Qt.Key.Key_Escape)
        self.press("A")

    def reject_with_reason(self):
        row = self.models(SentenceState.AI_UNREVIEWED, SentenceState.AI_ACCEPTED)
        self.on_row("X", row)
        self.press(self.choice.choice("12345"))

    def answer(self):
        """A side, a comparison, a number or a contradiction, once the guards have asked."""
        row = self.row(lambda one: bool(one.notes.notes))
        if row is None:
            return
        row.setFocus()
        QTest.qWait(0)
        keys = [a.key for note in row.notes.notes for a in note.answers]
        if keys:
            self.press(self.choice.choice(keys))

    def template(self):
        self.press(Qt.Key.Key_T, CTRL)
        menu = self.room.view.writing.menu
        self.choice.choice(menu.actions()).trigger()
        menu.close()

    def redraft(self):
        before = self.room.report.draft_id
        self.press(Qt.Key.Key_F5)
        self.room.sheet(Redraft).accept()
        self.room.wait(lambda: self.room.report.draft_id != before)
        self.room.wait(lambda: self.room.desk.job.study is None)

    def measure(self):
        annotations, film = self.room.desk.annotations, self.room.view.views.active.film.image
        ends = [Point(x=self.choice.randrange(50, 400), y=100.0), Point(x=500, y=100)]
        annotations.add(annotations.new(AnnotationKind.LENGTH, film, ends))
        self.room.view.views.active_view.setFocus()
        self.press("M", CTRL)

    def drag(self):
        self.measure()
        mark = self.room.desk.annotations.selected
        moved = mark.points[1].moved(self.choice.randrange(5, 90), 0)
        self.room.desk.annotations.change(mark.with_point(1, moved))


def stored(report):
    """What is kept of a report, but for when it was last touched."""
    content = report_content(report)
    return content.replace(report.updated.isoformat().replace("+00:00", "Z"), "")


@pytest.mark.parametrize("count", [34, pytest.param(200, marks=pytest.mark.slow)])
def test_as_many_undos_as_steps_give_the_report_of_before(room_saying, count):
    room = room_saying(SAYS)
    room.draft()
    room.wait(lambda: bool(room.desk.writing.macros) and room.desk.guards.is_current)
    reader = Reader(room, seed=count)
    history = lambda: len(room.desk.undo._history.done)  # noqa: E731
    start, first = stored(room.report), history()
    edits = list(edits_between((), room.report.sentences))
    known, made = room.report.sentences, Counter()

    def note():
        nonlocal known, edits
        edits += edits_between(known, room.report.sentences)
        known = room.report.sentences

    room.desk.report.changed.connect(note)
    names = list(reader.actions)
    often = [name for name in names if name != "redraft"]
    sequence = [*reader.choice.sample(often, k=len(often)), *reader.choice.choices(often, k=count)]
    sequence[len(often) : len(often)] = ["redraft", "accept", "reject"]
    for name in sequence[:count]:
        room.wait(lambda: room.desk.guards.is_current)
        before = stored(room.report)
        room.window.activateWindow()
        room.wait(room.window.isActiveWindow)
        reader.actions[name]()
        made[name] += stored(room.report) != before
    room.view.report.page.setFocus()
    end, steps = stored(room.report), history() - first
    assert steps > count / 3
    for _ in range(steps):
        room.press(Qt.Key.Key_Z, CTRL)
    assert stored(room.report) == start
    assert replay(edits) == room.report.sentences
    for _ in range(steps):
        room.press(Qt.Key.Key_Y, CTRL)
    assert stored(room.report) == end
    assert replay(edits) == room.report.sentences
    assert [name for name in names if not made[name]] == [], "each was in it"
