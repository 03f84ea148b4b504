"""Cues of denial and doubt in a sentence, and the findings that they reach.

Phrases that only look like a denial are excluded first: "not resolved" and "no change" deny a
change, "cannot exclude" and "not without" deny a denial, "no lateral view" denies a film.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from engine.domain.finding import Certainty, Polarity
from engine.language.clauses import Clauses, Named
from engine.language.lexicon import category_names, phrase_lists, word_set
from engine.language.phrases import Match, Phrases, found
from engine.language.takenback import TakenBack, taken_back

_LATE_NO = re.compile(r"\b(?:no|nil)(?: (?:evidence|sign|signs))?[\s.)]*$")
_MINUS = re.compile(r"\(\s*-\s*\)")
_QUERY = re.compile(r"\?(?=\s*[\w#])")
_LATE_QUERY = re.compile(r"\?(?=\s*$|\s*[,;)])|\(\s*\?\s*\)")
# Cues whose scope continues over "and" but never over a comma.
_SHORT = (
    *("resolution", "disappearance", "clearance", "removal", "extraction", "withdrawal"),
    *("rather", "instead", "resolved", "cleared", "gone", "vanished", "disappeared"),
)
# What follows is a list of possibilities, however its items are joined.
_OF_A_LIST = ("differential", "ddx", "dd", "either")
_NOT_SEEN = re.compile(
    r"(?:not|isn't|aren't)\s+(?:(?:well|been|be|\w+ly)\s+)?(?:seen|visible|visuali[sz]ed|demonstrated|identified|shown"
    r"|appreciated|included|imaged|assessed|outlined|delineated)\b"
)
# "No cause for the effusion", "no tension in the left pneumothorax": what is spoken of is there.
_OF_WHAT_IS_THERE = re.compile(
    r"\b(?:in|within|of|at|inside|around|beside|for|with|behind|beneath|from|into|through|about"
    r"|to (?:explain|account for)"
    r"|accounting for|explaining|responsible for|causing|adjacent to|surrounding|underlying"
    r"|overlying)\s+"
    r"(?P<the>(?:the|this|that|these|those|its)\s+)?"
)
_ANOTHER_PLACE = re.compile(
    r"[,;]|\b(?:and|or|nor|to|for|of|in|on|at|with|by|from|that|which|is|are|lungs|bases|apices|spaces"
    r"|sides|zones|lobes|suggest\w*|previous\w*|prior|earlier|former\w*)\b"
)
_OF_ANOTHER_VIEW = re.compile(
    r"\s*(?:on|in|at)\s+(?:the |a |any )?"
    r"(?:prior|previous|lateral|frontal|earlier|old|last|pa|ap|comparison)\b"
)
# "No previous pneumothorax" denies one, "no previous films, small pneumothorax" does not.
_EARLIER_ONE = re.compile(
    r"(?:previous|prior)\s+(?:(?:right|left|small|large)\s+)?(?!(?:films?|radiographs?|imag\w+|stud\w+"
    r"|exam\w*|x-?rays?|cxrs?|chest|ct|scans?|priors?|comparison\w*|available|for|is|are|was|were|to"
    r"|here|on|in|at)\b)[a-z]+"
)
_NO = re.compile(r"no|nil|without|not")
# "Not seen in 2023", "not present three weeks ago": of another film.
_NOT_THEN = re.compile(
    r"\b(?:not|absent|wasn't|isn't)\s+(?:\w+\s+){0,2}?"
    r"(?:(?:seen|present|there|visible|identified|noted)\s+)?"
    r"(?:(?:on|in|at)\s+(?:the\s+)?)?(?:film\s+(?:of|from)\s+)?"
    r"(?:(?:\d{1,2}\s+)?(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)\w*"
    r"|(?:19|20)\d\d"
    r"|last (?:week|month|year|night)"
    r"|\w+ (?:hours|days|weeks|months|years) ago)\b"
)
_PREVIOUS = re.compile(r"\b(?:previous(?:ly)?|prior|earlier|formerly)\b")
_NONE_OF = re.compile(r"\b(?:no|without|not)\s+$")
_MISSING = ("absent", "absence", "lack")
_OF_A_THING = ("no", "nil", "without", "absent", "absence", "lack", "not", "never", "isn't")


@dataclass(frozen=True, slots=True)
class Scopes:
    """The names of a sentence that are denied or in doubt.

    Attributes:
        denied: Names that are denied.
        doubted: Names in doubt.
        doubtfully_denied: Names whose denial is itself in doubt ("unlikely").
        alternatives: Names next to an "or".
        turned: Statements of normality that are denied.
        taken_back: Denials that a later clause takes back.
    """

    denied: frozenset[Named]
    doubted: frozenset[Named]
    doubtfully_denied: frozenset[Named]
    alternatives: frozenset[Named]
    turned: frozenset[Named]
    taken_back: TakenBack

    def polarity(self, one: Named) -> Polarity:
        """Negated if the name is denied, otherwise asserted."""
        return Polarity.NEGATED if one in self.denied else Polarity.ASSERTED

    def certainty(self, one: Named, *, may_be_alternative: bool) -> Certainty:
        """Uncertain if the name is in doubt, or if its denial is; a plain denial is certain.

        An "or" next to the name means doubt only if the name can be an alternative to another.
        """
        if one in self.denied:
            doubted = one in self.doubtfully_denied
        else:
            doubted = one in self.doubted or (may_be_alternative and one in self.alternatives)
        return Certainty.UNCERTAIN if doubted else Certainty.CERTAIN


def scopes_of(
    clauses: Clauses, names: Sequence[Named], *, echoes: frozenset[int] = frozenset()
) -> Scopes:
    """The scopes of a sentence's cues over its names.

    Args:
        clauses: The sentence.
        names: Every name in the sentence.
        echoes: Clauses that apply the previous finding to another side: "none on the right".
    """
    text = clauses.text
    apart = _apart(text, names)
    denied = {one for one in _denied(clauses, names, apart, echoes) if not one.is_normal}
    back = taken_back(clauses, denied)
    weak = tuple(_cues(phrase_lists("scopes")["doubtful_denials"], text, apart))
    weakly = _reached(weak, clauses, names).union(*(clauses.subjects(cue) for cue in weak))
    return Scopes(
        denied=frozenset(denied - back.there.keys()),
        doubted=frozenset(_doubted(clauses, names)),
        doubtfully_denied=frozenset(weakly),
        alternatives=_alternatives(clauses, names, apart),
        turned=frozenset(one for one in names if one.is_normal and _is_turned(one, text, apart)),
        taken_back=back,
    )


def _denied(
    clauses: Clauses, names: Sequence[Named], apart: Sequence[Match], echoes: frozenset[int]
) -> set[Named]:
    text, lists = clauses.text, phrase_lists("scopes")
    forwards = [
        cue
        for cue in _cues(lists["denies_after"], text, apart)
        if not _denies_another_thing(cue, clauses, names)
        and not _is_late(cue, clauses)
        and not _is_of_its_subject(cue, clauses)
    ]
    forwards, late = _parted(forwards, clauses)
    denied = _reached(forwards, clauses, names)
    for cue in (*_cues(lists["denies_before"], text, apart), *late):
        if clauses.index(cue.start) not in echoes:
            denied |= set(clauses.subjects(cue))
    for cue in _cues(lists["denies_at_end"], text, apart):
        if _ends_its_clause(cue, clauses):
            denied |= set(clauses.subjects(cue))
    for cue in _cues(lists["removes_before"], text, apart):
        # "After drain removal": directly after its name the cue needs no verb.
        beside = {one for one in names if 0 < cue.start - one.match.end <= 2}
        denied |= {one for one in beside.union(clauses.subjects(cue)) if _is_device(one)}
    return denied


def _doubted(clauses: Clauses, names: Sequence[Named]) -> set[Named]:
    text, lists = clauses.text, phrase_lists("scopes")
    ahead = [
        cue for cue in found(lists["doubts_after"], text) if not _NONE_OF.search(text, 0, cue.start)
    ]
    doubted = _reached([*ahead, *_marks(_QUERY, text)], clauses, names)
    late = (*found(lists["doubts_before"], text), *_unclear(text), *_marks(_LATE_QUERY, text))
    for cue in late:
        if _ends_its_clause(cue, clauses):
            doubted |= set(clauses.subjects(cue))
    for cue in found(lists["rivals"], text):
        doubted |= set(_nearest_before(cue, clauses))
    return doubted


def _cues(listed: Phrases, text: str, apart: Sequence[Match]) -> Iterable[Match]:
    return (
        cue
        for cue in found(listed, text)
        if not any(other.start <= cue.start < other.end for other in apart)
    )


def _apart(text: str, names: Sequence[Named]) -> tuple[Match, ...]:
    """Phrases that only look like a denial, unless their last word is a finding's own."""
    ends = {span for one in names if not one.is_normal for span in one.match.words}
    return tuple(
        match
        for match in (
            *found(phrase_lists("scopes")["no_denial"], text),
            *_unclear(text),
            *_marks(_NOT_THEN, text),
        )
        if not any(start <= match.words[-1][0] < end for start, end in ends)
    )


