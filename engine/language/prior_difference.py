"""Two reports of one patient compared by finding (new, gone, same) and by number.

Uses the sentence reader's rules, no model. It compares what two people wrote, never two films; the
comparison in the report is the reader's to write.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from engine.domain.finding import Finding, Polarity, Severity, Side
from engine.domain.prior_difference import (
    Course,
    FindingCourse,
    NumberCourse,
    PriorDifference,
)
from engine.domain.report import Report, Section
from engine.domain.study import SpacingKind
from engine.language.findings import findings_in, sentences_of

_QUANTITIES = (
    (
        "Cardiothoracic ratio",
        re.compile(r"(?:cardiothoracic ratio|\bCTR\b)\D{0,20}?(\d[.,]\d+)", re.I),
    ),
    ("Cobb angle", re.compile(r"\bcobb angle\D{0,20}?(\d+(?:[.,]\d+)?)\s*(?:°|degrees?)", re.I)),
)
_BASIS = re.compile(
    r"\bon an? (PA|AP) film|\((" + "|".join(kind.value for kind in SpacingKind) + r")\)", re.I
)
_COMPARED = (Section.FINDINGS, Section.IMPRESSION)
_LUNG = ("upper lobe", "middle lobe", "lower lobe", "lingula", "base", "apex", "retrocardiac")
# Names that two readers may use for overlapping parts of a film.
_OVERLAPPING = frozenset(
    frozenset(pair)
    for pair in (
        ("lower lobe", "base"),
        ("lower lobe", "retrocardiac"),
        ("base", "retrocardiac"),
        ("upper lobe", "apex"),
        ("upper lobe", "lingula"),
        ("middle lobe", "base"),
        ("lingula", "base"),
        ("pleura", "base"),
        ("pleura", "costophrenic angle"),
        ("base", "costophrenic angle"),
        *(("lung", part) for part in _LUNG),
    )
)

# Words that two readers may use for one shadow in the lung.
_AIRSPACE = frozenset(
    ("Airspace Disease", "Consolidation", "Density", "Infiltrate", "Opacity", "Pneumonia")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mention:
    finding: Finding
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Value:
    text: str
    basis: str


def prior_difference(before: Report, after: Report) -> PriorDifference:
    """The findings and numbers of an earlier report next to those of a later one."""
    old, new = _mentions(before), _mentions(after)
    pairs = _paired(_asserted(old), _asserted(new))
    found = [_course(one, other, old, new) for one, other in pairs]
    order = list(Course)
    found.sort(key=lambda row: order.index(row.course))
    numbers = (*_numbers(before, after), *_sizes(pairs))
    return PriorDifference(findings=tuple(found), numbers=numbers)


def _sentences(report: Report) -> Iterable[str]:
    """Sentence by sentence, like the guards: a report row may hold several or a list."""
    return (
        part
        for section in _COMPARED
        for sentence in report.kept(section)
        for part in sentences_of(sentence.text)
    )


def _mentions(report: Report) -> tuple[_Mention, ...]:
    return tuple(
        _Mention(finding=finding, sentence=text)
        for text in _sentences(report)
        for finding in findings_in(text)
    )


def _asserted(mentions: Iterable[_Mention]) -> list[_Mention]:
    """One for each category, side and site: an impression that repeats a finding adds none."""
    kept: list[_Mention] = []
    for one in mentions:
        if one.finding.is_asserted and not any(_is_same(one, other) for other in kept):
            kept.append(one)
    return kept


def _is_same(one: _Mention, other: _Mention) -> bool:
    """Whether both are the same; a side or site that only one of them names does not count."""
    first, second = one.finding, other.finding
    return (
        first.category == second.category
        and (first.side is second.side or Side.NONE in (first.side, second.side))
        and (first.site == second.site or "" in (first.site, second.site))
    )


def _overlaps(one: _Mention, other: _Mention) -> bool:
    """Whether both overlap: "bilateral" and "left", "lower lobe" and "base".

    Two words for a shadow of the lung, such as "opacity" and "consolidation", are one finding only
    where both say in which part.
    """
    first, second = one.finding, other.finding
    sides = {first.side, second.side}
    sites = {first.site, second.site}
    return (
        (
            first.category == second.category
            or ("" not in sites and {first.category, second.category} <= _AIRSPACE)
        )
        and (len(sides) == 1 or bool(sides & {Side.NONE, Side.BILATERAL}))
        and (len(sites) == 1 or "" in sites or sites in _OVERLAPPING)
    )


def _paired(
    old: list[_Mention], new: list[_Mention]
) -> list[tuple[_Mention | None, _Mention | None]]:
    pairs: list[tuple[_Mention | None, _Mention | None]] = []
    left = list(old)
    for one in new:
        # The closest first: a finding of the same side and site, then one that leaves them open.
        free = [other for other in left if _overlaps(one, other)]
        match = max(free, key=lambda other: _closeness(one, other), default=None)
        if match is not None:
            left.remove(match)
        pairs.append((match or _wider(one, old), one))
    return pairs + [(one, _wider(one, new)) for one in left]


def _wider(one: _Mention, mentions: Iterable[_Mention]) -> _Mention | None:
    """A finding, possibly paired already, that includes this one: "bilateral" for each side."""
    return next((o for o in mentions if _overlaps(one, o) and not _is_same(one, o)), None)


def _closeness(one: _Mention, other: _Mention) -> int:
    first, second = one.finding, other.finding
    is_same = _is_same(one, other)
    beside = (first.side is second.side) + (first.site == second.site)
    return 4 * (first.category == second.category) + 2 * is_same + beside


def _course(
    before: _Mention | None,
    after: _Mention | None,
    old: tuple[_Mention, ...],
    new: tuple[_Mention, ...],
) -> FindingCourse:
    if before is not None and after is not None:
        return FindingCourse(
            course=Course.SAME,
            category=after.finding.category,
            where=_where(after.finding) or _where(before.finding),
            before=before.sentence,
            after=after.sentence,
            remark=", ".join(_remarks(before, after, old, new)),
        )
    if after is not None:
        was = _denial(after, old)
        return FindingCourse(
            course=Course.NEW,
            category=after.finding.category,
            where=_where(after.finding),
            before=was,
            after=after.sentence,
            remark="" if was else "not mentioned before",
        )
    if before is None:
        raise ValueError("a pair needs one of the two")
    now = _denial(before, new)
    return FindingCourse(
        course=Course.GONE,
        category=before.finding.category,
        where=_where(before.finding),
        before=before.sentence,
        after=now,
        remark="" if now else "not mentioned now",
    )


def _denial(one: _Mention, mentions: tuple[_Mention, ...]) -> str:
    """The other report's sentence that denies the finding; empty if there is none."""
    for other in mentions:
        if other.finding.polarity is Polarity.NEGATED and _is_same(one, other):
            return other.sentence
    return ""


