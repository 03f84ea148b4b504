"""What stands above and below the sentences leaves them room, also on a screen of 1366 × 768."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from engine.domain.report import Section
from viewer.panels.report import LOW

HEADER = (Section.INDICATION, Section.TECHNIQUE, Section.COMPARISON)
DRAFT = "there is a large left effusion . there is left basilar atelectasis . no pneumothorax . the heart is normal ."  # noqa: E501


def sections_shown(room):
    return [name for name, section in room.view.report.sections.items() if section.isVisible()]


def whole_rows(room):
    """Rows of which nothing is scrolled out of the page."""
    page = room.view.report.page
    shown = page.viewport().rect()
    return [
        row
        for row in room.view.report.rows
        if shown.contains(row.rect().translated(row.mapTo(page.viewport(), row.rect().topLeft())))
    ]


@pytest.mark.parametrize(("width", "height", "least"), [(1366, 768, 4), (960, 540, 3)])
def test_sentences_of_a_draft_are_seen_in_a_small_window_while_a_side_is_asked(
    room_saying, width, height, least
):
    room = room_saying(DRAFT)
    room.window.resize(width, height)
    room.draft()
    room.wait(lambda: room.desk.guards.is_current and room.view.report.focused_row is not None)
    room.wait_for_layout(room.view.report)
    assert any(note.is_question for note in room.view.report.focused_row.notes.notes)
    assert len(whole_rows(room)) >= least
    is_room = room.view.report.height() >= LOW
    assert room.view.report.patient.isVisible() is is_room, "the banner names the patient too"
    assert is_room is (height > 540)


def test_empty_sections_before_the_findings_take_one_line_and_open_by_their_button(room):
    folded = room.view.report.folded
    assert sections_shown(room) == [Section.FINDINGS, Section.IMPRESSION]
    assert len({button.y() for button in folded.buttons.values()}) == 1
    QTest.mouseClick(folded.buttons[Section.TECHNIQUE], Qt.MouseButton.LeftButton)
    room.type("PA film.")
    assert room.report.text(Section.TECHNIQUE) == "PA film."
    assert sections_shown(room) == [Section.TECHNIQUE, Section.FINDINGS, Section.IMPRESSION]
    assert folded.buttons[Section.INDICATION].isVisible()
    assert not folded.buttons[Section.TECHNIQUE].isVisible()
    room.desk.report.remove(room.report.kept(Section.TECHNIQUE)[0].id)
    assert Section.TECHNIQUE in sections_shown(room), "nothing moves under the hand"


@pytest.mark.parametrize("section", HEADER)
def test_a_section_that_is_filled_elsewhere_unfolds_and_folds_for_another_study(room, section):
    first, second = (row.uid for row in room.desk.library.rows[:2])
    room.desk.report.add(section, "Said by a template.")
    assert section in sections_shown(room)
    room.show_study(second)
    assert section not in sections_shown(room)
    room.show_study(first)
    assert section in sections_shown(room)


def test_what_invites_to_write_is_away_once_something_is_written(room):
    panel = room.view.report
    room.wait(lambda: panel.draft.isVisible() and panel.draft.start.isVisible())
    line = panel.sections[Section.FINDINGS].line
    hint = line.placeholderText()
    room.desk.report.add(Section.FINDINGS, "No effusion.")
    assert not panel.draft.isVisible()
    assert line.isVisible()
    assert line.placeholderText() != hint, "under a sentence it would read like one"
