"""Whether a sentence says more than is read in it.

The lexicon cannot know every finding. A sentence in which nothing is read is therefore not taken
for silence, unless it plainly speaks of the film or of normal things, nor is a denial with words
beside it that nothing accounts for: "no effusion, suspicious spot on the left".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from engine.language.areas import area_terms
from engine.language.clauses import Clause, Clauses, Named
from engine.language.lexicon import finding_lexicon, phrase_lists
from engine.language.phrases import Match, Phrases, folded, found
from engine.language.reader import named, opened
from engine.language.scopes import Scopes, scopes_of
from engine.language.slips import mended

_WORD = re.compile(r"[a-z][a-z']*")
_DENIAL = "denies_after"
_CUES = (
    *(_DENIAL, "denies_before", "denies_at_end", "removes_before", "doubtful_denials"),
    *("doubts_after", "doubts_before", "describes"),
)
_COURSE = ("new", "larger", "smaller", "same", "gone")


@lru_cache(maxsize=4096)
def says_more(sentence: str) -> bool:
    """Whether some of its words may state a finding that is not read; for one sentence."""
    text = opened(folded(mended(sentence).text))
    names = named(text)
    if not names:
        return bool(_WORD.search(text)) and not _is_harmless(text)
    clauses = Clauses(text, names)
    scopes = scopes_of(clauses, names)
    accounted = [*_accounted(text), *_denied(clauses, scopes)]
    return any(
        any(_left(text, clause.start, clause.end, accounted))
        for clause in clauses.items
        if not _is_described(clause, scopes)
    )


def _is_harmless(text: str) -> bool:
    """Whether a sentence without a name speaks only of the film or of normal things."""
    lists = phrase_lists("unread")
    telling = [*found(lists["technique"], text), *found(lists["normal"], text)]
    telling += found(finding_lexicon().pitfalls, text)
    known = (lists["plain"], *_places())
    words = [*_spans(telling), *_spans(match for listed in known for match in found(listed, text))]
    return bool(telling) and not any(_left(text, 0, len(text), words))


def _is_described(clause: Clause, scopes: Scopes) -> bool:
    """Whether the clause asserts a finding, so that its other words may describe it."""
    return any(
        one in scopes.turned if one.is_normal else one not in scopes.denied for one in clause.names
    )


def _accounted(text: str) -> Iterator[tuple[int, int]]:
    """Spans of the words of findings, places, degrees, courses and cues, and of plain words."""
    lexicon, lists = finding_lexicon(), phrase_lists("unread")
    known: list[Phrases] = [lexicon.terms, lexicon.normal, lexicon.pitfalls, *_places()]
    known += [listed for _, listed in lexicon.severities]
    known += [phrase_lists("scopes")[key] for key in _CUES]
    known += [phrase_lists("course")[key] for key in _COURSE]
    known += [lists[key] for key in ("plain", "technique", "normal")]
    return _spans(match for listed in known for match in found(listed, text))


def _places() -> Iterator[Phrases]:
    yield from (listed for _, listed in finding_lexicon().places)
    yield from area_terms()


def _denied(clauses: Clauses, scopes: Scopes) -> Iterator[tuple[int, int]]:
    """Spans from a cue to the first name that it denies: "no destructive osseous lesion"."""
    for cue in found(phrase_lists("scopes")[_DENIAL], clauses.text):
        clause = clauses.items[clauses.index(cue.start)]
        behind = (one for one in clause.names if one.match.start >= cue.end)
        first: Named | None = next(behind, None)
        if first is not None and first in scopes.denied:
            yield cue.start, first.match.end


def _spans(matches: Iterable[Match]) -> Iterator[tuple[int, int]]:
    return (span for match in matches for span in match.words)


def _left(
    text: str, start: int, end: int, accounted: Iterable[tuple[int, int]]
) -> Iterator[re.Match[str]]:
    """The words between two offsets that no span covers."""
    spans = tuple(accounted)
    return (
        word
        for word in _WORD.finditer(text, start, end)
        if not any(first <= word.start() and word.end() <= last for first, last in spans)
    )
