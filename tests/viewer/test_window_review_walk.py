"""Ctrl+N reaches every open point of the report, each in its turn."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from PySide6.QtCore import Qt

from engine.domain.report import Section
from engine.services.checking import OpenKind, stops_signing

CTRL = Qt.KeyboardModifier.ControlModifier
EMPTY = {OpenKind.FINDINGS: Section.FINDINGS, OpenKind.IMPRESSION: Section.IMPRESSION}
SAID = (
    "There is a large left pleural effusion.",
    "No pleural effusion.",
    "There is a right pneumothorax.",
    "No pneumothorax.",
    "Marked cardiomegaly.",
    "The heart is normal in size.",
    "Consolidation in the right lower lobe.",
    "The trachea is centrall and the aorta tortuos.",
    "A [small|large] nodule.",
    "Nodule.",
    "A boy with a prostate.",
    "The aorta is not tortuous.",
)
PAIRS = (
    ("There is a left effusion.", "No effusion."),
    ("There is a right pneumothorax.", "No pneumothorax."),
    ("Consolidation in the left lung.", "No consolidation."),
    ("Marked cardiomegaly.", "The heart is normal in size."),
    ("There is an old rib fracture.", "No fracture."),
)
ACUTE = (
    "There is a large left pneumothorax.",
    "Right lower lobe consolidation.",
    "There is a large right effusion.",
    "Acute rib fracture.",
)


def written(room, *said, impression=()):
    """The open report with these sentences of the reader's own, checked."""
    for text in said:
        room.desk.report.add(Section.FINDINGS, text)
    for text in impression:
        room.desk.report.add(Section.IMPRESSION, text)
    room.wait(lambda: room.desk.is_checked)
    return room.view.report


def asked_for(room):
    """What each open point asks the keyboard to go to."""
    spelt = [p for p in room.desk.open_points if p.kind is OpenKind.SPELLING]
    places = set()
    for point in room.desk.open_points:
        if point.kind in EMPTY:
            places.add(EMPTY[point.kind])
        elif point.kind is OpenKind.AREA:
            places.add(point.detail)
        elif point not in spelt:
            places.add(point.sentence_ids[0])
    return places | {(point.sentence_ids[0], point.detail) for point in spelt}


def place(panel):
    """Where the keyboard is."""
    row = panel.focused_row
    if row is not None:
        word = row.editor.textCursor().selectedText()
        return (row.sentence.id, word) if word else row.sentence.id
    chosen = [r for r in panel.rows if r.editor.textCursor().hasSelection()]
    assert chosen == [], "a word that was left does not look chosen"
    line = (name for name, section in panel.sections.items() if section.line.hasFocus())
    return next(line, panel.areas.chosen)


def walked(room, count):
    """The places to which so many presses of Ctrl+N lead."""
    found = []
    for _ in range(count):
        room.press(Qt.Key.Key_N, CTRL)
        found.append(place(room.view.report))
    return found


@pytest.mark.parametrize("seed", range(4))
def test_every_open_point_is_visited_once_in_a_round(room_saying, seed):
    chance = random.Random(seed)  # noqa: S311 - a test's dice
    room = room_saying("stable effusion . 3 cm nodule . left consolidation .")
    if seed % 2:
        room.draft()
    impression = ["No acute disease."] if chance.random() < 0.5 else []
    written(room, *chance.sample(SAID, 6), impression=impression)
    asked = asked_for(room)
    assert len({point.kind for point in room.desk.open_points}) >= 3
    first = walked(room, len(asked))
    assert Counter(first) == Counter(asked)
    assert walked(room, len(asked)) == first, "round and round"
    room.press(Qt.Key.Key_N, CTRL)
    back = []
    for _ in asked:
        room.view.report.go_on(-1)
        back.append(place(room.view.report))
    assert back == first[::-1]


def test_every_contradiction_is_told_at_its_sentence(room):
    panel = written(room, *(text for pair in PAIRS for text in pair))
    blocking = room.desk.guards.result.blocking
    assert len(blocking) == 5
    assert panel.footer.message.text().startswith("5 contradictions  ·  ")
    assert all(alert in room.desk.guards.result.shown for alert in blocking)
    noted = [row for row in panel.rows if any(note.is_question for note in row.notes.notes)]
    assert {row.sentence.id for row in noted} >= {alert.sentence_ids[0] for alert in blocking}
    assert set(walked(room, 5)) == {alert.sentence_ids[0] for alert in blocking}


def test_a_header_that_disagrees_does_not_hold_the_keyboard(room):
    written(room, "Scoliosis of this boy.", "There is a left effusion.", "No effusion.")
    stopping = {p.sentence_ids[0] for p in room.desk.open_points if p.stops}
    assert len(stopping) == 2
    assert set(walked(room, 2)) == stopping


def test_remarks_do_not_hide_the_empty_impression_and_the_silent_areas(room):
    panel = written(room, "Nodule.", "Effusion.", "Consolidation.", "Cardiomegaly.")
    places = walked(room, len(asked_for(room)))
    assert Section.IMPRESSION in places
    silent = [p.detail for p in room.desk.open_points if p.kind is OpenKind.AREA]
    assert places[-len(silent) :] == silent
    assert not any(stops_signing(alert) for alert in room.desk.guards.result.alerts)
    room.press(Qt.Key.Key_N, CTRL)
    first = room.desk.open_points[0]
    assert panel.focused_row is not None, "round again"
    assert place(panel) == (first.sentence_ids[0] if first.sentence_ids else EMPTY[first.kind])


def test_a_remark_beyond_the_budget_is_told_where_the_keyboard_is(room):
    panel = written(room, *ACUTE, impression=["Scoliosis."])
    result = room.desk.guards.result
    held_back = [alert for alert in result.alerts if alert not in result.shown]
    assert held_back
    for alert in held_back:
        panel.show_sentence(alert.sentence_ids[0])
        assert any(note.is_question for note in panel.focused_row.notes.notes)


def test_after_an_answer_it_goes_on_from_there(room):
    panel = written(room, "The aorta is tortuos.", "The lungs are cler.", "The hila are nomal.")
    spelt = [p.detail for p in room.desk.open_points if p.kind is OpenKind.SPELLING]
    assert len(spelt) == 3
    while place(panel)[1:] != ("cler",):
        room.press(Qt.Key.Key_N, CTRL)
    room.type("clear")
    room.wait(lambda: room.desk.is_checked)
    room.press(Qt.Key.Key_N, CTRL)
    assert place(panel)[1] == "nomal"
