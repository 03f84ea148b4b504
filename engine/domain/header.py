"""A file's header as readable lines. Its values are patient data and only go to the screen."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderElement:
    """One data element.

    Attributes:
        tag: E.g. "(0010,0010)".
        name: As in the standard's dictionary; empty for an unknown private element.
        vr: Value representation, e.g. "PN".
        value: As text, shortened; for binary data the number of bytes.
        depth: 0 in the data set itself, 1 in an item of a sequence, and so on.
    """

    tag: str
    name: str
    vr: str
    value: str
    depth: int = 0

    def matches(self, words: str) -> bool:
        """Whether every word occurs in the tag, the name or the value, ignoring case."""
        text = f"{self.tag} {self.name} {self.value}".casefold()
        return all(word in text for word in words.casefold().split())
