"""The clauses of a sentence, and how far a word of denial or doubt reaches in them.

After ConText (Harkema et al., J Biomed Inform 2009): a cue reaches forwards to a word or mark that
ends its scope, or backwards to its subject. A comma, an "and" or a slash ends a scope only if what
follows begins a statement of its own: "no effusion, pneumothorax or mass" denies three things,
"no effusion, small pneumothorax" one.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from itertools import pairwise

from engine.language.lexicon import category_names, phrase_lists, word_set
from engine.language.phrases import Match, begins, found


class Link(Enum):
    """What joins a clause to the one before it."""

    START = auto()
    STOP = auto()
    WITH = auto()
    COMMA = auto()
    AND = auto()
    OR = auto()
    SLASH = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A phrase in the sentence that names one or several categories.

    Attributes:
        is_normal: Whether the phrase states normality, which denies the categories.
    """

    match: Match
    categories: tuple[str, ...]
    is_normal: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """A stretch of a sentence between two marks or joining words.

    Attributes:
        link_start: Offset of the mark or word that joins the clause to the one before.
        with_comma: Whether a comma precedes that word.
        names: The names that begin in the clause.
    """

    start: int
    end: int
    link: Link
    link_start: int
    with_comma: bool
    names: tuple[Named, ...]


_LINK = re.compile(
    r"(?P<stop>;|:|\.(?=\s)|\s[-\u2013\u2014]{1,2}\s|\u2014|(?<!\d)\u2013(?!\d)|=>|->|[\u2192\u21d2\u21e8]|\s\|\s|[()]"
    # A bracket that is not a template's field ("[small|large]").
    r"|\[(?=[^\]|]* [^\]|]*\]))"
    r"|(?P<or>(?:,\s*)?\b(?:and/or|or|nor)\b)"
    r"|(?P<with>(?:,\s*)?\b(?<!consistent )(?<!compatible )(?<!keeping )(?<!line )with\b|\bw/)"
    r"|(?P<and>(?:,\s*)?(?:&|\+(?!\+)|\b(?:and|plus)\b|\bas well as\b))"
    r"|(?P<comma>,(?!\d)|(?<!\d),)"
    r"|(?P<slash>(?<=[a-z)\s])/(?=\s|[a-z]{3}))"
)
# What may stand in brackets without beginning a clause: "effusion (L)", "pneumothorax (-)".
_INLINE = re.compile(r"\(\s*(?:r|l|rt|lt|right|left|bilat\w*|both|b/l|-|\+{1,3})\s*\)")
_FIRST = re.compile(r"[^\w?#]*")
_SIZE = re.compile(
    r"\d+(?:[.,]\d+)?(?:\s*[x-]\s*\d+(?:[.,]\d+)?)*\s*-?(?:mm|cm)\b|[?#]|\d+\s+[a-z]"
)
_FINITE = re.compile(
    r"\b(?:is|are|was|were|has|have|shows?|showed|remains?|appears?|persists?|looks?|lies|projects"
    r"|terminates|ends|measures|demonstrates?|contains?)\b"
)
_SEEN = re.compile(
    r"(?:is|are|was|were|has been|have been)\s+(?:\w+ly\s+)?(?:seen|identified|visible|noted"
    r"|visuali[sz]ed|present|demonstrated|evident|detected|appreciated|shown|found|suspected|recogni[sz]ed)"
)
_AUXILIARY = re.compile(
    r"\b(?:is|are|was|were|has|have|had|been|be|not|no longer|can|could|may|might)\s+(?:\w+\s+)?$"
)
_ADJECTIVE = re.compile(r"(?:ed|ing|ic|ous|ar|al)$")
_DENIES = re.compile(r"\b(?:no|nil|without|not)\b")
_BEHIND_SIZE = re.compile(
    r"\s*(?:of\s+|measuring\s+)?(?:about\s+|up to\s+)?\d+(?:[.,]\d+)?\s*(?:mm|cm|%)"
)
_ANEW = re.compile(r"there|(?:no|nil|without)\b")
_IS_THERE = re.compile(r"\b(?:is|are)\s+(?:present|there|noted|evident)\b")
_HAS = re.compile(r"\s*(?:has|have|had|(?:and |but |is |are )?now)\b")
_OF = re.compile(r"\bof\s+(?:an? )?$")


