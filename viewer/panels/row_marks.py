"""Marks in the words of the rows, and the notes under them; only of rows for which they changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from PySide6.QtWidgets import QWidget

from engine.domain.fields import fields_in
from engine.domain.report import SentenceId
from viewer.desk import Desk
from viewer.panels.review_notes import WHY_REJECTED, ReviewNotes
from viewer.panels.sentence_row import SentenceRow


class RowMarks:
    """What guards, evidence and spelling say, shown at the rows.

    Args:
        desk: States of the open workspace.
        notes: Notes and answers of a sentence.
    """

    def __init__(self, desk: Desk, notes: ReviewNotes) -> None:
        self._desk = desk
        self._notes = notes

    def show(self, rows: Sequence[SentenceRow], just_rejected: SentenceId | None) -> None:
        """Show what holds now at the rows."""
        looked_at, state = self._desk.evidence.focused_id, self._desk.report
        is_editable = state.report is not None and state.report.is_editable
        around = (state.draft, is_editable)
        for row in rows:
            sentence = row.sentence
            is_asked = sentence.id == just_rejected
            guards = self._desk.guards
            made_of = (
                around,
                guards.highlights_of(sentence),
                [
                    (alert, guards.may_keep(alert), guards.is_shown(alert))
                    for alert in guards.alerts_at(sentence.id)
                ],
                self._desk.writing.slips_of(sentence),
                self._desk.occlusion.words_for(sentence),
                sentence.id == looked_at,
                is_asked,
            )
            # The question about words of a prior depends on which priors there are to link.
            is_settled = not made_of[1].priors
            if is_settled and row.marked_for == made_of:
                continue
            is_marked = self._mark(row)
            row.marked_for = made_of if is_settled and is_marked else None
            notes = (WHY_REJECTED,) if is_asked else self._notes.of(sentence)
            row.notes.show_notes(notes, is_selected=sentence.id == looked_at)

    def _mark(self, row: SentenceRow) -> bool:
        """Mark the words; False while a key is handled: the editor is a letter ahead then."""
        sentence = row.sentence
        if row.editor.words != sentence.text:
            return False
        highlights = self._desk.guards.highlights_of(sentence)
        row.editor.highlight(
            [(m.start, m.end) for m in highlights.sides]
            + [(field.start, field.end) for field in fields_in(sentence.text)],
            [(m.start, m.end) for m in (*highlights.priors, *highlights.numbers)],
            [(m.start, m.end) for m in self._desk.writing.slips_of(sentence)],
        )
        return True


@contextmanager
def laid_out_once(widgets: Sequence[QWidget | None]) -> Iterator[None]:
    """Lay widgets out after all changes in them, innermost first, not after each.

    A line shown in one row would lay out all rows at once.
    """
    found = (widget.layout() for widget in widgets if widget is not None)
    layouts = [layout for layout in found if layout is not None]
    for layout in layouts:
        layout.setEnabled(False)
    try:
        yield
    finally:
        for layout in layouts:
            layout.setEnabled(True)
        for layout in layouts:
            layout.activate()
