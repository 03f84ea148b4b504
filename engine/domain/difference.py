"""What became of the model's draft: sentence by sentence, and word by word within one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from enum import StrEnum

from engine.domain.report import Draft, Report, ReportSentence, Section, SentenceState

_TOKEN = re.compile(r"\s*\S+")


class Change(StrEnum):
    """Whether a run of words is in both wordings, only in the old one, or only in the new one."""

    SAME = "same"
    GONE = "gone"
    NEW = "new"


class Fate(StrEnum):
    """What became of a sentence of the draft; ADDED for a sentence that has no draft."""

    UNCHANGED = "unchanged"
    UNREVIEWED = "not reviewed"
    EDITED = "edited"
    REJECTED = "rejected"
    ADDED = "added"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A run of words with the same `Change`; the runs that are not GONE join to the new text."""

    text: str
    change: Change


@dataclass(frozen=True, slots=True, kw_only=True)
class SentenceDifference:
    """One sentence of the draft beside what it became.

    Attributes:
        before: The model's words; empty for a sentence of the author's own.
        after: The report's words; empty for a rejected sentence.
    """

    fate: Fate
    section: Section
    before: str
    after: str

    @property
    def words(self) -> tuple[Words, ...]:
        """Both wordings as one sequence of runs."""
        return word_difference(self.before, self.after)


_FATES = {
    SentenceState.AI_UNREVIEWED: Fate.UNREVIEWED,
    SentenceState.AI_ACCEPTED: Fate.UNCHANGED,
    SentenceState.AI_EDITED: Fate.EDITED,
    SentenceState.AI_REJECTED: Fate.REJECTED,
    SentenceState.AUTHOR: Fate.ADDED,
}


def draft_differences(report: Report, draft: Draft | None = None) -> tuple[SentenceDifference, ...]:
    """The report against the model's draft, in reading order.

    Args:
        report: In any state.
        draft: The model's draft. Its sentences that the report does not contain come last, as
            rejected; None leaves them out.
    """
    order = {section: number for number, section in enumerate(Section)}
    shown = [s for s in report.sentences if s.text.strip()]
    found = [_difference(s) for s in sorted(shown, key=lambda s: order[s.section])]
    if draft is not None and draft.id == report.draft_id:
        known = " ".join(s.draft_text for s in report.sentences)
        found += [
            SentenceDifference(
                fate=Fate.REJECTED, section=Section.FINDINGS, before=lost.text, after=""
            )
            for lost in draft.sentences
            if lost.text not in known
        ]
    return tuple(found)


def revision_differences(before: Report, after: Report) -> tuple[SentenceDifference, ...]:
    """Two states of a report compared sentence by sentence, e.g. preliminary against final."""
    was = {s.id: s for s in before.kept()}
    now = {s.id for s in after.kept()}
    found = [_step(was.get(s.id), s) for s in after.kept()]
    found += [
        SentenceDifference(fate=Fate.REJECTED, section=s.section, before=s.text, after="")
        for s in before.kept()
        if s.id not in now
    ]
    return tuple(found)


def recovery_differences(saved: Report | None, typed: Report) -> tuple[SentenceDifference, ...]:
    """What was typed or deleted after the newest revision, or after the draft.

    Args:
        saved: The newest revision; None for a report that was never saved.
        typed: The text recovered after the crash.

    Returns:
        Sentences that differ, in reading order; deleted ones last in their section.
    """
    drafted = tuple(
        replace(s, text=s.draft_text, state=SentenceState.AI_UNREVIEWED)
        for s in typed.sentences
        if s.draft_text
    )
    before = replace(typed, sentences=drafted) if saved is None else saved
    order = {section: number for number, section in enumerate(Section)}
    rows = [
        row
        for row in revision_differences(before, typed)
        if row.before.strip() != row.after.strip()
    ]
    return tuple(sorted(rows, key=lambda row: order[row.section]))


def word_difference(before: str, after: str) -> tuple[Words, ...]:
    """Both wordings in one sequence: runs of words that are the same, gone or new."""
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    matcher = SequenceMatcher(
        a=[t.strip() for t in old], b=[t.strip() for t in new], autojunk=False
    )
    runs: list[Words] = []
    for _kind, start, end, new_start, new_end in matcher.get_opcodes():
        is_same = _kind == "equal"
        if not is_same and end > start:
            runs.append(Words(text="".join(old[start:end]), change=Change.GONE))
        if new_end > new_start:
            change = Change.SAME if is_same else Change.NEW
            runs.append(Words(text="".join(new[new_start:new_end]), change=change))
    return tuple(runs)


def edit_share(differences: Iterable[SentenceDifference]) -> float | None:
    """How far a report is from the draft: changed words over all words, 0 to 1.

    Words of rejected sentences and the author's own count as changed. None without a draft.
    """
    rows = tuple(differences)
    if not any(row.before for row in rows):
        return None
    changed = total = 0
    for row in rows:
        for run in row.words:
            count = len(run.text.split())
            total += count
            changed += 0 if run.change is Change.SAME else count
    return changed / total if total else 0.0


def _difference(sentence: ReportSentence) -> SentenceDifference:
    is_rejected = sentence.state is SentenceState.AI_REJECTED
    return SentenceDifference(
        fate=_FATES[sentence.state],
        section=sentence.section,
        before=sentence.draft_text,
        after="" if is_rejected else sentence.text,
    )


def _step(was: ReportSentence | None, now: ReportSentence) -> SentenceDifference:
    before = was.text if was is not None else ""
    same = Fate.UNCHANGED if before == now.text else Fate.EDITED
    return SentenceDifference(
        fate=Fate.ADDED if was is None else same,
        section=now.section,
        before=before,
        after=now.text,
    )
