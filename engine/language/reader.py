"""Reads one sentence: names, clauses, scopes and modifiers combined.

The order is fixed: misspelt words are corrected with the spelling check's suggestion, headings are
opened ("Lungs: clear" is read as "lungs clear"), names are found, the sentence is split into
clauses, cues get their scopes, and each name gets its side, site, degree, course and size.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from engine.domain.finding import Certainty, Finding, Polarity, Severity, Side, SideMention, Trend
from engine.language.clauses import Clauses, Link, Named
from engine.language.laterality import sides_in
from engine.language.lexicon import finding_lexicon, word_set
from engine.language.modifiers import Modifiers
from engine.language.phrases import Match, folded, found, found_by, without_covered
from engine.language.scopes import Scopes, scopes_of
from engine.language.slips import Mended, mended

_HEADING = re.compile(
    r"(?:^|(?<=[;.,:]))\s*([a-z][a-z /&,-]{0,40}?)\s*(:|(?<=\s)[\u2013\u2014-](?=\s))(?=\s*\S)"
)
# A heading that denies the list after it ("Not seen: effusion, pneumothorax").
_DENIED_LIST = re.compile(
    r"(?:^|(?<=[;.]))(\s*)((?:not|absent|none|no|nil|negative|excluded|ruled out)"
    r"(?: seen| present| identified| visible)?\s*:)(?=\s*[a-z])"
)
_NONE_HERE = re.compile(
    r"^\W*(?:but |and )*(?:none|nil|not|no|absent|neither)(?: (?:seen|present|any|is seen))?"
    r"(?: (?:on|at|in|of))?(?: the)?\s+\W*$"
)
# The stop of "Rt. effusion" ends nothing.
_SIDE_STOP = re.compile(
    r"\b(rt|lt|bilat|r|l|sm|mod|lge|pl|poss|prob|susp|min|resid|incr|decr|adj|assoc|prev)\.(?=\s)"
    r"(?!\s+(?:no|nil|not|there|the|an?|heart|lungs?|normal|clear)\b)",
    re.I,
)
# "A left, but no right, effusion": these commas part nothing.
_SIDE_COMMA = re.compile(
    r"\b((?:left|right)(?=,\s+but (?:no|not)\b)"
    r"|but (?:no|not)(?: a)? (?:left|right)(?:[- ]sided)?),(?=\s+[a-z])",
    re.I,
)
# "Withdrawn from the right main bronchus" is no longer there.
_OUT_OF = re.compile(
    r"\b(?:withdrawn|retracted|pulled|removed|drawn)\s+(?:\w+\s+)?(?:from|out of)\b"
)
_GRADES = (
    "persists?|remains?|one|second|third|another|further|lies|projects|present|seen|visible|there|only|small|large|moderate|mild|minimal|trace|tiny|new|old|known"
    "|increased|decreased|larger|smaller|unchanged|stable|persistent|worse|better"
)
_ONE_HERE = re.compile(
    rf"^\W*(?:(?:but|and|is|a|an|the|ones|{_GRADES})\s+)*(?:on|at|in)(?: the)?\s+\W*$"
)
# "... unchanged, that on the left has increased".
_THAT_HERE = re.compile(
    r"^\W*(?:(?:and|but|while|whereas|whilst)\s+)?(?:that|those|the one|the ones|the other)\s+"
    r"(?:on|at|in)(?: the)?\s+\W*$"
)
_GONE = re.compile(
    r"^(?!.*\b(?:not|part\w*|almost|nearly|largely|mostly)\b)"
    r".*\b(?:gone|resolved|cleared|disappeared|no longer|drained)\b"
)
_SAYS_ONE = re.compile(rf"\b(?:but|ones|{_GRADES})\b")
_A_NEW = re.compile(r"^\W*(?:(?:but|and|a|an|the|new|small|large|another|on|in|at)\s+)*\W*$")
_ONE = re.compile(rf"^\W*(?:(?:sided?|there|is|still|a|an|the|{_GRADES})\s+)*ones?\b")


# "R: effusion L: pneumothorax", "L) effusion, R) none": a list by sides.
_SIDE_HEADING = re.compile(
    r"(?:^|(?<=[\s.,;:]))(?:r|l|rt|lt|left|right)\s?(?P<mark>[:)])(?=\s*\S)"
    r"|(?:^|(?<=[.;:,]\s))(?:r|l|rt|lt|left|right)\s(?P<dash>[-\u2013])(?=\s)"
)
# "Left: 2 cm apical", "left small": the side first, then what is there.
_THERE = re.compile(
    rf"^[\W]*(?:an?\s+)?(?:yes\b|present\b|\+|\d+(?:[.,]\d+)?\s*(?:mm|cm|%)|(?:{_GRADES}|apical|basal|minor)\b)"
)
_AT_THE = re.compile(r"[\s;,.]*(?:(?:but|and)\s+)?(?:(?:on|at|in)\s+(?:the\s+)?)?")
_NONE = re.compile(r"\W*(?:none|nil|no|clear|absent|negative|normal)\W*")
_ONLY_A_SIDE = re.compile(
    rf"^\W*(?P<no>no\s+|nil\s+)?(?:(?:there|is|are|was|a|an|the|but|and|with|{_GRADES})\s+)*$"
)
# A tube nearer than 1 cm to the carina is too low.
_NEAR_CARINA = re.compile(
    r"(?<![\d.,])(?:(?:0?[.,]\d+|<\s*1|less than 1|under 1|within 1)\s*cm"
    r"|(?:\d(?:[.,]\d+)?|<\s*10|less than 10)\s*mm)\s+"
    r"(?:above|from|of|off|proximal to|superior to|cephalad to|cranial to|short of)\s+"
    r"(?:the\s+)?carina\b"
)
_ANOTHER = re.compile(
    r",(?!\s*(?:and |but |is |with |its |the |a |now |likely |probably |possibly )*"
    r"(?:tip|end|which|that|now|position\w*|should|needs|coil\w*|loop\w*|too|in|at|within|into|over"
    r"|recommend|suggest|mal\w*|misplaced|enter\w*|\d)\b)"
)
_AIRWAY_TUBE = re.compile(r"\b(?:ett?|tube|endotracheal|tracheostomy)\b")
# Their tips may lie at the carina: gastric tubes pass it, lines end at its level.
_OTHER_TUBE = re.compile(
    r"\b(?:ng|ngt|og|ogt|\w*gastric|feeding|enteric|ryle's|dobhoff|line|picc|cvc|catheter|port|svc"
    r"|drain|chest tube|sheath|vascath|balloon|iabp)\b"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Echo:
    """A clause that applies the previous finding to another side: "none on the right"."""

    clause: int
    side: Side
    denies: bool


@lru_cache(maxsize=8192)
def read(sentence: str) -> tuple[Finding, ...]:
    """The findings of one sentence in text order; spans are offsets into it."""
    text = mended(sentence)
    kept: list[Finding] = []
    for finding in _read(text.text):
        if not any(_says_more(one, finding) for one in kept):
            kept.append(_original(finding, sentence, text))
    return tuple(kept)


def _says_more(one: Finding, other: Finding) -> bool:
    """Whether the first finding includes the second: a mass named twice is one mass."""
    return (
        (one.category, one.polarity, one.certainty, one.side)
        == (other.category, other.polarity, other.certainty, other.side)
        and other.site in ("", one.site)
        and other.severity in (Severity.NONE, one.severity)
        and other.size in ("", one.size)
    )


def _original(finding: Finding, sentence: str, text: Mended) -> Finding:
    start, end = text.original(finding.start), text.original(finding.end)
    return replace(finding, term=sentence[start:end], start=start, end=end)


def _read(sentence: str) -> Iterator[Finding]:
    sentence = _SIDE_COMMA.sub(r"\1 ", _SIDE_STOP.sub(r"\1 ", sentence))
    text = opened(folded(sentence))
    names = named(text)
    if not names:
        return
    sides = [side for side in sides_in(sentence) if not side.is_structure]
    clauses = Clauses(text, names, [side.start for side in sides])
    echoes = tuple(_echoes(clauses, sides))
    scopes = scopes_of(clauses, names, echoes=frozenset(echo.clause for echo in echoes))
    modifiers = Modifiers(clauses, sides)
    headed = frozenset(_headed(clauses, echoes))
    for one in names:
        if one not in scopes.taken_back.told_again and one not in headed:
            yield from _findings(sentence, one, scopes, modifiers)
    yield from _echoed(sentence, modifiers, scopes, echoes)
    yield from _announced(sentence, clauses, scopes, sides)


def opened(text: str) -> str:
    """The text with a blank for the colon after each heading that names a part or a finding."""
    text = _DENIED_LIST.sub(lambda match: match[1] + "no".ljust(len(match[2])), text)
    letters = list(text)
    for match in _SIDE_HEADING.finditer(text):
        letters[match.end() - 1] = " "
        if match.start() and letters[match.start() - 1] in " ,.:":
            letters[match.start() - 1] = ";"
    text = "".join(letters)
    for match in _HEADING.finditer(text):
        if _is_heading(match[1], is_colon=match[2] == ":"):
            letters[match.start(2)] = " "
            for index in range(*match.span(1)):
                letters[index] = " " if letters[index] == "/" else letters[index]
    return "".join(letters)


def _is_heading(heading: str, *, is_colon: bool) -> bool:
    """Whether it names parts of the chest, or ends with a finding ("right pleural effusion:")."""
    words = re.findall(r"[a-z]+", heading)
    if word_set("findings", "headings").issuperset(words):
        return True
    return is_colon and any(
        match.end == len(heading.rstrip()) for match in found(finding_lexicon().terms, heading)
    )


def named(text: str) -> tuple[Named, ...]:
    """Everything that an opened text names, in text order."""
    lexicon = finding_lexicon()
    known: dict[Match, tuple[str, ...]] = {}
    for pattern, match in found_by(lexicon.terms, text):
        known[match] = (*known.get(match, ()), *lexicon.stands_for[pattern])
    known = {
        match: names
        for match, names in known.items()
        if not _leaves(names, match, text)
        and ("Device Malposition" in names or not _borrows(match, known, text))
    }
    broken = [match for match, names in known.items() if "Device Malposition" in names]
    known = {
        match: names
        for match, names in known.items()
        if "Fracture" not in names or not any(other.covers(match) for other in broken)
    }
    # A pitfall stands for no category and hides the names inside it.
    pitfalls: dict[Match, tuple[str, ...]] = dict.fromkeys(found(lexicon.pitfalls, text), ())
    known.update(pitfalls)
    normal: dict[Match, tuple[str, ...]] = {}
    for pattern, match in found_by(lexicon.normal, text):
        normal[match] = (*normal.get(match, ()), *lexicon.denied_by[pattern])
    beside = {
        match: names for match, names in known.items() if names and lexicon.beside.issuperset(names)
    }
    known = {match: names for match, names in known.items() if match not in beside}
    lists = (
        (known, _apart(known), False),
        (beside, _apart({**beside, **pitfalls}), False),
        (normal, _telling(normal), True),
    )
    kept = [
        Named(match=match, categories=tuple(dict.fromkeys(meant[match])), is_normal=is_normal)
        for meant, matches, is_normal in lists
        for match in matches
        if meant.get(match)
    ]
    kept += _too_low(text)
    return tuple(sorted(kept, key=lambda one: (one.match.start, one.match.end)))


def _is_of_the_airway(text: str, end: int) -> bool:
    """Whether the last device named before this offset is an airway tube."""
    airway = [match.start() for match in _AIRWAY_TUBE.finditer(text, 0, end)]
    others = [match.end() for match in _OTHER_TUBE.finditer(text, 0, end)]
    # "NG tube" is one device.
    return bool(airway) and airway[-1] > max(others, default=-2) + 1


def _borrows(match: Match, known: Mapping[Match, object], text: str) -> bool:
    """Whether its first word belongs to the name before: "heart enlarged, unfolded aorta"."""
    comma = text.find(",", match.start, match.end)
    first = match.words[0]
    return comma >= 0 and any(
        other.end <= comma
        and (
            (other.start < first[0] and first in other.words)
            or (other.start >= match.start and len(other.words) > 1)
            or 0 <= match.start - other.end <= 1
        )
        for other in known
    )


def _leaves(names: Sequence[str], match: Match, text: str) -> bool:
    """Whether the words of a misplaced tube run into another thing: "NGT in situ, left lobe"."""
    if "Device Malposition" not in names:
        return False
    if "carina" in text[match.start : match.end]:
        return not _is_of_the_airway(text, text.index("carina", match.start))
    return any(part.search(text, match.start, match.end) for part in (_ANOTHER, _OUT_OF))


def _too_low(text: str) -> Iterator[Named]:
    """An airway tube that ends just above the carina, by its distance."""
    for match in _NEAR_CARINA.finditer(text):
        if _is_of_the_airway(text, match.start()):
            near = Match(start=match.start(), end=match.end(), words=(match.span(),))
            yield Named(match=near, categories=("Device Malposition",), is_normal=False)


def _telling(normal: Mapping[Match, tuple[str, ...]]) -> tuple[Match, ...]:
    """Statements of normality, without those that a longer one includes: "clear, normal heart"."""
    return tuple(
        match
        for match in normal
        if not any(
            other.covers(match) and set(normal[match]) <= set(normal[other]) for other in normal
        )
    )


def _apart(known: Mapping[Match, tuple[str, ...]]) -> tuple[Match, ...]:
    """Matches that repeat no word of a longer one and share none with one of the same category."""
    kept: list[Match] = []
    for match in sorted(without_covered(known), key=lambda one: -one.weight):
        rivals = (other for other in kept if not set(known[other]).isdisjoint(known[match]))
        if not any(not set(other.words).isdisjoint(match.words) for other in rivals):
            kept.append(match)
    return tuple(kept)


def _findings(sentence: str, one: Named, scopes: Scopes, modifiers: Modifiers) -> Iterator[Finding]:
    lexicon = finding_lexicon()
    polarity, names = scopes.polarity(one), one.categories
    if one in scopes.turned:
        # "The lungs are not clear": something is wrong, but the sentence does not say what. A heart
        # that is not of normal size is large.
        is_plain = len(names) == 1 or names[0] in word_set("findings", "first_if_denied")
        names = names[:1] if is_plain else (lexicon.overall,)
        polarity = Polarity.ASSERTED
    elif one.is_normal:
        polarity = Polarity.NEGATED
    may_be_alternative = lexicon.never_alternatives.isdisjoint(names)
    certainty = scopes.certainty(one, may_be_alternative=may_be_alternative)
    is_denied = polarity is Polarity.NEGATED
    for category in names:
        yield Finding(
            category=category,
            term=sentence[one.match.start : one.match.end],
            polarity=polarity,
            certainty=Certainty.CERTAIN if one.is_normal else certainty,
            side=_side(one, scopes, modifiers),
            site=modifiers.site(one),
            severity=modifiers.severity(one),
            start=one.match.start,
            end=one.match.end,
            trend=Trend.NONE if one.is_normal else modifiers.trend(one, is_denied=is_denied),
            size=modifiers.size(one),
        )


def _side(one: Named, scopes: Scopes, modifiers: Modifiers) -> Side:
    """Its side; of a denial that is taken back, the side that the later clause names."""
    if (number := scopes.taken_back.there.get(one)) is not None:
        clause = modifiers.clauses.items[number]
        told = (m.side for m in modifiers.sides if clause.start <= m.start < clause.end)
        return next(told, modifiers.side(one))
    return modifiers.side(one)


def _echoes(clauses: Clauses, sides: Sequence[SideMention]) -> Iterator[_Echo]:
    for number, clause in enumerate(clauses.items):
        words = clauses.text[clause.start : clause.end]
        side = next((m for m in sides if clause.start <= m.start < clause.end), None)
        if clause.names or side is None or clause.link in (Link.START, Link.OR):
            continue
        is_one_side = side.side is not Side.BILATERAL
        before, behind = words[: side.start - clause.start], words[side.end - clause.start :]
        if _NONE_HERE.match(before) or (not before.strip(" ;,.") and _NONE.fullmatch(behind)):
            yield _Echo(clause=number, side=side.side, denies=True)
        elif _THAT_HERE.match(before):
            yield _Echo(clause=number, side=side.side, denies=_GONE.search(behind) is not None)
        elif (_ONE_HERE.match(before) and _SAYS_ONE.search(before)) or (
            _A_NEW.match(before)
            and (_ONE.match(behind) or (is_one_side and _is_told_there(before, behind)))
        ):
            yield _Echo(clause=number, side=side.side, denies=False)


def _headed(clauses: Clauses, echoes: Sequence[_Echo]) -> Iterator[Named]:
    """Names that only head a list by sides, which begins with "none": "PTX: right: none"."""
    for echo in echoes:
        before = clauses.items[echo.clause - 1]
        words = clauses.text[before.start : before.end].strip(" :;")
        if echo.denies and len(before.names) == 1:
            match = before.names[0].match
            if words == clauses.text[match.start : match.end]:
                yield before.names[0]


def _is_told_there(before: str, behind: str) -> bool:
    """Whether a clause tells of a side what is there: "left: 2 cm apical"."""
    return _AT_THE.fullmatch(before) is not None and _THERE.match(behind) is not None


def _announced(
    sentence: str, clauses: Clauses, scopes: Scopes, sides: Sequence[SideMention]
) -> Iterator[Finding]:
    """A side whose finding only the next clause names: "a left but no right effusion"."""
    for clause, following in pairwise(clauses.items):
        words = clauses.text[clause.start : clause.end]
        own = [m for m in sides if clause.start <= m.start < clause.end]
        others = {m.side for m in sides if following.start <= m.start < following.end}
        if clause.names or len(own) != 1 or not following.names or following.link is Link.OR:
            continue
        before = _ONLY_A_SIDE.match(words[: own[0].start - clause.start])
        one = following.names[0]
        is_denied = before is not None and bool(before["no"])
        is_bare = words[own[0].end - clause.start :].strip(" -,") in ("", "sided", "side")
        is_other = (one in scopes.denied) is not is_denied
        if before and is_bare and is_other and own[0].side.opposite in others and not one.is_normal:
            for category in one.categories:
                yield Finding(
                    category=category,
                    term=sentence[one.match.start : one.match.end],
                    polarity=Polarity.NEGATED if is_denied else Polarity.ASSERTED,
                    certainty=Certainty.CERTAIN,
                    side=own[0].side,
                    site="",
                    severity=Severity.NONE,
                    start=one.match.start,
                    end=one.match.end,
                )


def _echoed(
    sentence: str, modifiers: Modifiers, scopes: Scopes, echoes: Sequence[_Echo]
) -> Iterator[Finding]:
    """The previous findings applied to the echo's side, unless the echo adds nothing."""
    for echo in echoes:
        polarity = Polarity.NEGATED if echo.denies else Polarity.ASSERTED
        for one in modifiers.clauses.names_before(echo.clause):
            is_same = (one in scopes.denied) is echo.denies
            if one.is_normal or (is_same and modifiers.side(one) in (echo.side, Side.BILATERAL)):
                continue
            for category in one.categories:
                yield Finding(
                    category=category,
                    term=sentence[one.match.start : one.match.end],
                    polarity=polarity,
                    certainty=Certainty.CERTAIN,
                    side=echo.side,
                    site="",
                    severity=Severity.NONE,
                    start=one.match.start,
                    end=one.match.end,
                )
