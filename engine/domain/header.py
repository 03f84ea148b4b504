"""A file's header as lines to read: for the screen only, since its values are patient data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderElement:
    """One data element.

    Attributes:
        tag: E.g. "(0010,0010)".
        name: As in the standard's dictionary; empty for a private element that nobody knows.
        vr: Value representation, e.g. "PN".
        value: As text, shortened; for bytes how many there are.
        depth: 0 in the data set itself, 1 in an item of a sequence, and so on.
    """

    tag: str
    name: str
    vr: str
    value: str
    depth: int = 0

    def matches(self, words: str) -> bool:
        """Whether every word is part of the tag, the name or the value, in either case."""
        text = f"{self.tag} {self.name} {self.value}".casefold()
        return all(word in text for word in words.casefold().split())
