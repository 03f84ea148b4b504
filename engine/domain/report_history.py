"""Undo and redo of a report: its states as steps, each with a label of what was done.

A step restores what a reader can change: the sentences, the draft they come from, and the prior.
Revision, status and signatures belong to the store and stay as they are, so that saving between a
change and its undo loses nothing. The ledger records an undo as one more change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import takewhile

from engine.domain.guard import GuardRule
from engine.domain.ledger import EditKind, SentenceEdit, edits_between
from engine.domain.report import Report, SentenceId, SentenceSource

MOST_STEPS = 500
ONE_GO = timedelta(seconds=2)
"""Letters of one word typed with pauses shorter than this are one step."""
_LONGEST_QUOTE = 60
_WORDS = {
    EditKind.DRAFTED: "drafted",
    EditKind.ADDED: "added",
    EditKind.REWORDED: "edited",
    EditKind.ACCEPTED: "accepted",
    EditKind.REJECTED: "rejected",
    EditKind.SETTLED: "answered the question about",
    EditKind.TAKEN_BACK: "took back the decision about",
    EditKind.SPLIT_OFF: "split off",
    EditKind.MERGED: "merged",
    EditKind.MOVED: "moved",
    EditKind.REMOVED: "deleted",
}


# What an answer confirmed, by the guard's rule.
_ANSWERED = {
    GuardRule.LATERALITY.name: "confirmed the side of",
    GuardRule.NUMBER.name: "confirmed the measurement in",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportStep:
    """One change of a report.

    Attributes:
        label: What was done, to follow "Undone: ", e.g. "accepted “No pneumothorax.”".
        typing: For a change that may join the step before it: the sentence, and True if one letter
            was typed or begins it, False if one was deleted or the value of its measurement
            changed. None for any other change, and once the keyboard has left the sentence.
        is_follow_up: Whether a measurement's sentence followed its annotation: a part of what was
            done on the film.
    """

    label: str
    before: Report
    after: Report
    typing: tuple[SentenceId, bool] | None = None
    is_follow_up: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportHistory:
    """The steps that can be undone and redone, the newest last."""

    done: tuple[ReportStep, ...] = ()
    undone: tuple[ReportStep, ...] = ()

    def with_step(
        self, before: Report, after: Report, label: str = "", *, is_follow_up: bool = False
    ) -> ReportHistory:
        """The history after one more change, which discards the undone steps.

        Letters of one word typed without a pause join the step before, and so do deleted letters; a
        paste or cut is a step of its own. A change that leaves sentences, draft and prior as they
        are adds no step. A sentence that was begun and left empty leaves no step either.

        Args:
            before: The report before the change.
            after: The report after it.
            label: What was done; empty to derive it from the sentences.
            is_follow_up: As in `ReportStep`.
        """
        if _content(before) == _content(after):
            return self
        edits = edits_between(before.sentences, after.sentences)
        typing = _typing(before, edits) if not label else None
        label = label or _in_words(edits, before)
        step = ReportStep(
            label=label, before=before, after=after, typing=typing, is_follow_up=is_follow_up
        )
        last = self.done[-1] if self.done else None
        if last is not None and _gives_up(last, after, edits):
            return ReportHistory(done=self.done[:-1])
        if last is not None and _goes_on(last, step):
            return ReportHistory(done=(*self.done[:-1], _joined(last, step)))
        return ReportHistory(done=(*self.done, step)[-MOST_STEPS:])

    def with_typing_ended(self, sentence: SentenceId) -> ReportHistory:
        """The history once the keyboard has left a sentence: its typing is one step."""
        typed = list(takewhile(lambda step: _is_typed_in(step, sentence), reversed(self.done)))
        if not typed:
            return self
        whole = replace(_joined(typed[-1], typed[0]), typing=None)
        return replace(self, done=(*self.done[: -len(typed)], whole))

    def undo(self, report: Report, now: datetime) -> tuple[ReportHistory, Report]:
        """Go one step back from the open report; the same report when there is none.

        Raises:
            ReportStateError: The report is signed.
        """
        if not self.done:
            return self, report
        step = self.done[-1]
        moved = ReportHistory(done=self.done[:-1], undone=(*self.undone, step))
        return moved, report.with_content_of(step.before, now)

    def redo(self, report: Report, now: datetime) -> tuple[ReportHistory, Report]:
        """Go one step forward again; the same report when there is none.

        Raises:
            ReportStateError: The report is signed.
        """
        if not self.undone:
            return self, report
        step = self.undone[-1]
        moved = ReportHistory(done=(*self.done, step), undone=self.undone[:-1])
        return moved, report.with_content_of(step.after, now)


def _content(report: Report) -> tuple[object, ...]:
    """The parts of a report that a step restores."""
    return report.sentences, report.draft_id, report.prior_uid


def _joined(first: ReportStep, last: ReportStep) -> ReportStep:
    """One step from the start of the first step to the end of the last."""
    edits = edits_between(first.before.sentences, last.after.sentences)
    label = _in_words(edits, first.before) if edits else last.label
    return replace(first, after=last.after, label=label)


def _is_typed_in(step: ReportStep, sentence: SentenceId) -> bool:
    return step.typing is not None and step.typing[0] == sentence


def _gives_up(last: ReportStep, after: Report, edits: Sequence[SentenceEdit]) -> bool:
    """Whether the change removes the sentence that the last step began."""
    is_gone = len(edits) == 1 and edits[0].kind is EditKind.REMOVED
    if not is_gone or not _is_typed_in(last, edits[0].sentence.id):
        return False
    return _content(after) == _content(last.before)


def _typing(before: Report, edits: Sequence[SentenceEdit]) -> tuple[SentenceId, bool] | None:
    if len(edits) != 1 or edits[0].kind not in (EditKind.REWORDED, EditKind.ADDED):
        return None
    sentence = edits[0].sentence
    if edits[0].kind is EditKind.ADDED:
        is_begun = sentence.source is SentenceSource.TYPED and len(sentence.text) <= 1
        return (sentence.id, True) if is_begun else None
    old = before.sentence(sentence.id)
    if sentence.source is old.source is SentenceSource.MEASUREMENT:
        return sentence.id, False  # its annotation is being dragged
    grown = len(sentence.text) - len(old.text)
    return (sentence.id, grown > 0) if abs(grown) == 1 else None


def _goes_on(last: ReportStep, step: ReportStep) -> bool:
    is_same = last.typing == step.typing and last.is_follow_up == step.is_follow_up
    if step.typing is None or not is_same:
        return False
    in_one_go = step.after.updated - last.after.updated < ONE_GO
    sentence, is_typed = step.typing
    return in_one_go and not (is_typed and _begins_word(step, sentence))


def _begins_word(step: ReportStep, sentence: SentenceId) -> bool:
    """Whether the typed letter begins a new word behind other words."""
    if all(known.id != sentence for known in step.before.sentences):
        return False
    old, new = step.before.sentence(sentence).text, step.after.sentence(sentence).text
    at = next((i for i, letter in enumerate(old) if new[i] != letter), len(old))
    return at > 0 and new[at - 1].isspace() and not new[at].isspace()


def _in_words(edits: Sequence[SentenceEdit], before: Report) -> str:
    """What the edits did: "accepted “…”", or the number of sentences."""
    if not edits:
        return "changed the prior"
    kinds = [edit.kind for edit in edits]
    # A split also rewords the sentence it leaves, and a merge the one it makes: name only the act.
    named = [e for e in edits if e.kind in (EditKind.SPLIT_OFF, EditKind.MERGED)] or list(edits)
    if len(named) == 1:
        return f"{_done_by(named[0], before)} {_quoted(named[0].sentence.text)}"
    if all(kind is EditKind.SETTLED for kind in kinds):
        # One answer to a question about several sentences.
        return f"{_done_by(edits[0], before)} {_quoted(edits[0].sentence.text)}"
    verb = _WORDS[kinds[0]] if len(set(kinds)) == 1 else "changed"
    return f"{verb} {len(named)} sentences"


def _done_by(edit: SentenceEdit, before: Report) -> str:
    """The verb of one edit, with the answer or the reason that it gave."""
    new = edit.sentence
    old = next((known for known in before.sentences if known.id == new.id), new)
    side = GuardRule.LATERALITY.name
    if new.kept != old.kept and new.kept:
        return f"kept with the reason “{new.kept[-1].reason}”:"
    if new.reason and new.reason != old.reason and old.state is new.state:
        return f"gave the reason “{new.reason}” for rejecting"
    answered = [rule for rule in new.settled if rule not in old.settled]
    if edit.kind is EditKind.REWORDED and side in answered:
        return "set the side in"
    if edit.kind is EditKind.SETTLED and answered:
        return _ANSWERED.get(answered[-1], "kept as written:")
    return _WORDS[edit.kind]


def _quoted(text: str) -> str:
    words = " ".join(text.split())
    if not words:
        return "an empty sentence"
    return f"“{words}”" if len(words) <= _LONGEST_QUOTE else f"“{words[: _LONGEST_QUOTE - 1]}…”"
