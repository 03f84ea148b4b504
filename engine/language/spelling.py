"""Spelling of English reports, offline: a general word list, a medical one and the reader's own.

The general list is pyspellchecker's, the medical one `resources/dictionaries/medical.txt` with the
lexicon's words. Only words are checked, never grammar; a word with a digit, in capitals or inside a
field is skipped.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

from engine.domain.fields import fields_in
from engine.domain.misspelling import Misspelling
from engine.paths import resources

if TYPE_CHECKING:
    from spellchecker import SpellChecker

MOST_SUGGESTIONS = 5
_WORD = re.compile(r"(?<![\w.'’-])[A-Za-z][A-Za-z'’]*[A-Za-z](?![\w'’])")
_LETTERS = re.compile(r"[a-z]{2,}")
_OWNER = re.compile(r"['’]s$")
# Lexicon files that name categories ("Spinal Fusion"), not words of reports.
_NAMES_OF_FINDINGS = {"negation", "normal_report"}
# Guards the construction of the word list, which is not thread-safe.
_LOCK = threading.Lock()


def misspellings(text: str, own: frozenset[str] = frozenset()) -> tuple[Misspelling, ...]:
    """Words of a text that are in neither word list and not among the reader's own words.

    Args:
        text: The text of a sentence.
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


def is_word(word: str) -> bool:
    """Whether a lower-case word is in one of the lists."""
    return _is_known(word, frozenset())


def suggestions(word: str) -> tuple[str, ...]:
    """Words that may have been meant, likeliest first, capitalised like the word."""
    checker = _checker()
    asked = word.lower().replace("’", "'")
    candidates = checker.candidates(asked) or set()
    medical = _medical()
    # Medical words come before general ones, and the first letter is hardly ever wrong:
    # "efusion" is not "fusion".
    ordered = sorted(
        candidates - {asked},
        key=lambda one: (one not in medical, one[:1] != asked[:1], -checker[one], one),
    )
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
        if path.stem not in _NAMES_OF_FINDINGS
        for phrase in re.findall(r'"([^"*]*)"', path.read_text(encoding="utf-8").lower())
        for word in _LETTERS.findall(phrase)
    )
    return frozenset(words) | frozenset(word for word in lexicon if word != "xxxx")


def _checker() -> SpellChecker:
    with _LOCK:
        return _built()


@cache
def _built() -> SpellChecker:
    from spellchecker import SpellChecker  # noqa: PLC0415  its list takes a while to read

    checker = SpellChecker(language="en")
    checker.word_frequency.load_words(_medical())
    return checker
