"""How many keyboard actions lie between an open demo film and its signed report.

The words are those that the shipped model wrote about each film (`demo_drafts.json`), the reader
agrees with all of them, answers each question about a side, and fills in what is not mentioned.
Most are films with something to say, which take more keys; two of one patient are labelled as
without a finding.
"""

from __future__ import annotations

import json
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from PySide6.QtCore import Qt
from testkit.reading_room import ReadingRoom

from engine.domain.areas import AreaState
from engine.domain.report import ReportStatus
from engine.inference.device import Device
from engine.inference.generated import Generated
from engine.language.sentences import sentences
from engine.workers.inference_client import InferenceClient
from viewer.dialogs.sign import SignSheet

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
RECORDED = json.loads(Path(__file__).with_name("demo_drafts.json").read_text("utf-8"))["films"]
MOST_IN_THE_MIDDLE = 12
MOST = 14


class Reader:
    """Counts what a hand does; a passphrase counts as one action, however long."""

    def __init__(self, room: ReadingRoom) -> None:
        self.room = room
        self.actions: list[str] = []

    def press(self, key: Qt.Key | str, modifiers: Qt.KeyboardModifier | None = None) -> None:
        self.actions.append(str(key))
        self.room.press(key, modifiers)
        self.room.wait(lambda: self.room.desk.guards.is_current)

    def answer(self) -> None:
        """Settle what is asked about the sentence in focus as its words have it, then accept."""
        row = self.room.view.report.focused_row
        asked = {a.key for note in row.notes.notes for a in note.answers}
        words = row.sentence.text.lower()
        if "S" in asked:
            self.press("S")
        elif {"L", "R", "B"} <= asked:
            self.press("L" if "left" in words else "R" if "right" in words else "B")
        self.press("A")

    def sign(self) -> None:
        self.press(Qt.Key.Key_F, CTRL | SHIFT)
        self.room.sheet(SignSheet)
        self.actions.append("passphrase")
        self.room.type("demo")
        self.press(Qt.Key.Key_Return)
        self.press(Qt.Key.Key_Return)
        self.room.wait(lambda: self.room.report.status is ReportStatus.FINAL)
        self.room.wait(self.room.window.isActiveWindow)


def actions_for(room: ReadingRoom) -> int:
    """Draft, review, fill in and sign the open study by keys alone."""
    reader = Reader(room)
    reader.press(Qt.Key.Key_F5)
    room.wait(lambda: room.report.draft_id is not None)
    room.wait(lambda: room.desk.guards.is_current)
    room.wait(lambda: room.view.report.focused_row is not None)
    while room.report.unreviewed:
        reader.answer()
    reader.press(Qt.Key.Key_F9)
    assert any(a.state is AreaState.TEMPLATE for a in room.desk.guards.result.areas)
    reader.sign()
    return len(reader.actions)


def test_a_demo_film_takes_twelve_actions_in_the_middle(
    room: ReadingRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    saying = ""

    def draft(_client: InferenceClient, *_args: Any, **_kwargs: Any) -> tuple[Generated, Device]:
        words = saying.split()
        said = sentences(words, [-0.1] * len(words))
        written = Generated(sentences=said, warnings=(), encode_s=0.0, words_s=0.0)
        return written, Device(provider="CPUExecutionProvider")

    monkeypatch.setattr(InferenceClient, "draft", draft)
    counts = {}
    for row in room.desk.library.rows:
        room.show_study(row.uid)
        (film,) = room.desk.library.study.images
        saying = RECORDED[film.path.name]
        counts[film.path.name] = actions_for(room)
    assert counts.keys() == RECORDED.keys()
    assert median(counts.values()) <= MOST_IN_THE_MIDDLE, counts
    assert max(counts.values()) <= MOST, counts
