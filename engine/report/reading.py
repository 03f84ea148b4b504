"""A report as the guards read it: its kept sentences with what each of them says."""

from __future__ import annotations

import re
from dataclasses import dataclass

from engine.domain.finding import Finding
from engine.domain.report import Report, ReportSentence, Section, SentenceId
from engine.report.findings import findings_in, sentences_of

# What limits a denial: "no large effusion" leaves a small one possible.
_LIMITED = re.compile(
    r"\b(large|acute|active|displaced|new|suspicious|definite|definitive|overt|significant|other|"
    r"additional|gross|discrete|lobar|dominant|noncalcified|non-calcified|typical|convincing|"
    r"superimposed|massive|sizable|sizeable|obvious|confluent|worrisome|frank|further|"
    r"evidence of active|recent|enlarging|worsening|moderate)\b"
)
_EXCEPTION = re.compile(
    r"\b(except|otherwise|other than|apart from|aside from|remain\w*|rest of|however|but"
    r"|although)\b"
)
READ = (Section.FINDINGS, Section.IMPRESSION)
"""Sections that say what the films show."""
_LOOK_BACK = 45
"""How many characters before a denied finding a limiting word may stand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One finding with the sentence that makes it.

    Attributes:
        is_limited: Whether it is a denial with a reservation ("no large effusion"), or a sentence
            that makes an exception.
    """

    sentence_id: SentenceId
    section: Section
    text: str
    finding: Finding
    is_limited: bool


def statements_of(report: Report) -> tuple[Statement, ...]:
    """What the findings and the impression say, in reading order."""
    return tuple(
        statement
        for section in READ
        for sentence in report.kept(section)
        for statement in _statements(sentence)
    )


def _statements(sentence: ReportSentence) -> list[Statement]:
    return [
        Statement(
            sentence_id=sentence.id,
            section=sentence.section,
            text=part,
            finding=finding,
            is_limited=_is_limited(part, finding),
        )
        for part in sentences_of(sentence.text)
        for finding in findings_in(part)
    ]


def _is_limited(text: str, finding: Finding) -> bool:
    if _EXCEPTION.search(text.lower()):
        return True
    if finding.is_asserted:
        return False
    others = [f.end for f in findings_in(text) if f.end <= finding.start]
    start = max([finding.start - _LOOK_BACK, 0, *others])
    return _LIMITED.search(text[start : finding.end].lower()) is not None