class Clauses:
    """A sentence in clauses.

    Args:
        text: Folded.
        names: Everything that is named in it, in text order.
        sides: Where words stand that name a side.
    """

    def __init__(self, text: str, names: Sequence[Named], sides: Sequence[int] = ()) -> None:
        self.text = text
        self._sides = frozenset(sides)
        self.items = _clauses(text, names, self._sides)
        self._starts = [clause.link_start for clause in self.items]

    def index(self, position: int) -> int:
        """Index of the clause that contains the position."""
        return max(bisect_right(self._starts, position) - 1, 0)

    def reach(self, cue: Match, *, over_commas: bool = True, is_list: bool = False) -> int:
        """Offset where the scope of a forward-reaching cue ends.

        Args:
            cue: The cue.
            over_commas: Whether the scope may continue over a comma; that of "removal of" continues
                over "and" only.
            is_list: Whether the scope holds everything up to the next stop.
        """
        first = self.index(cue.start)
        end = self.items[first].end
        for number in range(first + 1, len(self.items)):
            is_in = is_list and self.items[number].link is not Link.STOP
            if not is_in and not self._goes_on(cue, first, number, over_commas=over_commas):
                break
            end = self.items[number].end
        return end

    def subjects(self, cue: Match) -> tuple[Named, ...]:
        """The names that a predicate refers to: those before it ("A and B are not seen").

        Empty for a word that belongs to the name after it ("and resolved pneumothorax").
        """
        number = self.index(cue.start)
        clause = self.items[number]
        before = self.text[clause.start : cue.start]
        parted = [one for one in clause.names if _is_parted_by(one.match, cue)]
        own = [one for one in clause.names if one.match.end <= cue.start or one in parted]
        has_name_behind = any(one.match.start >= cue.end for one in clause.names)
        is_named = any(
            one.match.start <= cue.start and cue.end <= one.match.end
            for one in clause.names
            if not one.is_normal and one not in parted
        )
        if is_named or (has_name_behind and not _AUXILIARY.search(before)) or _OF.search(before):
            return ()
        if own:
            own = [
                one for one in own if one in parted or not self._is_barred(one.match.end, cue.start)
            ]
        elif self._is_predicate(before):
            # "Was seen on the prior film and has now resolved": the subject goes on.
            goes_on = _HAS.match(self.text, clause.start, cue.start) is not None
            number, own = self._named_before(number, goes_on=goes_on)
        if not own:
            return ()
        is_list = False
        while self._is_listed(number, is_list=is_list):
            is_list = is_list or self.items[number].link is not Link.COMMA
            number -= 1
            own = [*self.items[number].names, *own]
        return tuple(one for one in own if not one.is_normal)

    def _named_before(self, number: int, *, goes_on: bool) -> tuple[int, list[Named]]:
        """The clause that a predicate without a subject refers to, and its names."""
        for before in range(number - 1, -1, -1):
            names = list(self.items[before].names)
            if names:
                is_barred = self._is_barred(names[-1].match.end, self.items[before].end)
                if is_barred and not goes_on and self.items[before + 1].link is not Link.STOP:
                    return before, []
                return before, names
        return number, []

    def names_before(self, number: int) -> tuple[Named, ...]:
        """The names of the nearest earlier clause that has any."""
        before = (self.items[n].names for n in range(number - 1, -1, -1) if self.items[n].names)
        return next(before, ())

    def opens_a_statement(self, number: int) -> bool:
        """Whether a clause begins like a positive statement: with a degree, a side or a size."""
        return self._opening(number) is not None

    def has_list_ahead(self, number: int) -> bool:
        """Whether the clause is part of a list that an "or" or an "and" ends."""
        return self._list_end(number) is not None

    def _goes_on(self, cue: Match, first: int, number: int, *, over_commas: bool) -> bool:
        clause = self.items[number]
        if clause.link is Link.STOP or clause.link is Link.WITH or self._begins_anew(clause):
            return False
        if clause.link is Link.OR:
            return True
        between = self.text[cue.end : clause.link_start]
        has_object = any(
            cue.end <= one.match.end and one.match.start < clause.link_start
            for item in self.items[first:number]
            for one in item.names
        )
        is_slash = clause.link is Link.SLASH and bool(between)
        if not has_object and (
            clause.link is Link.COMMA or (is_slash and _only_describes(between))
        ):
            is_open = over_commas and _only_describes(between)
            return is_open and not self._is_statement(clause)
        if self._is_statement(clause):
            return False
        if clause.link is not Link.COMMA:
            return self._opening(number) is None
        is_heading = self.text.startswith("   ", cue.end)
        return over_commas and self._comma_goes_on(first, number, is_heading=is_heading)

    def _comma_goes_on(self, first: int, number: int, *, is_heading: bool) -> bool:
        clause, opening, end = self.items[number], self._opening(number), self._list_end(number)
        if end is not None and (opening is not False or self._is_oxford_or(end)):
            return True
        if not clause.names or (is_heading and opening):
            # The heading of a list ("Ruled out: pneumothorax, free air") denies what is in it.
            return True
        if (
            self._has_a_size(clause)
            or opening is not None
            or any(clause.start <= side < clause.end for side in self._sides)
        ):
            return False
        following = self.items[number + 1] if number + 1 < len(self.items) else None
        is_long = number - first > 1 or (
            following is not None
            and following.link is Link.COMMA
            and bool(following.names)
            and self._opening(number + 1) is None
        )
        usual = category_names("scopes", "usually_denied")
        is_there = _IS_THERE.search(self.text, clause.start, clause.end) is not None
        if not is_long and (is_there or self._is_plural_of_a_part(first, clause)):
            return False
        return is_long or all(usual.issuperset(one.categories) for one in clause.names)

    def _is_plural_of_a_part(self, first: int, clause: Clause) -> bool:
        """Whether several of a part follow a denial in the singular: "..., rib fractures"."""
        denied = [one for one in self.items[first].names if not one.is_normal]
        own = clause.names[-1].match
        is_plural = self.text[own.start : own.end].endswith("s")
        return (
            bool(denied)
            and is_plural
            and not self.text[: denied[-1].match.end].endswith("s")
            and bool(self.text[clause.start : own.start].strip(" ,"))
        )

    def _has_a_size(self, clause: Clause) -> bool:
        """Whether a size follows the clause's finding, as one that is there has: "mass 3 cm"."""
        end = clause.names[-1].match.end
        return _BEHIND_SIZE.match(self.text, end, clause.end) is not None

    def _is_oxford_or(self, number: int) -> bool:
        return self.items[number].link is Link.OR and self.items[number].with_comma

    def _list_end(self, number: int) -> int | None:
        """Index of the later clause that "or" or "and" joins as the last of a list."""
        for later in range(number + 1, len(self.items)):
            clause = self.items[later]
            if self._is_statement(clause) or self._begins_anew(clause):
                return None
            if clause.link is Link.OR:
                return later
            if clause.link is Link.AND and self._opening(later) is None and clause.names:
                return later
            if clause.link not in (Link.COMMA, Link.SLASH) or self._opening(later) is False:
                return None
        return None

    def _opening(self, number: int) -> bool | None:
        """None if the clause opens no statement; otherwise whether only a weak word opens it."""
        clause = self.items[number]
        start = _FIRST.match(self.text, clause.start)
        first = clause.start if start is None else start.end()
        if first in self._sides or _SIZE.match(self.text, first, clause.end):
            return False
        lists = phrase_lists("scopes")
        if not begins(lists["openings"], self.text, first):
            return None
        return begins(lists["weak_openings"], self.text, first)

    def _begins_anew(self, clause: Clause) -> bool:
        start = _FIRST.match(self.text, clause.start)
        return start is not None and _ANEW.match(self.text, start.end()) is not None

    def _is_statement(self, clause: Clause) -> bool:
        """Whether the clause has a verb of its own, not the list's ("... or effusion is seen")."""
        verbs = _FINITE.finditer(self.text, clause.start, clause.end)
        return any(_SEEN.match(self.text, verb.start()) is None for verb in verbs)

    def _is_barred(self, start: int, end: int) -> bool:
        """Whether a verb between a name and a predicate gives the predicate another subject."""
        words = re.findall(r"[\w']+", self.text[start:end])
        loose = word_set("scopes", "auxiliaries")
        while words and words[-1] in loose:
            words.pop()
        return any(word in word_set("scopes", "finite") for word in words)

    def _is_predicate(self, before: str) -> bool:
        words = re.findall(r"[\w']+", before)
        return all(word in word_set("scopes", "auxiliaries") for word in words)

    def _is_listed(self, number: int, *, is_list: bool) -> bool:
        """Whether the clause's subject includes the clause before: "A, B and C are absent"."""
        if number == 0 or not self.items[number - 1].names:
            return False
        link, before = self.items[number].link, self.items[number - 1]
        joins = link in (Link.AND, Link.OR, Link.SLASH) or (link is Link.COMMA and is_list)
        tail = self.text[before.names[-1].match.end : before.end]
        return joins and not before.names[-1].is_normal and _is_bare(tail)


