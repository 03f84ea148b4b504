"""Which side, site, degree, course and size in a sentence belong to which finding.

Decided by nearness within the finding's own clause, in the usual order of English: inside the
name, before it, after it. A clause without a name ("..., left, small", "on the right, ...") belongs
to the name next to it; "left effusion and atelectasis" shares its side.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from engine.domain.finding import Severity, Side, SideMention, Trend
from engine.language.clauses import Clause, Clauses, Link, Named
from engine.language.lexicon import category_names, finding_lexicon, phrase_lists, word_set
from engine.language.phrases import Match, begins, found, without_covered
from engine.language.sizes import Size, sizes_in

_WORDS = re.compile(r"[a-z]+|[&/<>=]+")
_COMPARED = re.compile(
    r"\b(?:more|worse|greater|larger|mainly|especially|particularly|predominantly)"
)
_BLANKS = re.compile(r"\W*")
_ON = re.compile(r"\s+(?:on|at|in|than)\b")
# "Increase in the left effusion" says what has grown; "increased on the left" compares.
_CHANGE_OF = re.compile(
    r"(?:changes?|increase|decrease|reduction|enlargement|improvement|progression|regression|growth"
    r"|worsening|deterioration|expansion|clearing|resolution|difference|rise|fall)\s+in\b"
)
_TO = re.compile(r"\b(?:to|towards?)\s+(?:the\s+)?$")
# A clause that speaks of something else: "..., although the left base is not well seen".
_OWN_SENTENCE = re.compile(
    r"[;:]|(?:although|though|but|however|while|whereas|whilst)\b\W+"
    r"(?!(?:it|this|these|they|that|which|is|has|are|have|now)\b)"
    r"(?:\w+\W+){1,6}?(?:is|are|was|were|has|have)\b"
    r"|,\s*(?:the|both)\s+(?:\w+\s+){0,3}?(?:lungs?|heart|mediastinum|h?e?m?i?diaphragms?|bases?|hil(?:um|a)"
    r"|trachea|patient|chest|bones|ribs)\s+(?:is|are|was|were|has|have)\b"
    # "No effusion, only old ones on the right."
    r"|.*\bones?\b"
)
_VERB = re.compile(r"\s*(?:is|are|was|were|has|have)\b")
_DENIAL = re.compile(r"\W*(?:and\s+)?(?:no|nil|without|not)\b")
_SHARED = (Link.AND, Link.OR, Link.SLASH)
_AGAINST = frozenset({">", ">>", ">>>", "<", "<<", "=", "than"})
_SEVERITY_REACH = 40
"""Greatest distance in characters of a word of degree before its finding."""

# In this order: "partial resolution" is smaller, "no new nodule, unchanged" the same.
_COURSES = (Trend.SMALLER, Trend.SAME, Trend.NEW, Trend.LARGER)

Span = tuple[int, int]


class Modifiers:
    """The side, site, degree, course and size of each name in one sentence.

    Args:
        clauses: The sentence.
        sides: Mentions of a side that can belong to a finding, in text order.
    """

    def __init__(self, clauses: Clauses, sides: Sequence[SideMention]) -> None:
        self.clauses = clauses
        self.text = clauses.text
        self._names = tuple(one for clause in clauses.items for one in clause.names)
        self.sides = tuple(self._joined(sides))
        self._places = _places(self.text)
        self._sizes = sizes_in(self.text)
        self._pitfalls = [m.start for m in found(finding_lexicon().pitfalls, self.text)]
        self._courses: dict[Trend, tuple[Match, ...]] = {}
        self._degrees: tuple[tuple[Match, Severity], ...] | None = None

    def side(self, one: Named) -> Side:
        """The side of the finding."""
        if self._is_midline(one):
            return Side.NONE
        own = [mention for mention in self.sides if not self._is_direction(mention, one)]
        spans = [(mention.start, mention.end) for mention in own]
        index = self._chosen(one, spans)
        if index is None:
            return Side.NONE if self._is_directed(one) else self._shared_side(one)
        chosen = own[index]
        if self._is_directed(one) and self._is_parted(chosen.end, one.match.start):
            return Side.NONE
        if self._is_on_both(one, chosen, own):
            return Side.BILATERAL
        return chosen.side

    def _is_directed(self, one: Named) -> bool:
        return category_names("sides", "directed").issuperset(one.categories)

    def site(self, one: Named) -> str:
        """The part of the chest, or the direction of a shift; empty if none is named."""
        if self._is_directed(one):
            where = next((m for m in self.sides if self._is_direction(m, one)), None)
            return f"to the {where.side.value}" if where is not None else ""
        index = self._chosen(one, [(match.start, match.end) for _, match in self._places])
        return "" if index is None else self._places[index][0]

    def severity(self, one: Named) -> Severity:
        """The last word of degree inside the name or shortly before it, else the first after it."""
        ends = [other.match.end for other in self._names if other.match.end <= one.match.start]
        clause = self.clauses.items[self.clauses.index(one.match.start)]
        start = max([one.match.start - _SEVERITY_REACH, clause.link_start, *ends])
        levels = self._levels(start, one.match.end)
        if levels:
            return max(levels)[1]
        behind = (self._levels(*span) for span in self._behind(one))
        return next((min(found)[1] for found in behind if found), Severity.NONE)

    def trend(self, one: Named, *, is_denied: bool) -> Trend:
        """The course stated in the finding's clause or in one next to it without a name."""
        if is_denied:
            gone = any(self._cues(Trend.GONE, span) for span in self._around(one))
            return Trend.GONE if gone else Trend.NONE
        for span in self._around(one):
            stated: set[Trend] = {trend for trend in _COURSES if self._cues(trend, span)}
            # "Not increased" contains "increased", "partially resolved" contains "resolved".
            for trend in _COURSES:
                if trend in stated and not self._is_covered(trend, stated, span):
                    return trend
        return self._trend_of_sizes(one)

    def size(self, one: Named) -> str:
        """The present size as written; empty if the sentence gives none."""
        return next((size.text for size in self._own_sizes(one) if not size.is_earlier), "")

    def _own_sizes(self, one: Named) -> list[Size]:
        spans = self._around(one)
        named = [
            size
            for start, end in spans
            for size in self._sizes
            if start <= size.start < end and not size.is_distance
        ]
        others = [other for other in self._names if other != one and not other.is_normal]
        return [size for size in named if self._is_nearest(one, size, others)]

    def _is_nearest(self, one: Named, size: Size, others: Iterable[Named]) -> bool:
        """Whether no other name in the clause is nearer to the size."""
        if self.clauses.index(size.start) != self.clauses.index(one.match.start):
            return True
        own = _gap(one.match, size)
        return all(
            own <= _gap(other.match, size)
            for other in others
            if self.clauses.index(other.match.start) == self.clauses.index(size.start)
        )

    def _trend_of_sizes(self, one: Named) -> Trend:
        sizes = self._own_sizes(one)
        before = next((size for size in sizes if size.is_earlier), None)
        now = next((size for size in sizes if not size.is_earlier), None)
        if before is None or now is None:
            return Trend.NONE
        old, new = max(before.values), max(now.values)
        return Trend.SAME if old == new else Trend.LARGER if new > old else Trend.SMALLER

    def _cues(self, trend: Trend, span: Span) -> list[Match]:
        if trend not in self._courses:
            self._courses[trend] = tuple(found(phrase_lists("course")[trend], self.text))
        return [
            cue
            for cue in self._courses[trend]
            if span[0] <= cue.start < span[1] and not self._compares_sides(cue, span)
        ]

    def _compares_sides(self, cue: Match, span: Span) -> bool:
        """Whether a word of more or less compares two sides: "larger on the right"."""
        last = cue.words[-1][0]
        if _CHANGE_OF.match(self.text, last):
            return False
        return _ON.match(self.text, cue.end) is not None and any(
            span[0] <= mention.start < span[1] and mention.end > cue.start for mention in self.sides
        )

    def _is_covered(self, trend: Trend, stated: set[Trend], span: Span) -> bool:
        """Whether all cues of a course only repeat words of another course's longer cues."""
        others = [cue for other in stated - {trend} for cue in self._cues(other, span)]
        return all(
            any(
                other.start <= cue.start and cue.end <= other.end and other.weight > cue.weight
                for other in others
            )
            for cue in self._cues(trend, span)
        )

    def _levels(self, start: int, end: int) -> list[tuple[int, Severity]]:
        if self._degrees is None:
            self._degrees = tuple(
                (match, level)
                for level, patterns in finding_lexicon().severities
                for match in found(patterns, self.text)
            )
        return [
            (match.start, level)
            for match, level in self._degrees
            if start <= match.start and match.end <= end
        ]

    def _chosen(self, one: Named, spans: Sequence[Span]) -> int | None:
        """Index of the span that belongs to the name; None if there is none."""
        number = self.clauses.index(one.match.start)
        here = [i for i, span in enumerate(spans) if self._is_in(span, number)]
        here = [i for i in here if not self._is_anothers(one, spans[i][0])]
        clause = self.clauses.items[number]
        inside = [i for i in here if one.match.start <= spans[i][0] < one.match.end]
        before = [i for i in here if spans[i][0] < one.match.start]
        behind = [i for i in here if spans[i][0] >= one.match.end]
        near_before = [i for i in before if not self._is_parted(spans[i][1], one.match.start)]
        near_behind = [i for i in behind if not self._is_parted(one.match.end, spans[i][0])]
        if self._names_come_first(clause, [spans[i] for i in here]):
            near_before, near_behind = near_behind[:1], near_before[-1:]
        order = inside[-1:] + near_before[-1:] + near_behind[:1] + before[-1:] + behind[:1]
        if order:
            return order[0]
        for start, end in (*self._behind(one), *self._ahead(one)):
            beside = [i for i, span in enumerate(spans) if start <= span[0] < end]
            if beside:
                return beside[0]
        return None

    def _names_come_first(self, clause: Clause, spans: Sequence[Span]) -> bool:
        """Whether a clause reads name, side, name, side: "effusion left pneumothorax right"."""
        names = [one.match.start for one in clause.names]
        starts = sorted(start for start, _ in spans)
        return (
            len(names) > 1
            and len(names) == len(starts)
            and all(name < start for name, start in zip(names, starts, strict=True))
            and all(start < name for start, name in zip(starts, names[1:], strict=False))
        )

    def _is_in(self, span: Span, number: int) -> bool:
        return number in (self.clauses.index(span[0]), self.clauses.index(span[1] - 1))

    def _is_parted(self, start: int, end: int) -> bool:
        return any(start <= one.match.start and one.match.end <= end for one in self._names)

    def _is_anothers(self, one: Named, position: int) -> bool:
        return not one.match.start <= position < one.match.end and any(
            other.match.start <= position < other.match.end for other in self._names
        )

    def _behind(self, one: Named) -> list[Span]:
        """The following clauses that name nothing and therefore belong to this name."""
        number = self.clauses.index(one.match.start)
        spans = []
        if self.clauses.items[number].names[-1:] != (one,):
            return []
        for clause in self.clauses.items[number + 1 :]:
            words = self.text[clause.link_start : clause.end]
            is_pitfall = any(clause.start <= at < clause.end for at in self._pitfalls)
            is_own = _OWN_SENTENCE.match(words) is not None or _is_of_a_tip(words)
            if clause.names or is_own or is_pitfall:
                break
            spans.append((clause.link_start, clause.end))
        return spans

    def _ahead(self, one: Named) -> list[Span]:
        """The preceding clauses that name nothing: "on the right, effusion"."""
        number = self.clauses.index(one.match.start)
        spans: list[Span] = []
        is_denial = _DENIAL.match(self.text, self.clauses.items[number].start) is not None
        own = self.clauses.items[number]
        for clause in reversed(self.clauses.items[:number]):
            if self.text.startswith(";", own.link_start):
                break
            own = clause
            words = self.text[clause.link_start : clause.end]
            # "Rotated to the left, no effusion": only a bare site belongs to a denial.
            at = self.clauses.items.index(clause)
            is_anothers = at > 0 and bool(self.clauses.items[at - 1].names)
            is_free = not is_denial or (_is_bare_place(words) and not is_anothers)
            if clause.names or _is_of_a_tip(words) or not is_free:
                break
            spans.append((clause.link_start, clause.end))
        return spans

    def _around(self, one: Named) -> list[Span]:
        """The name's own clause and the neighbouring ones that name nothing."""
        number = self.clauses.index(one.match.start)
        clause = self.clauses.items[number]
        spans = [(clause.link_start, clause.end), *self._behind(one), *self._ahead(one)]
        if clause.link in _SHARED and number:
            before = self.clauses.items[number - 1]
            if before.names:
                spans.append((before.link_start, before.names[0].match.start))
        return spans

    def _shared_side(self, one: Named) -> Side:
        number = self.clauses.index(one.match.start)
        clause = self.clauses.items[number]
        if clause.link in (*_SHARED, Link.WITH) and number and clause.names[0] == one:
            side = self._side_before(self.clauses.items[number - 1])
            if side is not Side.NONE:
                return side
        if number and begins(
            phrase_lists("sides")["interprets"], self.text, _first(clause, self.text)
        ):
            before = self.clauses.names_before(number)
            return self.side(before[-1]) if before else Side.NONE
        return self._side_behind(one, number)

    def _side_before(self, clause: Clause) -> Side:
        """The side at the start of the previous clause: "left effusion and atelectasis"."""
        if not clause.names or self._is_midline(clause.names[0]):
            return Side.NONE
        first = clause.names[0]
        ahead = [m for m in self.sides if clause.link_start <= m.start < first.match.end]
        return ahead[-1].side if ahead and not self._is_direction(ahead[-1], first) else Side.NONE

    def _side_behind(self, one: Named, number: int) -> Side:
        """The side at the end of the next clause: "effusion and atelectasis on the left"."""
        for clause in self.clauses.items[number + 1 :]:
            previous = self.clauses.items[number]
            is_bare = not self.text[previous.names[-1].match.end : previous.end].strip()
            if clause.link not in _SHARED and not (
                clause.link is Link.COMMA and self.clauses.has_list_ahead(number)
            ):
                break
            if not clause.names or not is_bare or clause.names[-1].is_normal:
                break
            if self.clauses.opens_a_statement(number + 1):
                break
            last = clause.names[-1].match
            sides = [m for m in self.sides if clause.start <= m.start < clause.end]
            if sides:
                return sides[0].side if sides[0].start >= last.end else Side.NONE
            number += 1
        return Side.NONE

    def _is_midline(self, one: Named) -> bool:
        """Whether the name has no side: a heart, or a tube in the trachea."""
        words = re.findall(r"\w+", self.text[one.match.start : one.match.end])
        return category_names("sides", "midline").issuperset(one.categories) or any(
            word in word_set("sides", "midline_words") for word in words
        )

    def _is_direction(self, mention: SideMention, one: Named) -> bool:
        """Whether the side is the direction of a shift and not its side."""
        if not category_names("sides", "directed").issuperset(one.categories):
            return False
        number = self.clauses.index(one.match.start)
        return self._is_in((mention.start, mention.end), number) and (
            _TO.search(self.text[: mention.start]) is not None or mention.word.endswith("ward")
        )

    def _is_on_both(self, one: Named, chosen: SideMention, sides: Sequence[SideMention]) -> bool:
        """Whether the other side is named as well: "of the left rib and right clavicle"."""
        if chosen.side not in (Side.LEFT, Side.RIGHT):
            return False
        others = [m for m in sides if m.side is chosen.side.opposite]
        is_plural = self.text[one.match.start : one.match.end].endswith("s")
        number = self.clauses.index(chosen.end - 1)
        for clause in self.clauses.items[number + 1 :]:
            joins = clause.link is Link.AND or (clause.link is Link.COMMA and is_plural)
            words = self.text[clause.start : clause.end]
            if clause.names or not joins or _is_of_a_tip(words) or _VERB.match(words):
                break
            if any(clause.start <= m.start < clause.end and self._is_a_place(m) for m in others):
                return True
        if any(m.start >= one.match.end and self._is_compared(one.match.end, m) for m in others):
            return True
        words = self.text[one.match.end : chosen.start]
        return is_plural and chosen.start > one.match.end and bool(_COMPARED.search(words))

    def _is_a_place(self, mention: SideMention) -> bool:
        """Whether a part of the chest, a size or nothing follows the side."""
        clause = self.clauses.items[self.clauses.index(mention.start)]
        rest = _WORDS.findall(self.text[mention.end : clause.end])
        return any(mention.start <= match.start < clause.end for _, match in self._places) or (
            word_set("sides", "between") | word_set("sides", "degrees")
        ).issuperset(word for word in rest if word != "mm")

    def _is_compared(self, start: int, mention: SideMention) -> bool:
        """Whether the side is compared with the one before it: "left effusion > right"."""
        between = _WORDS.findall(self.text[start : mention.start])
        known = word_set("sides", "joins") | word_set("sides", "between")
        return bool(_AGAINST.intersection(between)) and known.issuperset(between)

    def _joined(self, sides: Sequence[SideMention]) -> Iterator[SideMention]:
        """The mentions, with "right and left" or "R > L" joined into one mention of both sides."""
        waiting: SideMention | None = None
        for mention in sides:
            if waiting is not None and self._are_one(waiting, mention):
                word = self.text[waiting.start : mention.end]
                waiting = SideMention(
                    side=Side.BILATERAL, word=word, start=waiting.start, end=mention.end
                )
                continue
            if waiting is not None:
                yield waiting
            waiting = mention
        if waiting is not None:
            yield waiting

    def _are_one(self, first: SideMention, second: SideMention) -> bool:
        if first.side is Side.NONE or first.side is not second.side.opposite:
            return False
        if first.side is Side.BILATERAL or self._is_parted(first.end, second.start):
            return False
        between = set(_WORDS.findall(self.text[first.end : second.start]))
        joins, places = word_set("sides", "joins"), word_set("sides", "between")
        degrees = word_set("sides", "degrees")
        if (
            not joins & between
            or not between <= places | joins | degrees
            or {"and", "is"} <= between
        ):
            return False
        return not ("and" in between and self._has_own_name(first, second))

    def _has_own_name(self, first: SideMention, second: SideMention) -> bool:
        """Whether each side has its own name: "effusion on the right and left pneumothorax"."""
        number = self.clauses.index(second.start)
        clause = self.clauses.items[self.clauses.index(first.start)]
        has_first = any(one.match.start < first.start for one in clause.names)
        has_second = any(one.match.end > second.end for one in self.clauses.items[number].names)
        return has_first and has_second


def _first(clause: Clause, text: str) -> int:
    """Offset of the first word of a clause."""
    start = _BLANKS.match(text, clause.start)
    return clause.start if start is None else start.end()


def _gap(match: Match, size: Size) -> int:
    return max(match.start - size.end, size.start - match.end, 0)


def _is_bare_place(words: str) -> bool:
    """Whether a clause names a part of the chest and nothing else: "on the right"."""
    return word_set("scopes", "places").issuperset(re.findall(r"[a-z]+", words))


def _is_of_a_tip(words: str) -> bool:
    """Whether a clause gives the course of a line instead of the finding's site."""
    return bool(word_set("sides", "tips").intersection(re.findall(r"[a-z]+", words)))


def _places(text: str) -> list[tuple[str, Match]]:
    every = [
        (name, match)
        for name, patterns in finding_lexicon().places
        for match in found(patterns, text)
    ]
    kept = set(without_covered(match for _, match in every))
    # "The right lung base": of the lung and the base, the base is the more precise.
    starts = {match.start for match in kept}
    kept = {match for match in kept if match.end + 1 not in starts}
    return sorted((pair for pair in every if pair[1] in kept), key=lambda pair: pair[1].start)
