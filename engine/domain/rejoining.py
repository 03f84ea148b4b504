"""Splitting a sentence in two and merging two into one, with the origin of every part kept.

A part of a model's sentence keeps its own share of the model's words, found by aligning words, so
that each part can still be checked against what the model wrote.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from difflib import SequenceMatcher

from engine.domain.report import (
    DraftRef,
    Report,
    ReportSentence,
    SentenceId,
    SentenceSource,
    SentenceState,
    new_sentence_id,
)
from engine.errors import ReportStateError

_WORD = re.compile(r"\S+")
_MODELS = (SentenceState.AI_UNREVIEWED, SentenceState.AI_ACCEPTED, SentenceState.AI_EDITED)


def with_split(report: Report, sentence_id: SentenceId, at: int, now: datetime) -> Report:
    """Split a sentence in two; the second part gets an id of its own.

    Args:
        report: An editable report.
        sentence_id: The sentence to split.
        at: Number of characters of the first part.
        now: UTC.

    Raises:
        ReportStateError: One of the parts would be empty, or the sentence was rejected.
    """
    sentence = _changeable(report, sentence_id)
    head, tail = sentence.text[:at].strip(), sentence.text[at:].strip()
    if not head or not tail:
        raise ReportStateError("A sentence is split between two of its words.")
    share = _share(sentence.text, sentence.draft_text, at)
    draft_head, draft_tail = (
        sentence.draft_text[:share].strip(),
        sentence.draft_text[share:].strip(),
    )
    second = replace(sentence, id=new_sentence_id(), taken_in=(sentence.id,))
    parts = (_part(sentence, head, draft_head), _part(second, tail, draft_tail))
    return _put(report, (sentence,), parts, now)


def with_merged(report: Report, first: SentenceId, second: SentenceId, now: datetime) -> Report:
    """Merge two sentences of the same section; the result keeps the first one's id and position.

    Raises:
        ReportStateError: They are not in one section, or one of them was rejected.
    """
    one, other = _changeable(report, first), _changeable(report, second)
    if one.section is not other.section or one.id == other.id:
        raise ReportStateError("Two sentences of the same section can be merged.")
    draft = " ".join(part for part in (one.draft_text, other.draft_text) if part)
    merged = replace(
        one,
        text=" ".join(part for part in (one.text.strip(), other.text.strip()) if part),
        draft_text=draft,
        state=_merged_state(one, other),
        source=one.source if one.source is other.source else SentenceSource.TYPED,
        drafted=_drafted(one, other),
        taken_in=(*one.taken_in, other.id),
        settled=(),
    )
    if merged.state in _MODELS:
        merged = _judged(merged)
    return _put(report, (one, other), (merged,), now)


def _changeable(report: Report, sentence_id: SentenceId) -> ReportSentence:
    if not report.is_editable:
        raise ReportStateError("A signed report cannot be changed.")
    sentence = report.sentence(sentence_id)
    if sentence.state is SentenceState.AI_REJECTED:
        raise ReportStateError(
            "A rejected sentence cannot be changed.", what_to_do="Bring it back first."
        )
    return sentence


def _part(sentence: ReportSentence, text: str, draft: str) -> ReportSentence:
    part = replace(sentence, text=text, draft_text=draft, settled=())
    if sentence.state is SentenceState.AUTHOR:
        return part
    if not draft:
        # No word of the model is in this part: the reader typed it into the model's sentence.
        return replace(part, state=SentenceState.AUTHOR, source=SentenceSource.TYPED, drafted=())
    return _judged(part)


def _judged(sentence: ReportSentence) -> ReportSentence:
    """The model's unchanged words keep their decision; any other text counts as edited."""
    if sentence.text != sentence.draft_text:
        return replace(sentence, state=SentenceState.AI_EDITED)
    is_undecided = sentence.state is SentenceState.AI_UNREVIEWED
    state = SentenceState.AI_UNREVIEWED if is_undecided else SentenceState.AI_ACCEPTED
    return replace(sentence, state=state)


def _drafted(one: ReportSentence, other: ReportSentence) -> tuple[DraftRef, ...] | None:
    """The draft sentences of both, each once, so that split parts merge back to the whole."""
    if one.drafted is None and other.drafted is None:
        return None
    return tuple(dict.fromkeys((*(one.drafted or ()), *(other.drafted or ()))))


def _merged_state(one: ReportSentence, other: ReportSentence) -> SentenceState:
    states = {one.state, other.state}
    if states == {SentenceState.AUTHOR}:
        return SentenceState.AUTHOR
    if states == {SentenceState.AI_ACCEPTED, SentenceState.AI_UNREVIEWED}:
        return SentenceState.AI_UNREVIEWED
    return states.pop() if len(states) == 1 else SentenceState.AI_EDITED


def _share(text: str, draft: str, at: int) -> int:
    """The offset in the draft that corresponds to offset `at` of the text, by aligned words."""
    words, drafted = list(_WORD.finditer(text)), list(_WORD.finditer(draft))
    matcher = SequenceMatcher(a=[w[0] for w in words], b=[w[0] for w in drafted], autojunk=False)
    before = len([w for w in words if w.start() < at])
    for _kind, start, end, drafted_start, drafted_end in matcher.get_opcodes():
        if start <= before < end or (before == end == len(words)):
            count = min(drafted_start + before - start, drafted_end)
            return drafted[count].start() if count < len(drafted) else len(draft)
    return len(draft)


def _put(
    report: Report,
    old: tuple[ReportSentence, ...],
    new: tuple[ReportSentence, ...],
    now: datetime,
) -> Report:
    gone = {sentence.id for sentence in old}
    sentences: list[ReportSentence] = []
    for sentence in report.sentences:
        if sentence.id == old[0].id:
            sentences += new
        elif sentence.id not in gone:
            sentences.append(sentence)
    return replace(report, sentences=tuple(sentences), updated=now)
