"""The ledger of a report: every change of every sentence, in order, never removed.

Entries are the differences between two states of a report. Replaying them from an empty report
gives its sentences, so the origin of each word of a signed report can be shown.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from engine.domain.audit import canonical_json
from engine.domain.report import ReportId, ReportSentence, SentenceId, SentenceState
from engine.errors import ReportStateError


class EditKind(StrEnum):
    """What happened to a sentence; the values are stored and hashed."""

    DRAFTED = "drafted by the model"
    ADDED = "added"
    REWORDED = "reworded"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    SETTLED = "question answered"
    TAKEN_BACK = "decision taken back"
    SPLIT_OFF = "split off"
    MERGED = "merged into another"
    MOVED = "moved"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class SentenceEdit:
    """One change of one sentence.

    Attributes:
        position: Index in the report's list of sentences after the change; for a sentence that is
            removed, its index before.
        sentence: The sentence after the change; for one that is removed, as it was.
    """

    kind: EditKind
    position: int
    sentence: ReportSentence


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """A change with its author and time, chained to the entry before it.

    Attributes:
        sequence: 1 for the first entry of a report, without gaps.
        previous: `digest` of the entry before, or `FIRST_LINK`.
    """

    report_id: ReportId
    sequence: int
    at: datetime
    actor: str
    edit: SentenceEdit
    previous: str

    @property
    def digest(self) -> str:
        """SHA-256 of the entry's canonical JSON, hex."""
        sentence = self.edit.sentence
        content = [
            self.report_id,
            self.sequence,
            self.at.isoformat(),
            self.actor,
            self.edit.kind.value,
            self.edit.position,
            sentence.id,
            sentence.section.value,
            sentence.text,
            sentence.state.value,
            sentence.draft_text,
            sentence.source.value,
            list(sentence.taken_in),
            # Twice: every stored ledger was hashed so, and a digest may not change.
            list(sentence.settled),
            list(sentence.settled),
            sentence.reason,
            self.previous,
        ]
        if sentence.raw:
            # Only if present, so that entries older than house style keep their digest.
            content.append(sentence.raw)
        if sentence.drafted:
            # Likewise for entries older than the link to the draft's sentences.
            content.append([[ref.draft_id, ref.sentence] for ref in sentence.drafted])
        if sentence.kept:
            content.append([[k.rule, k.other, *k.words, k.reason] for k in sentence.kept])
        return hashlib.sha256(canonical_json(content).encode()).hexdigest()


_GOES = (EditKind.REMOVED, EditKind.MERGED)
_COMES = (EditKind.DRAFTED, EditKind.ADDED, EditKind.SPLIT_OFF)


def edits_between(
    before: Sequence[ReportSentence], after: Sequence[ReportSentence]
) -> tuple[SentenceEdit, ...]:
    """The edits that turn one list of sentences into the other, in the order to apply them."""
    edits: list[SentenceEdit] = []
    now = {sentence.id: sentence for sentence in after}
    work = list(before)
    for sentence in before:
        if sentence.id not in now:
            kind = EditKind.MERGED if _was_merged(sentence, before, after) else EditKind.REMOVED
            position = work.index(sentence)
            del work[position]
            edits.append(SentenceEdit(kind=kind, position=position, sentence=sentence))
    for position, wanted in enumerate(after):
        # Nearly every sentence still is where it was: only the others are looked for.
        is_here = position < len(work) and work[position].id == wanted.id
        there = position if is_here else _position_of(work, wanted.id)
        if there is None:
            work.insert(position, wanted)
            edits.append(SentenceEdit(kind=_coming(wanted), position=position, sentence=wanted))
            continue
        found = work[there]
        if there != position:
            work.insert(position, work.pop(there))
            edits.append(SentenceEdit(kind=EditKind.MOVED, position=position, sentence=found))
        if found is not wanted and found != wanted:
            work[position] = wanted
            edits.append(
                SentenceEdit(kind=_changing(found, wanted), position=position, sentence=wanted)
            )
    return tuple(edits)


def replay(edits: Iterable[SentenceEdit]) -> tuple[ReportSentence, ...]:
    """The sentences that result from applying the edits to an empty report.

    Raises:
        ReportStateError: An edit does not fit the ones before it.
    """
    work: list[ReportSentence] = []
    for edit in edits:
        there = _position_of(work, edit.sentence.id)
        if (there is None) is not (edit.kind in _COMES) or edit.position > len(work):
            raise ReportStateError("The record of a report's changes does not fit together.")
        if there is not None:
            del work[there]
        if edit.kind not in _GOES:
            work.insert(edit.position, edit.sentence)
    return tuple(work)


def entries(
    report_id: ReportId,
    edits: Iterable[SentenceEdit],
    *,
    after: tuple[int, str],
    at: datetime,
    actor: str,
) -> tuple[LedgerEntry, ...]:
    """The edits as chained entries of the ledger.

    Args:
        report_id: The report they belong to.
        edits: In order.
        after: Number and digest of the last entry; (0, `FIRST_LINK`) for an empty ledger.
        at: UTC.
        actor: Name of the user.
    """
    sequence, previous = after
    made: list[LedgerEntry] = []
    for edit in edits:
        sequence += 1
        entry = LedgerEntry(
            report_id=report_id,
            sequence=sequence,
            at=at,
            actor=actor,
            edit=edit,
            previous=previous,
        )
        previous = entry.digest
        made.append(entry)
    return tuple(made)


def _coming(sentence: ReportSentence) -> EditKind:
    if sentence.taken_in:
        return EditKind.SPLIT_OFF
    return EditKind.ADDED if sentence.state is SentenceState.AUTHOR else EditKind.DRAFTED


def _changing(old: ReportSentence, new: ReportSentence) -> EditKind:
    decided = {
        SentenceState.AI_ACCEPTED: EditKind.ACCEPTED,
        SentenceState.AI_REJECTED: EditKind.REJECTED,
        SentenceState.AI_UNREVIEWED: EditKind.TAKEN_BACK,
    }
    if new.state is not old.state and new.state in decided:
        return decided[new.state]
    if new.text == old.text and (new.settled, new.kept) != (old.settled, old.kept):
        return EditKind.SETTLED
    return EditKind.REWORDED


def _was_merged(
    gone: ReportSentence, before: Sequence[ReportSentence], after: Sequence[ReportSentence]
) -> bool:
    known = {sentence.id: sentence.taken_in for sentence in before}
    return any(s.taken_in.count(gone.id) > known.get(s.id, ()).count(gone.id) for s in after)


def _position_of(sentences: Sequence[ReportSentence], wanted: SentenceId) -> int | None:
    return next((i for i, s in enumerate(sentences) if s.id == wanted), None)