def _clauses(text: str, names: Sequence[Named], sides: frozenset[int]) -> tuple[Clause, ...]:
    taken = [(one.match.start, one.match.end) for one in names]
    taken += [match.span() for match in _INLINE.finditer(text)]
    taken += [
        (match.start, match.end) for match in found(phrase_lists("scopes")["one_piece"], text)
    ]
    links = [
        (match.start(), match.end(), _kind(match), match[0].startswith(","))
        for match in _LINK.finditer(text)
    ]
    links += [
        (match.start, match.start, Link.STOP, False)
        for match in found(phrase_lists("scopes")["ends"], text)
    ]
    links = [
        link for link in links if not any(start < link[1] and link[0] < end for start, end in taken)
    ]
    links += [(at, at, Link.STOP, False) for at in _run_ons(text, names, sides, links)]
    marks = [(0, 0, Link.START, False), *sorted(set(links), key=lambda link: link[:2])]
    clauses: list[Clause] = []
    for number, (link_start, start, link, with_comma) in enumerate(marks):
        end = marks[number + 1][0] if number + 1 < len(marks) else len(text)
        within = tuple(one for one in names if link_start <= one.match.start < max(end, start))
        clauses.append(
            Clause(
                start=start,
                end=end,
                link=link,
                link_start=link_start,
                with_comma=with_comma,
                names=within,
            )
        )
    return tuple(clauses)


