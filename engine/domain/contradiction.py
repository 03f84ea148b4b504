"""Contradictions that the reader lets stand, pair by pair, each with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from engine.domain.report import KeptContradiction, Report, SentenceId
from engine.errors import ReportStateError


def with_kept(
    report: Report, sentence_ids: Sequence[SentenceId], rule: str, reason: str, now: datetime
) -> Report:
    """The report with the reader's decision that these sentences may stand as they are.

    Args:
        report: An editable report.
        sentence_ids: Two or more sentences, or one that a rule asks about alone.
        rule: Name of the guard rule.
        reason: Why the sentences do not contradict each other.
        now: UTC.

    Raises:
        ReportStateError: The report is signed, or the reason is empty.
    """
    if not report.is_editable:
        raise ReportStateError("A signed report cannot be changed.")
    if not reason.strip():
        raise ReportStateError("Say why both sentences are right.")
    first, *others = (report.sentence(sentence_id) for sentence_id in sentence_ids)
    kept = tuple(
        KeptContradiction(rule=rule, other=one.id, words=(first.text, one.text), reason=reason)
        for one in others or [first]
    )
    changed = replace(first, kept=(*first.kept, *kept))
    sentences = tuple(changed if s.id == first.id else s for s in report.sentences)
    return replace(report, sentences=sentences, updated=now)


def has_kept(report: Report, sentence_ids: Sequence[SentenceId], rule: str) -> bool:
    """Whether the reader let that contradiction stand, in the present wording of the sentences."""
    first, *others = (report.sentence(sentence_id) for sentence_id in sentence_ids)
    known = {(one.rule, one.other, one.words) for one in first.kept}
    return all((rule, one.id, (first.text, one.text)) in known for one in others or [first])
