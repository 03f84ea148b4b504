"""Spelling of English reports, without a network: a general list, a medical one, and the reader's.

The general list is pyspellchecker's, the medical one `resources/dictionaries/medical.txt` with the
lexicon's own words. Only words are checked, never grammar; what holds a digit, stands in capitals
or within a field is left alone.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from spellchecker import SpellChecker

from engine.domain.fields import fields_in
from engine.paths import resources

MOST_SUGGESTIONS = 5
_WORD = re.compile(r"(?<![\w.'’-])[A-Za-z][A-Za-z'’]*[A-Za-z](?![\w'’])")
_LETTERS = re.compile(r"[a-z]{2,}")
_OWNER = re.compile(r"['’]s$")
# The list's lock: building its table is not safe from two threads at once.
_LOCK = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Misspelling:
    """A word that no list has.

    Attributes:
        word: As it stands in the text.
        start: Its first character.
        end: One past its last.
    """

    word: str
    start: int
    end: int


def misspellings(text: str, own: frozenset[str] = frozenset()) -> tuple[Misspelling, ...]:
    """Words of a text that neither the lists nor the reader's own words have.

    Args:
        text: Of a sentence.
        own: The reader's words, lower case.
    """
    spans = [(field.start, field.end) for field in fields_in(text)]
    return tuple(
        Misspelling(word=match[0], start=match.start(), end=match.end())
        for match in _WORD.finditer(text)
        if not match[0].isupper()
        and not any(start <= match.start() < end for start, end in spans)
        and not _is_known(match[0], own)
    )


def suggestions(word: str) -> tuple[str, ...]:
    """Words that may have been meant, the likeliest first, in the case of the word."""
    checker = _checker()
    asked = word.lower().replace("’", "'")
    candidates = checker.candidates(asked) or set()
    medical = _medical()
    # A report's own words before the language's: "efusion" is no fusion.
    ordered = sorted(candidates - {asked}, key=lambda one: (one not in medical, -checker[one], one))
    found = ordered[:MOST_SUGGESTIONS]
    return tuple(one.capitalize() if word[:1].isupper() else one for one in found)


def _is_known(word: str, own: frozenset[str]) -> bool:
    asked = word.lower().replace("’", "'")
    plain = _OWNER.sub("", asked)
    if asked in own or plain in own:
        return True
    checker = _checker()
    return asked in checker or plain in checker


@cache
def _medical() -> frozenset[str]:
    folder = resources()
    words = (folder / "dictionaries" / "medical.txt").read_text(encoding="utf-8").split()
    lexicon: Iterable[str] = (
        word
        for path in sorted((folder / "lexicon").glob("*.json"))
        # It names categories ("Spinal Fusion"), not words of reports.
        if path.stem != "negation"
        for phrase in re.findall(r'"([^"*]*)"', path.read_text(encoding="utf-8").lower())
        for word in _LETTERS.findall(phrase)
    )
    return frozenset(words) | frozenset(word for word in lexicon if word != "xxxx")


def _checker() -> SpellChecker:
    with _LOCK:
        return _built()


@cache
def _built() -> SpellChecker:
    checker = SpellChecker(language="en")
    checker.word_frequency.load_words(_medical())
    return checker