def _run_ons(
    text: str,
    names: Sequence[Named],
    sides: frozenset[int],
    links: Sequence[tuple[int, int, Link, bool]],
) -> Iterator[int]:
    """Where a statement begins behind a denial without a mark: "no effusion left pneumothorax"."""
    starts = sorted(link[0] for link in links)
    for first, second in pairwise(one for one in names if one.categories):
        gap = (first.match.end, second.match.start)
        is_adjective = _ADJECTIVE.search(text[first.match.start : first.match.end]) is not None
        if (
            first.is_normal
            or is_adjective
            or gap[0] >= gap[1]
            or any(gap[0] <= at < gap[1] for at in starts)
        ):
            continue
        own = max((at for at in starts if at <= first.match.start), default=0)
        opening = _FIRST.match(text, first.match.end)
        at = first.match.end if opening is None else opening.end()
        lists = phrase_lists("scopes")
        is_weak = begins(lists["weak_openings"], text, at) and sides.isdisjoint(range(*gap))
        # "No pneumothorax large effusion" has lost its "or" more often than its full stop.
        opens = at in sides or (begins(lists["openings"], text, at) and not is_weak)
        if opens and _DENIES.search(text, own, first.match.start):
            yield at


def _is_parted_by(match: Match, cue: Match) -> bool:
    """Whether a predicate stands inside a name: "free air is not seen under the diaphragm"."""
    return (
        match.words[0][1] <= cue.start
        and cue.end <= match.words[-1][0]
        and set(match.words).isdisjoint(cue.words)
    )


def _kind(match: re.Match[str]) -> Link:
    return Link[(match.lastgroup or "stop").upper()]


def _only_describes(words: str) -> bool:
    """Whether the words are adjectives only: "no hilar or mediastinal adenopathy"."""
    return all(word in word_set("scopes", "describes") for word in re.findall(r"[\w']+", words))


def _is_bare(tail: str) -> bool:
    """Whether only a side and a site follow the name."""
    return all(word in word_set("scopes", "places") for word in re.findall(r"[\w']+", tail))
