"""The ledger of a report: every change of every sentence, in order, never taken back.

Entries are what two states of a report differ by. Replaying them from nothing gives the
sentences as they stand, so that the origin of each word of a signed report can be shown.
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
    """What happened to a sentence."""

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
        position: Index in the report's list of sentences, where the sentence stands afterwards
            or, for one that goes, stood.
        sentence: As it is afterwards or, for one that goes, was.
    """

    kind: EditKind
    position: int
    sentence: ReportSentence


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """A change with who and when, chained to the one before.

    Attributes:
        sequence: 1 for the first entry of a report, gapless.
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
            # Twice, as it stands in every ledger that was written so far.
            list(sentence.settled),
            list(sentence.settled),
            sentence.reason,
            self.previous,
        ]
        if sentence.raw:
            # Entries older than house style keep their digest.
            content.append(sentence.raw)
        return hashlib.sha256(canonical_json(content).encode()).hexdigest()


_GOES = (EditKind.REMOVED, EditKind.MERGED)
_COMES = (EditKind.DRAFTED, EditKind.ADDED, EditKind.SPLIT_OFF)


def edits_between(
    before: Sequence[ReportSentence], after: Sequence[ReportSentence]
) -> tuple[SentenceEdit, ...]:
    """What leads from one list of sentences to the other."""
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
        there = next((i for i, s in enumerate(work) if s.id == wanted.id), None)
        if there is None:
            work.insert(position, wanted)
            edits.append(SentenceEdit(kind=_coming(wanted), position=position, sentence=wanted))
            continue
        found = work[there]
        if there != position:
            work.insert(position, work.pop(there))
            edits.append(SentenceEdit(kind=EditKind.MOVED, position=position, sentence=found))
        if found != wanted:
            work[position] = wanted
            edits.append(
                SentenceEdit(kind=_changing(found, wanted), position=position, sentence=wanted)
            )
    return tuple(edits)


def replay(edits: Iterable[SentenceEdit]) -> tuple[ReportSentence, ...]:
    """The sentences that the edits lead to from nothing.

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
    """The edits as entries of the ledger.

    Args:
        report_id: Whose ledger.
        edits: In order.
        after: Number and digest of the entry before; (0, `FIRST_LINK`) for none.
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
    if new.text == old.text and new.settled != old.settled:
        return EditKind.SETTLED
    return EditKind.REWORDED


def _was_merged(
    gone: ReportSentence, before: Sequence[ReportSentence], after: Sequence[ReportSentence]
) -> bool:
    known = {sentence.id: sentence.taken_in for sentence in before}
    return any(s.taken_in.count(gone.id) > known.get(s.id, ()).count(gone.id) for s in after)


def _position_of(sentences: Sequence[ReportSentence], wanted: SentenceId) -> int | None:
    return next((i for i, s in enumerate(sentences) if s.id == wanted), None)
