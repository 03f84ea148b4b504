"""Notes under a sentence, and the effects of their answer keys.

Evidence, guards and the reader's own decisions come together here, so that a row only shows notes
and the panel only passes keys on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Final

from engine.domain.finding import PriorMention
from engine.domain.guard import GuardAlert, GuardRule
from engine.domain.report import ReportSentence, SentenceState
from engine.domain.study import StudyUid
from engine.domain.tested import drafted_sentences, standing_sentence
from engine.services.checking import CONTRADICTIONS, Highlights
from viewer.desk import Desk
from viewer.panels.row_notes import Answer, RowNote
from viewer.state.wording import date_text

REASONS: Final = {
    "1": "not there",
    "2": "wrong side or place",
    "3": "wrong degree",
    "4": "not worth saying",
    "5": "other",
}
"""Reasons for rejecting a sentence, by key."""
WHY_KEPT: Final = {"1": "different place", "2": "different time", "3": "in doubt", "4": "other"}
"""Reasons why two sentences do not contradict each other, by key."""
WHY_REJECTED: Final = RowNote(
    words="Why?",
    answers=tuple(Answer(key=key, text=why) for key, why in REASONS.items()),
    names_keys=True,
)

Act = Callable[[], object]
Question = tuple[RowNote, dict[str, Act]]


class ReviewNotes:
    """Notes and answers for the sentences of the open report.

    Args:
        desk: States of the open workspace.
        begin_editing: Puts the caret into a sentence.
    """

    def __init__(self, desk: Desk, begin_editing: Callable[[ReportSentence], None]) -> None:
        self._desk = desk
        self._guards = desk.guards
        self._begin_editing = begin_editing

    def of(self, sentence: ReportSentence) -> tuple[RowNote, ...]:
        """Notes of a sentence, questions first: the same whether it is focused or not."""
        notes = _each_key_once([note for note, _ in self._questions(sentence)])
        found = [RowNote(words=words, is_one_line=True) for words in self._splits(sentence)]
        if sentence.state is not SentenceState.AI_REJECTED:
            rests_on = self._desk.evidence.words_for(sentence)
            found.append(RowNote(words=rests_on, is_for_selected=True))
        found.append(RowNote(words=self._desk.occlusion.words_for(sentence)))
        # Both may say that the sentence was changed.
        once = {note.words: note for note in found if note.words}
        return (*notes, *once.values())

    def answer(self, sentence: ReportSentence, key: str) -> bool:
        """Run a key's answer to the first question that has it; False if none has."""
        for _, acts in self._questions(sentence):
            if key in acts:
                acts[key]()
                return True
        return False

    def why_not_accepted(self, sentence: ReportSentence) -> str:
        """Why a sentence cannot be accepted as it stands; empty if it can."""
        highlights, report = self._guards.highlights_of(sentence), self._desk.report.report
        # The guards run a moment after an answer, so look at the answer itself.
        if highlights.priors and report is not None and report.prior_uid is None:
            quoted = _quoted(highlights.priors)
            return f"{quoted}: link a prior (P) or take it out (T) before you accept the sentence."
        if highlights.numbers and GuardRule.NUMBER.name not in sentence.settled:
            quoted = _quoted(highlights.numbers)
            return f"{quoted}: confirm that you measured it (K) or take it out (T) first."
        return ""

    def _splits(self, sentence: ReportSentence) -> list[str]:
        """Likely alternatives to the drafted sentences that this sentence came from.

        None once the sentence is rejected or the report is signed: nothing is left to choose.
        """
        draft, report = self._desk.report.draft, self._desk.report.report
        is_open = report is not None and report.is_editable
        if draft is None or not is_open or sentence.state is SentenceState.AI_REJECTED:
            return []
        about = "" if standing_sentence(draft, sentence) is not None else " to its draft"
        drafted = (draft.sentences[index] for index in drafted_sentences(draft, sentence))
        return [f"AI alternative{about}: “{s.alternative}”" for s in drafted if s.alternative]

    def _questions(self, sentence: ReportSentence) -> list[Question]:
        report = self._desk.report.report
        if report is None or not report.is_editable:
            return []
        if sentence.state is SentenceState.AI_REJECTED:
            return []
        highlights = self._guards.highlights_of(sentence)
        found = []
        if highlights.sides:
            found.append(self._about_sides(sentence, highlights))
        if highlights.priors:
            found.append(self._about_priors(sentence, highlights))
        if highlights.numbers:
            found.append(self._about_numbers(sentence, highlights))
        # These rules have questions of their own, made from the highlights above.
        asked = {GuardRule.LATERALITY, GuardRule.PRIOR, GuardRule.NUMBER}
        alerts = self._guards.alerts_at(sentence.id)
        return found + [self._about_alert(alert) for alert in alerts if alert.rule not in asked]

    def _about_sides(self, sentence: ReportSentence, highlights: Highlights) -> Question:
        if len(highlights.sides) > 1:
            settle = partial(self._guards.settle, sentence.id, GuardRule.LATERALITY)
            words = "Confirm the sides."
            return _question(words, (("S", "Sides are correct", settle),))
        side = partial(self._guards.set_side, sentence)
        return _question(
            "Confirm the side.",
            (
                ("L", "Left", partial(side, "left")),
                ("R", "Right", partial(side, "right")),
                ("B", "Both", partial(side, "bilateral")),
                ("D", "No side", partial(side, "")),
            ),
        )

    def _about_priors(self, sentence: ReportSentence, highlights: Highlights) -> Question:
        quoted = _quoted(highlights.priors)
        answers: list[tuple[str, str, Act]] = [
            ("T", "Take it out", partial(self._take_out, sentence))
        ]
        link = self._newest_prior()
        if link is not None:
            answers.insert(0, ("P", link[0], partial(self._guards.link_prior, link[1])))
        return _question(f"{quoted}: no prior linked.", tuple(answers))

    def _newest_prior(self) -> tuple[str, StudyUid] | None:
        """What to link, in words: the newest prior, or a newer report of another system."""
        films = next(iter(self._desk.library.priors), None)
        document = self._desk.prior_documents.linkable
        films_day = (films.study_date if films is not None else None) or date.min
        if document is not None and (document.study_date or date.min) > films_day:
            return f"Link report {date_text(document.study_date)}", document.study_uid
        return None if films is None else (f"Link {date_text(films.study_date)}", films.uid)

    def _about_numbers(self, sentence: ReportSentence, highlights: Highlights) -> Question:
        quoted = _quoted(highlights.numbers)
        settle = partial(self._guards.settle, sentence.id, GuardRule.NUMBER)
        return _question(
            f"{quoted}: the model measures nothing.",
            (
                ("T", "Take it out", partial(self._take_out, sentence)),
                ("K", "I measured it", settle),
            ),
        )

    def _about_alert(self, alert: GuardAlert) -> Question:
        words, is_beyond = alert.brief or alert.message, not self._guards.is_shown(alert)
        answers: tuple[tuple[str, str, Act], ...] = ()
        prompt = ""
        if self._guards.may_keep(alert):
            keep = partial(self._guards.keep, alert)
            answers = (("K", "Keep as written", keep),)
            if alert.rule in CONTRADICTIONS:
                answers = tuple((key, why, partial(keep, why)) for key, why in WHY_KEPT.items())
                prompt = "Keep both:"
        note, acts = _question(words, answers, prompt=prompt)
        return replace(note, is_for_selected=is_beyond), acts

    def _take_out(self, sentence: ReportSentence) -> None:
        if self._guards.take_out(sentence):
            self._begin_editing(sentence)


def _each_key_once(notes: list[RowNote]) -> list[RowNote]:
    """Give each key to the first question that has it; the next one gets it after the answer.

    Otherwise its button under the second question would answer the first.
    """
    taken: set[str] = set()
    found = []
    for note in notes:
        found.append(replace(note, answers=tuple(a for a in note.answers if a.key not in taken)))
        taken |= {answer.key for answer in note.answers}
    return found


def _quoted(mentions: Iterable[PriorMention]) -> str:
    return ", ".join(f"“{mention.text}”" for mention in mentions)


def _question(
    words: str, answers: tuple[tuple[str, str, Act], ...], *, prompt: str = ""
) -> Question:
    keys = tuple(Answer(key=key, text=text) for key, text, _ in answers)
    note = RowNote(words=words, is_question=True, answers=keys, prompt=prompt)
    return note, {key: act for key, _, act in answers}
