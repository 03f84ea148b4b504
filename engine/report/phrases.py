"""The small language of the lexicon's phrases, and their compilation to regular expressions.

A phrase is written in words: `a|b` is either, `effusion*` any word that begins so, `mild?` a word
that may be left out, `~` up to five words of no interest. "heart|cardiac ~ enlarged" finds "heart
size is mildly enlarged". Blanks stand for blanks or hyphens. Matching expects `folded` text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_BETWEEN = r"[\s-]+"
# Words that a gap does not run over: behind them the sentence speaks of something else.
_GAP_ENDS = (
    r"but|however|although|though|except|otherwise|without|with|normal|unremarkable|clear|intact|"
    r"longer|there|which|while|limits|top|borderline|enlarged"
)
_GAP = rf"(?:,?{_BETWEEN}(?!(?:{_GAP_ENDS})\b)[\w'/]+){{0,5}}?,?{_BETWEEN}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Where a phrase was found.

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
        """Whether the other one only repeats words of this one."""
        return self.weight > other.weight and all(
            any(start <= s and e <= end for start, end in self.words) for s, e in other.words
        )


def folded(text: str) -> str:
    """Lower case of the same length: offsets stay those of the text."""
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def compiled(phrase: str) -> re.Pattern[str]:
    """The regular expression of one phrase; a group for each word that it names.

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


def found(patterns: tuple[re.Pattern[str], ...], text: str) -> Iterator[Match]:
    """Every match of each pattern in folded text, those that overlap included once each."""
    if not patterns or _any_of(patterns).search(text) is None:
        return
    for pattern in patterns:
        for match in pattern.finditer(text):
            words = tuple(
                match.span(group) for group in range(1, pattern.groups + 1) if match[group]
            )
            yield Match(start=match.start(), end=match.end(), words=words)


# By identity: hashing a list of patterns costs more than searching with it. The lists live as long
# as the process (`engine.report.lexicon` reads each once).
_UNIONS: dict[int, tuple[tuple[re.Pattern[str], ...], re.Pattern[str]]] = {}


def _any_of(patterns: tuple[re.Pattern[str], ...]) -> re.Pattern[str]:
    """One expression that matches where any of them does: most lists match nowhere."""
    kept = _UNIONS.get(id(patterns))
    if kept is None or kept[0] is not patterns:
        kept = (patterns, re.compile("|".join(pattern.pattern for pattern in patterns)))
        _UNIONS[id(patterns)] = kept
    return kept[1]


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
