"""A word that is in no word list."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Misspelling:
    """A misspelt word and its position in the text.

    Attributes:
        word: As it stands in the text.
        start: Index of its first character.
        end: One past its last character.
    """

    word: str
    start: int
    end: int