def _unclear(text: str) -> list[Match]:
    """Where the film does not let one say: "not appreciated on this supine film".

    What an earlier film showed and this one shows unclearly counts as denied.
    """
    return [
        match
        for match in found(phrase_lists("scopes")["unclear"], text)
        if not _OF_ANOTHER_VIEW.match(text, match.end)
        and not _PREVIOUS.search(text, 0, match.start)
    ]


def _marks(pattern: re.Pattern[str], text: str) -> list[Match]:
    return [
        Match(start=match.start(), end=match.end(), words=(match.span(),))
        for match in pattern.finditer(text)
    ]


def _parted(cues: Iterable[Match], clauses: Clauses) -> tuple[list[Match], list[Match]]:
    """Cues that reach forwards, and those that nothing follows: "pneumothorax: no"."""
    ahead: list[Match] = []
    late = _marks(_MINUS, clauses.text)
    for cue in cues:
        clause = clauses.items[clauses.index(cue.start)]
        rest = clauses.text[cue.start : clause.end]
        is_late = _LATE_NO.fullmatch(rest) is not None and clause.start < cue.start
        (late if is_late else ahead).append(cue)
    return ahead, late


def _is_late(cue: Match, clauses: Clauses) -> bool:
    """Whether "absent" belongs to the name before it: "oedema absent, effusion small"."""
    if not clauses.text.startswith("absent", cue.start):
        return False
    names = clauses.items[clauses.index(cue.start)].names
    has_before = any(one.match.end <= cue.start for one in names)
    return has_before and not any(one.match.start >= cue.end for one in names)


