"""Which notes stand under a sentence, and what its answer keys do.

One place for what the evidence, the guards and the reader's own decisions have to say about a
sentence, so that a row only shows and the panel only steers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Final

from engine.domain.guard import GuardAlert, GuardRule
from engine.domain.report import ReportSentence, SentenceState
from engine.domain.study import StudyUid
from engine.services.checking import SentenceMarks
from viewer.app_context import AppContext
from viewer.panels.row_notes import Answer, RowNote
from viewer.state.wording import date_text

REASONS: Final = {
    "1": "not there",
    "2": "wrong side or place",
    "3": "wrong degree",
    "4": "not worth saying",
    "5": "other",
}
"""Why a sentence was rejected, by the key that says so."""
WHY_REJECTED: Final = RowNote(
    words="Why?", answers=tuple(Answer(key=key, text=why) for key, why in REASONS.items())
)

Act = Callable[[], object]
Question = tuple[RowNote, dict[str, Act]]


class ReviewNotes:
    """Notes and answers for the sentences of the open report.

    Args:
        begin_editing: Puts the caret into a sentence.
    """

    def __init__(
        self, context: AppContext, begin_editing: Callable[[ReportSentence], None]
    ) -> None:
        self._context = context
        self._guards = context.guards
        self._begin_editing = begin_editing

    def of(self, sentence: ReportSentence, *, is_focused: bool) -> tuple[RowNote, ...]:
        """Notes of a sentence, questions first; keys and evidence only where the reader looks."""
        notes = _each_key_once([note for note, _ in self._questions(sentence)])
        if not is_focused:
            notes = [replace(note, answers=()) for note in notes]
        words = self._context.evidence.words_for(sentence) if is_focused else ""
        split = self._alternative(sentence) if is_focused else ""
        if split:
            notes.append(RowNote(words=f"The model was split: “{split}”"))
        if words and sentence.state is not SentenceState.AI_REJECTED:
            notes.append(RowNote(words=words))
        without = self._context.knock_out.words_for(sentence)
        if without:
            notes.append(RowNote(words=without))
        return tuple(notes)

    def answer(self, sentence: ReportSentence, key: str) -> bool:
        """Do what a key means for the first question that knows it; False if none does."""
        for _, acts in self._questions(sentence):
            if key in acts:
                acts[key]()
                return True
        return False

    def open_words(self, sentence: ReportSentence) -> bool:
        """Whether words of the sentence cannot be accepted as they are: no prior, no measuring."""
        marks = self._guards.marks_of(sentence)
        return bool(marks.priors or marks.numbers)

    def _alternative(self, sentence: ReportSentence) -> str:
        draft = self._context.report.draft
        if draft is None or sentence.state is SentenceState.AUTHOR:
            return ""
        drafted = (s for s in draft.sentences if s.text == sentence.draft_text)
        return next((s.alternative for s in drafted), "")

    def _questions(self, sentence: ReportSentence) -> list[Question]:
        report = self._context.report.report
        if report is None or not report.is_editable:
            return []
        if sentence.state is SentenceState.AI_REJECTED:
            return []
        marks = self._guards.marks_of(sentence)
        found = []
        if marks.sides:
            found.append(self._about_sides(sentence, marks))
        if marks.priors:
            found.append(self._about_priors(sentence, marks))
        if marks.numbers:
            found.append(self._about_numbers(sentence, marks))
        asked = {GuardRule.LATERALITY, GuardRule.PRIOR, GuardRule.NUMBER}
        alerts = [a for a in self._guards.alerts_at(sentence.id) if a.rule not in asked]
        return found + [self._about_alert(alert) for alert in alerts]

    def _about_sides(self, sentence: ReportSentence, marks: SentenceMarks) -> Question:
        if len(marks.sides) > 1:
            settle = partial(self._guards.settle, sentence.id, GuardRule.LATERALITY)
            words = "The draft names several sides. Look at each."
            return _question(words, (("S", "Sides are correct", settle),))
        side = partial(self._guards.set_side, sentence)
        return _question(
            "Which side? The model often mistakes it.",
            (
                ("L", "Left", partial(side, "left")),
                ("R", "Right", partial(side, "right")),
                ("B", "Both", partial(side, "bilateral")),
                ("D", "No side", partial(side, "")),
            ),
        )

    def _about_priors(self, sentence: ReportSentence, marks: SentenceMarks) -> Question:
        told = ", ".join(f"“{mention.text}”" for mention in marks.priors)
        answers: list[tuple[str, str, Act]] = [
            ("T", "Take it out", partial(self._take_out, sentence))
        ]
        link = self._newest_prior()
        if link is not None:
            answers.insert(0, ("P", link[0], partial(self._guards.link_prior, link[1])))
        return _question(f"{told}: no prior linked.", tuple(answers))

    def _newest_prior(self) -> tuple[str, StudyUid] | None:
        """What to link, in words: the newest films, or a newer report of another system."""
        films = next(iter(self._context.library.priors), None)
        document = self._context.prior_documents.linkable
        films_day = (films.study_date if films is not None else None) or date.min
        if document is not None and (document.study_date or date.min) > films_day:
            return f"Link report {date_text(document.study_date)}", document.study_uid
        return None if films is None else (f"Link {date_text(films.study_date)}", films.uid)

    def _about_numbers(self, sentence: ReportSentence, marks: SentenceMarks) -> Question:
        told = ", ".join(f"“{mention.text}”" for mention in marks.numbers)
        settle = partial(self._guards.settle, sentence.id, GuardRule.NUMBER)
        return _question(
            f"{told}: the model measures nothing.",
            (
                ("T", "Take it out", partial(self._take_out, sentence)),
                ("K", "I measured it", settle),
            ),
        )

    def _about_alert(self, alert: GuardAlert) -> Question:
        keep = partial(self._guards.settle_all, alert)
        return _question(alert.message, (("K", "It is correct", keep),))

    def _take_out(self, sentence: ReportSentence) -> None:
        if self._guards.take_out(sentence):
            self._begin_editing(sentence)


def _each_key_once(notes: list[RowNote]) -> list[RowNote]:
    """A key belongs to the first question that has it: the next one gets it when that is answered.

    Otherwise its button under the second question would answer the first.
    """
    taken: set[str] = set()
    found = []
    for note in notes:
        found.append(replace(note, answers=tuple(a for a in note.answers if a.key not in taken)))
        taken |= {answer.key for answer in note.answers}
    return found


def _question(words: str, answers: tuple[tuple[str, str, Act], ...]) -> Question:
    keys = tuple(Answer(key=key, text=text) for key, text, _ in answers)
    note = RowNote(words=words, is_question=True, answers=keys)
    return note, {key: act for key, _, act in answers}
