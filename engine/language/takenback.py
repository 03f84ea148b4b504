"""Denials that a later clause of the same sentence takes back.

"No effusion yesterday, now a moderate one", "had resolved but has recurred", "no pneumothorax save
for a thin apical rim": the finding is there, and the later clause says where.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from dataclasses import dataclass, field

from engine.language.clauses import Clause, Clauses, Named
from engine.language.lexicon import phrase_lists, word_set
from engine.language.phrases import found

_NO = re.compile(r"\b(?:no|not|none|nil|never|without|neither|nor|resolved|cleared|gone)\b")
_NOW = re.compile(
    r"[^\w]*(?:(?:but|and|however|there|is|are|has|have)\W+)*"
    r"(?:now|today|currently|since|subsequently|at present|on today's)\b"
)
_BARE_NOW = re.compile(r"[^\w]*(?:but|and)?\s*(?:is|are)?\s*(?:present|there|seen|visible)\s+now\b")
_PAST = re.compile(
    r"\b(?:was|were|had|previous(?:ly)?|yesterday|before|formerly|earlier|initially|prior|last"
    r"|then|at first|on \d+)\b"
)
_SIZE = re.compile(r"\d\s*(?:mm|cm|%)")
_THEN = re.compile(
    r"(?<!as )(?<!than )(?<!seen )(?<!noted )\b(?:"
    r"previously(?! (?:seen|noted|described|reported|identified|shown|known))"
    r"|yesterday|formerly|initially|originally|at first|last (?:week|month|year|night)"
    r"|\w+ ago|in (?:19|20)\d\d"
    r"|on the (?:first|earlier|prior|previous|initial|last)"
    r" (?:film|study|radiograph|image|examination|x-?ray)"
    r"|on \d{1,2}(?:st|nd|rd|th)? (?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec))"
)
_WORD = re.compile(r"[a-z]+")


@dataclass(frozen=True, slots=True)
class TakenBack:
    """Denied names of a sentence that are there all the same.

    Attributes:
        there: Each name that is there, with the index of the clause that says so.
        told_again: Names that the later clause repeats; its own words say what is there.
    """

    there: Mapping[Named, int] = field(default_factory=dict)
    told_again: frozenset[Named] = frozenset()


def taken_back(clauses: Clauses, denied: Set[Named]) -> TakenBack:
    """The denied names that a later clause takes back."""
    there: dict[Named, int] = {}
    again: set[Named] = set()
    for number, clause in enumerate(clauses.items[1:], start=1):
        before = [one for one in clauses.names_before(number) if one in denied]
        if not before:
            continue
        words = clauses.text[clause.link_start : clause.end]
        is_then = _is_of_then(clauses, number) and _NO.search(words) is None
        if not (
            _is_now(clauses, number, words)
            or _says_again(clauses, clause, words)
            or (is_then and clause.names)
        ):
            is_rest = _is_a_rest(clauses, clause) or (is_then and _is_bare(words))
            if not clause.names and is_rest:
                there.update(dict.fromkeys(before, number))
            continue
        named = {name for one in clause.names for name in one.categories}
        again |= {one for one in before if not named.isdisjoint(one.categories)}
        if not clause.names and _says_one(words):
            there.update(dict.fromkeys(before, number))
    return TakenBack(there, frozenset(again))


def _is_now(clauses: Clauses, number: int, words: str) -> bool:
    """Whether a clause tells of today what the clause before denies of an earlier film."""
    if (_NOW.match(words) or _BARE_NOW.match(words)) is None or _NO.search(words):
        return False
    return _PAST.search(_denial_before(clauses, number)) is not None


def _is_of_then(clauses: Clauses, number: int) -> bool:
    """Whether the denial before a clause is plainly of an earlier film."""
    return _THEN.search(_denial_before(clauses, number)) is not None


def _denial_before(clauses: Clauses, number: int) -> str:
    """The words from the nearest earlier clause that names something up to this clause."""
    at = next(n for n in range(number - 1, -1, -1) if clauses.items[n].names)
    # An adverb may stand before its first comma: "previously, no effusion".
    start = 0 if at <= 1 else clauses.items[at].link_start
    return clauses.text[start : clauses.items[number].link_start]


def _is_bare(words: str) -> bool:
    """Whether a clause has only words of degree, place and size: "today a large one"."""
    lists = (word_set("scopes", key) for key in ("rests", "places", "grades", "says_one", "links"))
    found = _WORD.findall(words)
    return bool(found) and frozenset[str]().union(*lists).issuperset(found)


def _says_one(words: str) -> bool:
    """Whether a clause says that something is there: a degree, a size, "one", "recurred"."""
    told = word_set("scopes", "grades") | word_set("scopes", "says_one")
    return not told.isdisjoint(_WORD.findall(words)) or _SIZE.search(words) is not None


def _says_again(clauses: Clauses, clause: Clause, words: str) -> bool:
    """Whether a clause says that what was gone has come back."""
    cues = found(phrase_lists("scopes")["comes_back"], clauses.text)
    is_back = any(clause.link_start <= cue.start < clause.end for cue in cues)
    return is_back and _NO.search(words) is None


def _is_a_rest(clauses: Clauses, clause: Clause) -> bool:
    """Whether a clause excepts a part of the finding: "apart from a thin rim at the apex"."""
    opening = next(
        (
            cue
            for cue in found(phrase_lists("scopes")["excepts"], clauses.text)
            if clause.link_start <= cue.start <= clause.start + 1
        ),
        None,
    )
    if opening is None:
        return False
    words = _WORD.findall(clauses.text[opening.end : clause.end])
    known = (
        word_set("scopes", "rests") | word_set("scopes", "places") | word_set("scopes", "grades")
    )
    return bool(words) and known.issuperset(words)