def _where(finding: Finding) -> str:
    side = "" if finding.side is Side.NONE else finding.side.value
    return " ".join(part for part in (side, finding.site) if part)


def _remarks(
    before: _Mention, after: _Mention, old: tuple[_Mention, ...], new: tuple[_Mention, ...]
) -> Iterable[str]:
    """Differences between two equal findings: word, degree, or one side instead of both."""
    words = (before.finding.category.lower(), after.finding.category.lower())
    if words[0] != words[1]:
        yield f"{words[0]}, then {words[1]}"
    degrees = (before.finding.severity, after.finding.severity)
    if degrees[0] is not degrees[1] and Severity.NONE not in degrees:
        yield f"{degrees[0].value}, then {degrees[1].value}"
    sides = (_extent(before, old), _extent(after, new))
    if sides[0] is not sides[1] and Side.NONE not in sides:
        yield f"{sides[0].value}, then {sides[1].value}"


def _extent(one: _Mention, mentions: Iterable[_Mention]) -> Side:
    """The side of a finding; both sides if the report has it on the other side too."""
    side = one.finding.side
    twin = replace(one.finding, side=side.opposite)
    is_on_both = side in (Side.LEFT, Side.RIGHT) and any(
        other.finding.is_asserted
        and other.finding.side is twin.side
        and _overlaps(replace(one, finding=twin), other)
        for other in mentions
    )
    return Side.BILATERAL if is_on_both else side


def _numbers(before: Report, after: Report) -> Iterable[NumberCourse]:
    for name, pattern in _QUANTITIES:
        old, new = _value(before, pattern), _value(after, pattern)
        if old is not None or new is not None:
            yield _number(name, old, new)


def _value(report: Report, pattern: re.Pattern[str]) -> _Value | None:
    for text in _sentences(report):
        if found := pattern.search(text):
            return _Value(text=found[1], basis=_basis(text))
    return None


def _basis(text: str) -> str:
    """The projection or calibration that the sentence gives for its number."""
    found = _BASIS.search(text)
    return (found[1] or found[2]) if found else ""


def _sizes(pairs: Iterable[tuple[_Mention | None, _Mention | None]]) -> Iterable[NumberCourse]:
    """Sizes of findings that both reports have."""
    for before, after in pairs:
        if before is None or after is None:
            continue
        old, new = before.finding.size, after.finding.size
        if old and new:
            site = _where(after.finding) or _where(before.finding)
            name = f"{after.finding.category}, {site}" if site else after.finding.category
            yield _number(
                name,
                _Value(text=old, basis=_basis(before.sentence)),
                _Value(text=new, basis=_basis(after.sentence)),
            )


def _number(quantity: str, old: _Value | None, new: _Value | None) -> NumberCourse:
    remark = ""
    if old is not None and new is not None and old.basis.lower() != new.basis.lower():
        bases = (old.basis or "not stated", new.basis or "not stated")
        remark = f"not comparable: {bases[0]}, then {bases[1]}"
    return NumberCourse(
        quantity=quantity,
        before=old.text if old is not None else "",
        after=new.text if new is not None else "",
        remark=remark,
    )
