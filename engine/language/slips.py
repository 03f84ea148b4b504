"""Corrects misspelt words of a sentence for reading, as the spelling check would suggest.

The report keeps its words, and the spelling check asks about them. Only a word that is close to one
of the lexicon's and is no English word is corrected.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from engine.language.lexicon import cue_words, finding_words

# Words that may be misspelt; "#" means a fracture unless a number follows ("#2"); "CTR > 50 %".
_WORD_OR_SIGN = re.compile(
    r"(?<![\w'-])[A-Za-z]{5,30}(?![\w'])|#(?!\s*\d+(?!\d|st|nd|rd|th))|(?<![\w-])[-+]ve\b|[\u00d8\u2205\u2300](?=\s*[a-zA-Z])|(?<=\bCTR)\s*>|(?<=\bratio)\s*>"
)
_SIGNS = {
    "#": " fracture ",
    ">": " above ",
    "-ve": "negative",
    "+ve": "positive",
    **dict.fromkeys("\u00d8\u2205\u2300", " no "),
}
_MOST_EDITS = 2
_LONG = 9
"""Words of at least this length may have two wrong letters, shorter ones one."""


@dataclass(frozen=True, slots=True)
class Mended:
    """The corrected text, and how to get back to offsets of the original.

    Attributes:
        shifts: For each replaced word: start and end in the corrected text, then in the original.
    """

    text: str
    shifts: tuple[tuple[int, int, int, int], ...] = ()

    def original(self, position: int) -> int:
        """The offset in the original text."""
        offset = position
        for start, end, old_start, old_end in self.shifts:
            if position >= end:
                offset = position - end + old_end
            elif position > start:
                return old_start if position - start < end - position else old_end
        return offset


def mended(sentence: str) -> Mended:
    """The sentence with misspelt words of the lexicon corrected and signs written as words."""
    text, copied = "", 0
    shifts: list[tuple[int, int, int, int]] = []
    for match in _WORD_OR_SIGN.finditer(sentence):
        meant = _SIGNS.get(match[0].strip()) or _meant(match[0].lower())
        if not meant:
            continue
        text += sentence[copied : match.start()]
        shifts.append((len(text), len(text) + len(meant), match.start(), match.end()))
        text += meant
        copied = match.end()
    return Mended(text + sentence[copied:], tuple(shifts)) if shifts else Mended(sentence)


@lru_cache(maxsize=4096)
def _meant(word: str) -> str:
    """The lexicon's word that a misspelt one stands for; empty if it is spelt right or unknown."""
    if word in finding_words() or word in cue_words():
        return ""
    near = [known for known in _candidates(word) if _edits(word, known) <= _allowed(word)]
    if not near:
        return ""
    # Loading the word list takes time: only for a word that may be misspelt.
    from engine.language.spelling import is_word, suggestions  # noqa: PLC0415

    if is_word(word):
        return ""
    near.sort(key=lambda known: (_edits(word, known), known[0] != word[0], known))
    if len(near) == 1 or _edits(word, near[0]) > 1:
        # The spelling check takes seconds to find words at a distance of two letters.
        return near[0]
    suggested = suggestions(word)
    return next((known for known in near if known in suggested), near[0])


def _allowed(word: str) -> int:
    return _MOST_EDITS if len(word) >= _LONG else 1


@cache
def _by_letter() -> dict[str, tuple[str, ...]]:
    words = finding_words()
    return {
        letter: tuple(sorted(word for word in words if letter in word[:2] and len(word) > 4))
        for letter in {letter for word in words for letter in word[:2]}
    }


def _candidates(word: str) -> Sequence[str]:
    """Words of similar length that share one of the first two letters: slips keep one of them."""
    near = dict.fromkeys(known for letter in word[:2] for known in _by_letter().get(letter, ()))
    most, letters = _allowed(word), frozenset(word)
    # One wrong letter takes one letter away and brings one in.
    return [
        known
        for known in near
        if abs(len(known) - len(word)) <= most and len(letters ^ _letters(known)) <= 2 * most
    ]


@cache
def _letters(known: str) -> frozenset[str]:
    return frozenset(known)


def _edits(one: str, other: str) -> int:
    """Edit distance of two words: insertions, deletions, changes and transpositions (Damerau 1964).

    Beyond `_MOST_EDITS` the result is `_MOST_EDITS + 1`.
    """
    if abs(len(one) - len(other)) > _MOST_EDITS:
        return _MOST_EDITS + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        last, before, row = before, row, [i]
        for j, known in enumerate(other, 1):
            cost = min(row[j - 1] + 1, before[j] + 1, before[j - 1] + (letter != known))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == known:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
        if min(row) > _MOST_EDITS:
            return _MOST_EDITS + 1
    return row[-1]
