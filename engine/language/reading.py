"""A report as the guards read it: its kept sentences with their findings."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from engine.domain.finding import Finding
from engine.domain.report import Report, Section, SentenceId
from engine.language.findings import findings_in, sentences_of
from engine.language.phrases import folded

# Words that limit a denial: "no large effusion" leaves a small one possible.
_LIMITED = re.compile(
    r"\b(large|acute|active|displaced|new|suspicious|definite|definitive|overt|significant|other|"
    r"additional|gross|discrete|lobar|dominant|noncalcified|non-calcified|typical|convincing|"
    r"superimposed|massive|sizable|sizeable|obvious|confluent|worrisome|frank|further|"
    r"evidence of active|recent|enlarging|worsening|moderate|"
    r"upper limits?|top normal|borderline|appreciable|confident|focal air ?space|"
    r"air ?space opacit\w*)\b"
)
_LIMITED_BEHIND = re.compile(r"\b(?:clearly|definit\w+|convincingly|confidently|with certainty)\b")
_EXCEPTION = re.compile(
    r"\b(except|otherwise|other than|apart from|aside from|remain\w*|rest of|however|but"
    r"|although)\b"
)
# "The previous film showed an effusion" says nothing about this film,
_OF_ANOTHER_FILM = re.compile(
    r"^\W*(?:(?:the|an?|her|his|on|in|most|recent) )*"
    r"(?:prior|previous|earlier|last|old|older|outside|yesterday's) "
    # unless the sentence goes on to this film.
    r"(?!.*(?:[,;]|\bbut\b|\bnow\b|\btoday\b))"
    r"(?:(?!is\b|was\b|has\b)[\w/]+ ){1,6}?"
    r"(?:showed|shows|demonstrate[sd]|reveal(?:s|ed)|had|there (?:was|were))\b"
)
READ = (Section.FINDINGS, Section.IMPRESSION)
"""Sections that describe the films."""
_LOOK_BACK = 45
"""Greatest distance in characters of a limiting word before a denied finding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One finding with the sentence that states it.

    Attributes:
        is_limited: Whether it is a denial with a reservation ("no large effusion"), or its sentence
            makes an exception.
    """

    sentence_id: SentenceId
    section: Section
    text: str
    finding: Finding
    is_limited: bool


def statements_of(report: Report) -> tuple[Statement, ...]:
    """The statements of findings and impression, in reading order."""
    return tuple(
        statement
        for section in READ
        for sentence in report.kept(section)
        for statement in statements_in(sentence.text, sentence.id, sentence.section)
    )


def statements_in(text: str, sentence_id: SentenceId, section: Section) -> tuple[Statement, ...]:
    """The statements in the text of one report row; it may hold several sentences."""
    return tuple(
        Statement(
            sentence_id=sentence_id,
            section=section,
            text=part,
            finding=finding,
            is_limited=is_limited,
        )
        for part, finding, is_limited in _read_row(text)
    )


@lru_cache(maxsize=4096)
def _read_row(text: str) -> tuple[tuple[str, Finding, bool], ...]:
    """The findings of a row by sentence; cached, because typing changes one row of many."""
    return tuple(
        (part, finding, _is_limited(part, finding))
        for part in sentences_of(text)
        if not _OF_ANOTHER_FILM.match(folded(part))
        for finding in findings_in(part)
    )


def _is_limited(text: str, finding: Finding) -> bool:
    if _EXCEPTION.search(text.lower()):
        return True
    if finding.is_asserted:
        return False
    others = [f.end for f in findings_in(text) if f.end <= finding.start]
    start = max([finding.start - _LOOK_BACK, 0, *others])
    behind = text[finding.end : finding.end + _LOOK_BACK].lower()
    return (
        _LIMITED.search(text[start : finding.end].lower()) is not None
        or _LIMITED_BEHIND.search(behind) is not None
    )