def _is_of_its_subject(cue: Match, clauses: Clauses) -> bool:
    """Whether "not seen" belongs to what stands before it: "base not visible, effusion likely"."""
    clause = clauses.items[clauses.index(cue.start)]
    if _NOT_SEEN.match(clauses.text, cue.start, clause.end) is None:
        return False
    before = re.findall(r"[\w']+", clauses.text[clause.start : cue.start])
    return not (word_set("scopes", "auxiliaries") | {"there", "it"}).issuperset(before)


def _denies_another_thing(cue: Match, clauses: Clauses, names: Sequence[Named]) -> bool:
    """Whether the cue denies something other than a finding of the chest: "no lateral view"."""
    if clauses.text[cue.words[0][0] : cue.words[0][1]] not in _OF_A_THING:
        return False
    clause = clauses.items[clauses.index(cue.start)]
    lists = phrase_lists("scopes")
    things = [*found(lists["other_things"], clauses.text)]
    if clauses.text.startswith(_MISSING, cue.start):
        things += found(lists["missing_parts"], clauses.text)
    others = [
        match.start
        for match in things
        if cue.end <= match.start < clause.end and not _EARLIER_ONE.match(clauses.text, match.start)
    ]
    if not others:
        return False
    named = [one.match.words[-1][0] for one in names if one.match.words[-1][0] >= cue.end]
    return min(others) < min(named, default=len(clauses.text))


