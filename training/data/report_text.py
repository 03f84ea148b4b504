"""Cleaning of reports to lower-case words, as R2Gen and CMCRL do it (cmcrl.md 1.3).

Followed to the letter, quirks included, so that figures can be compared: decimals fuse ("5.2 cm"
becomes "52 cm"), the character class contains a range from ":" to "[", so the hyphen stays, the
de-identification mark becomes the word "xxxx", and the end of a sentence is the word ".".
"""

from __future__ import annotations

import re
from enum import StrEnum

END = "."
MARK = "xxxx"
"""The word in place of text that was removed to protect the patient."""

_QUOTES = re.compile(r"[\"/\\']")
_PUNCTUATION = re.compile(r"[.,?;*!%^&_+():-\[\]{}]")
_LIST_NUMBERS = range(2, 6)


def clean(report: str) -> str:
    """The report as words separated by single blanks; each sentence ends with the word ".".

    An empty report gives an empty text.
    """
    sentences = [_clean_sentence(sentence) for sentence in _split(report)]
    words = f" {END} ".join(sentences).split()
    return " ".join([*words, END]) if words else ""


def sentences(cleaned: str) -> tuple[str, ...]:
    """Sentences of a cleaned text without their final "."; empty ones are left out."""
    parts = f" {cleaned} ".split(f" {END} ")
    return tuple(part.strip() for part in parts if part.strip())


class Marks(StrEnum):
    """What to do with a target's sentences that have a removed word."""

    LEAVE_OUT = "leave out"
    UNMARK = "unmark"
    KEEP = "keep"


def target_text(cleaned: str, marks: Marks) -> str:
    """The cleaned text as a model learns to write it.

    Args:
        cleaned: The report.
        marks: LEAVE_OUT drops sentences with a removed word, UNMARK drops only the word, KEEP, as
            in the paper, drops nothing.
    """
    if marks is Marks.KEEP:
        return cleaned
    if marks is Marks.LEAVE_OUT:
        return without_marks(cleaned)
    unmarked = (" ".join(w for w in part.split() if w != MARK) for part in sentences(cleaned))
    return " ".join(f"{part} {END}" for part in unmarked if part)


def without_marks(cleaned: str) -> str:
    """The cleaned text without sentences that contain a removed word.

    For training targets only: a reference for scoring keeps them.
    """
    kept = [sentence for sentence in sentences(cleaned) if MARK not in sentence.split()]
    return "".join(f"{sentence} {END} " for sentence in kept).strip()


def _split(report: str) -> list[str]:
    text = report
    for _ in range(3):
        text = text.replace("..", ".")
    text = text.replace("1. ", "")
    for number in _LIST_NUMBERS:
        text = text.replace(f". {number}. ", ". ")
    for number in _LIST_NUMBERS:
        text = text.replace(f" {number}. ", ". ")
    return text.strip().lower().split(". ")


def _clean_sentence(sentence: str) -> str:
    return _PUNCTUATION.sub("", _QUOTES.sub("", sentence)).strip()
