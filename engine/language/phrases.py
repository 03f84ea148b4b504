"""The notation of the lexicon's phrases, and their compilation to regular expressions.

A phrase is written in words: `a|b` is either, `effusion*` any word with that beginning, `mild?` an
optional word, `~` up to five words of no interest. "heart|cardiac ~ enlarged" finds "heart size is
mildly enlarged". A blank matches blanks and hyphens. Matching expects `folded` text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

_BETWEEN = r"[\s-]+"
# Words that a gap must not contain: after them the sentence speaks of something else.
_GAP_ENDS = (
    r"but|however|although|though|except|otherwise|without|with|normal|unremarkable|clear|intact|"
    r"longer|there|which|while|limits|top|borderline|enlarged"
)
# Substitutes of word processors for blank, hyphen and quote, and foreign line ends.
_PLAIN = str.maketrans(
    {
        **dict.fromkeys("\u00a0\u2007\u202f\u2009\t", " "),
        **dict.fromkeys("\u2010\u2011\u2212", "-"),
        **dict.fromkeys("\u2018\u2019\u02bc", "'"),
        **dict.fromkeys("\u2028\u2029\u0085\v\f\r", "\n"),
    }
)
_FIRST_WORD = re.compile(r"(?<![\w-])\w+")
_LEADING_WORD = re.compile(r"\w+\*?")
_STEM = 4
"""Number of letters of a stem that are looked up; the pattern compares the rest."""
_GAP = rf"(?:,?{_BETWEEN}(?!(?:{_GAP_ENDS})\b)[\w'/&]+){{0,5}}?,?{_BETWEEN}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """One occurrence of a phrase.

    Attributes:
        words: Spans of the words that the phrase itself names, without those of a gap.
    """

    start: int
    end: int
    words: tuple[tuple[int, int], ...]

    @property
    def weight(self) -> int:
        """Number of characters that the phrase names."""
        return sum(end - start for start, end in self.words)

    def covers(self, other: Match) -> bool:
        """Whether the other match only repeats words of this one."""
        return self.weight > other.weight and all(
            any(start <= s and e <= end for start, end in self.words) for s, e in other.words
        )


def same_length(text: str) -> str:
    """The text with plain blanks, hyphens, quotes and line ends; every offset stays valid."""
    return text.translate(_PLAIN)


def folded(text: str) -> str:
    """Lower case with plain blanks, hyphens and quotes; every offset stays valid."""
    plain = same_length(text)
    return plain.lower() if plain.isascii() else "".join(map(_lower, plain))


def _lower(letter: str) -> str:
    lower = letter.lower()
    return lower if len(lower) == 1 else letter


def compiled(phrase: str) -> re.Pattern[str]:
    """The regular expression of one phrase, with a group for each word that it names.

    Raises:
        ValueError: The phrase begins or ends with a gap.
    """
    pieces = phrase.split()
    if not pieces or pieces[0] == "~" or pieces[-1] == "~":
        raise ValueError(f"not a phrase: {phrase!r}")
    source = ""
    link = ""
    for piece in pieces:
        if piece == "~":
            link = _GAP
        elif piece.endswith("?"):
            source += f"(?:{link}{_word(piece[:-1])}(?!\\w))?" if link else _leading(piece)
            link = link and _BETWEEN
        else:
            source += link + _word(piece) + r"(?!\w)"
            link = _BETWEEN
    return re.compile(r"(?<![\w-])" + source)


@dataclass(frozen=True, slots=True, eq=False)
class Phrases:
    """The phrases of one list, indexed by their first word.

    Attributes:
        patterns: One for each phrase.
        words: Patterns by a complete first word.
        stems: Patterns by the first letters of an incomplete first word ("effusion*").
    """

    patterns: tuple[re.Pattern[str], ...]
    words: Mapping[str, tuple[re.Pattern[str], ...]]
    stems: Mapping[str, tuple[re.Pattern[str], ...]]

    @lru_cache(maxsize=16384)  # noqa: B019 - lists live as long as the program
    def beginning(self, word: str) -> tuple[re.Pattern[str], ...]:
        """The patterns whose phrase can begin with the word."""
        stems = (word[:length] for length in range(1, min(len(word), _STEM) + 1))
        by_stem = (pattern for stem in stems for pattern in self.stems.get(stem, ()))
        return (*self.words.get(word, ()), *by_stem)


def phrases(written: Iterable[str]) -> Phrases:
    """The phrases of a list, compiled.

    Raises:
        ValueError: A phrase begins or ends with a gap.
    """
    patterns = []
    words: dict[str, list[re.Pattern[str]]] = {}
    stems: dict[str, list[re.Pattern[str]]] = {}
    for phrase in written:
        pattern = compiled(phrase)
        patterns.append(pattern)
        for choice in dict.fromkeys(_beginnings(phrase)):
            if choice.endswith("*"):
                stems.setdefault(choice[:-1][:_STEM], []).append(pattern)
            else:
                words.setdefault(choice, []).append(pattern)
    return Phrases(
        patterns=tuple(patterns),
        words={word: tuple(dict.fromkeys(own)) for word, own in words.items()},
        stems={stem: tuple(dict.fromkeys(own)) for stem, own in stems.items()},
    )


def found(listed: Phrases, text: str) -> Iterator[Match]:
    """Matches of all phrases in folded text, in text order; those of one phrase do not overlap."""
    return (match for _, match in found_by(listed, text))


def found_by(listed: Phrases, text: str) -> Iterator[tuple[re.Pattern[str], Match]]:
    """`found`, each match with the pattern that found it."""
    ends: dict[re.Pattern[str], int] = {}
    for start, word in _first_words(text):
        for pattern in listed.beginning(word):
            if start < ends.get(pattern, 0):
                continue
            match = pattern.match(text, start)
            if match is not None:
                ends[pattern] = match.end()
                yield pattern, _match(match)


def begins(listed: Phrases, text: str, start: int) -> bool:
    """Whether one of the phrases begins at this offset of folded text."""
    word = _FIRST_WORD.match(text, start)
    return word is not None and any(
        pattern.match(text, start) is not None for pattern in listed.beginning(word[0])
    )


def _match(match: re.Match[str]) -> Match:
    spans = (match.span(group) for group in range(1, match.re.groups + 1))
    words = tuple(span for span in spans if span[0] >= 0)
    return Match(start=match.start(), end=match.end(), words=words)


@lru_cache(maxsize=512)
def _first_words(text: str) -> tuple[tuple[int, str], ...]:
    """Words that can begin a phrase, with their offsets; a word after a hyphen cannot."""
    return tuple((match.start(), match[0]) for match in _FIRST_WORD.finditer(text))


def _beginnings(phrase: str) -> Iterator[str]:
    """The possible first words of a phrase, stars included: all three of "mild? heart|cardiac"."""
    for piece in phrase.split():
        for choice in piece.removesuffix("?").split("|"):
            first = _LEADING_WORD.match(choice)
            if first is None:
                raise ValueError(f"not a phrase: {phrase!r}")
            yield first[0]
        if not piece.endswith("?"):
            return


def without_covered(matches: Iterable[Match]) -> tuple[Match, ...]:
    """The matches that do not merely repeat words of a longer one, in text order."""
    every = sorted(set(matches), key=lambda match: (match.start, match.end))
    return tuple(m for m in every if not any(other.covers(m) for other in every))


def _word(piece: str) -> str:
    choices = [
        re.escape(c[:-1]) + r"\w*" if c.endswith("*") else re.escape(c) for c in piece.split("|")
    ]
    return "(" + "|".join(choices) + ")"


def _leading(piece: str) -> str:
    return f"(?:{_word(piece[:-1])}{_BETWEEN})?"