def _reached(cues: Iterable[Match], clauses: Clauses, names: Sequence[Named]) -> set[Named]:
    reached: set[Named] = set()
    for cue in cues:
        first = clauses.text[cue.words[0][0] : cue.words[0][1]]
        is_list = first in _OF_A_LIST
        end = clauses.reach(cue, over_commas=first not in _SHORT, is_list=is_list)
        reached |= {
            one
            for one in names
            if cue.start < one.match.end
            and cue.words[-1][1] <= one.match.words[-1][0] < end
            and not all(word in one.match.words for word in cue.words)
            and not _is_spoken_of_as_there(first, cue, one, clauses.text)
        }
    return reached


def _is_spoken_of_as_there(first: str, cue: Match, one: Named, text: str) -> bool:
    """Whether something else is denied of a finding: "no cavitation within the mass"."""
    if first not in ("no", "nil", "without") or one.is_normal:
        return False
    between = text[cue.words[0][1] : one.match.start]
    join = next(iter([*_OF_WHAT_IS_THERE.finditer(between)][::-1]), None)
    if join is None or _ANOTHER_PLACE.search(between, join.end()):
        return False
    head = re.findall(r"[a-z]+", between[: join.start()])
    if join["the"]:
        return not word_set("scopes", "says_nothing").issuperset(head)
    return bool(head) and head[-1] in word_set("scopes", "properties")


def _ends_its_clause(cue: Match, clauses: Clauses) -> bool:
    """Whether a word of doubt is a predicate; in "likely nipple shadow" it is not."""
    clause = clauses.items[clauses.index(cue.start)]
    behind = re.match(r"\W*([a-z]+)", clauses.text[cue.end : clause.end])
    return behind is None or behind[1] in word_set("scopes", "reasons")


def _nearest_before(cue: Match, clauses: Clauses) -> tuple[Named, ...]:
    """The name that "versus" compares with the one after it."""
    names = clauses.items[clauses.index(cue.start)].names
    return tuple(one for one in names if one.match.end <= cue.start)[-1:]


@cache
def _devices() -> frozenset[str]:
    return category_names("scopes", "removable")


def _is_device(one: Named) -> bool:
    return not _devices().isdisjoint(one.categories)


def _alternatives(
    clauses: Clauses, names: Sequence[Named], apart: Sequence[Match]
) -> frozenset[Named]:
    """Names directly next to an "or", but not of a list: "no change in effusion or collapse"."""
    lists = [cue for cue in apart if _NO.match(clauses.text, cue.start)]
    reaches = [(cue.end, clauses.reach(cue)) for cue in lists]
    cues = tuple(
        cue
        for cue in found(phrase_lists("scopes")["alternatives"], clauses.text)
        if not any(start <= cue.start < end for start, end in reaches)
    )
    return frozenset(
        one
        for one in names
        for cue in cues
        if 0 <= cue.start - one.match.end <= 2 or 0 <= one.match.start - cue.end <= 12
    )


_TURNS = re.compile(r"\b(?:not|isn't|aren't|wasn't|never|neither|nor|far from|less than)\b")


def _is_turned(one: Named, text: str, apart: Sequence[Match]) -> bool:
    """Whether a statement of normality is denied, inside it or directly before it."""
    start = max(one.match.start - 16, 0)
    return any(
        turn.start() >= one.match.start
        or not re.search(r"[,;:.(]", text[turn.end() : one.match.start])
        for turn in _TURNS.finditer(text, start, one.match.end)
        if not any(other.start <= turn.start() < other.end for other in apart)
    )
