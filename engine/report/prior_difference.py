"""Two reports of one patient side by side by finding: new, gone, same, and numbers compared.

Rules over the sentence reader, no model: it compares what two people wrote, never two films. The
comparison in the report is the reader's to write.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from engine.domain.finding import Finding, Polarity, Severity, Side
from engine.domain.prior_difference import (
    Course,
    FindingCourse,
    NumberCourse,
    PriorDifference,
)
from engine.domain.report import Report, Section
from engine.domain.study import SpacingKind
from engine.report.findings import findings_in

_QUANTITIES = (
    (
        "Cardiothoracic ratio",
        re.compile(r"(?:cardiothoracic ratio|\bCTR\b)\D{0,20}?(\d\.\d+)", re.I),
    ),
    ("Cobb angle", re.compile(r"\bcobb angle\D{0,20}?(\d+(?:\.\d+)?)\s*(?:°|degrees?)", re.I)),
)
_SIZE = re.compile(
    r"(?<![\w.])(\d+(?:\.\d+)?(?:\s*(?:x|×|by)\s*\d+(?:\.\d+)?)*)\s*(mm|cm)(?!\w)", re.I
)
_BASIS = re.compile(
    r"\bon an? (PA|AP) film|\((" + "|".join(kind.value for kind in SpacingKind) + r")\)", re.I
)
_COMPARED = (Section.FINDINGS, Section.IMPRESSION)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    finding: Finding
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Value:
    text: str
    basis: str


def prior_difference(before: Report, after: Report) -> PriorDifference:
    """The findings and numbers of an earlier report beside those of a later one."""
    old, new = _said(before), _said(after)
    pairs = _paired(_asserted(old), _asserted(new))
    found = [_course(one, other, old, new) for one, other in pairs]
    order = list(Course)
    found.sort(key=lambda row: order.index(row.course))
    numbers = (*_numbers(before, after), *_sizes(pairs))
    return PriorDifference(findings=tuple(found), numbers=numbers)


def _sentences(report: Report) -> Iterable[str]:
    return (sentence.text for section in _COMPARED for sentence in report.kept(section))


def _said(report: Report) -> tuple[_Said, ...]:
    return tuple(
        _Said(finding=finding, sentence=text)
        for text in _sentences(report)
        for finding in findings_in(text)
    )


def _asserted(said: Iterable[_Said]) -> list[_Said]:
    """One for each category, side and place: an impression that repeats a finding adds none."""
    kept: list[_Said] = []
    for one in said:
        if one.finding.is_asserted and not any(_is_same(one, other) for other in kept):
            kept.append(one)
    return kept


def _is_same(one: _Said, other: _Said) -> bool:
    """The same thing, where a side or a place that only one of them names is no difference."""
    first, second = one.finding, other.finding
    return (
        first.category == second.category
        and (first.side is second.side or Side.NONE in (first.side, second.side))
        and (first.place == second.place or "" in (first.place, second.place))
    )


def _paired(old: list[_Said], new: list[_Said]) -> list[tuple[_Said | None, _Said | None]]:
    pairs: list[tuple[_Said | None, _Said | None]] = []
    left = list(old)
    for one in new:
        # The closest first: a twin with the same side and place, then one that leaves them open.
        matches = sorted((o for o in left if _is_same(one, o)), key=lambda o: -_closeness(one, o))
        match = matches[0] if matches else None
        if match is not None:
            left.remove(match)
        pairs.append((match, one))
    return pairs + [(one, None) for one in left]


def _closeness(one: _Said, other: _Said) -> int:
    first, second = one.finding, other.finding
    return (first.side is second.side) + (first.place == second.place)


def _course(
    before: _Said | None, after: _Said | None, old: tuple[_Said, ...], new: tuple[_Said, ...]
) -> FindingCourse:
    if before is not None and after is not None:
        return FindingCourse(
            course=Course.SAME,
            category=after.finding.category,
            where=_where(after.finding) or _where(before.finding),
            before=before.sentence,
            after=after.sentence,
            remark=_severity_remark(before.finding, after.finding),
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


def _denial(one: _Said, said: tuple[_Said, ...]) -> str:
    """The sentence that denies it in the other report; empty if nobody said so."""
    for other in said:
        if other.finding.polarity is Polarity.NEGATED and _is_same(one, other):
            return other.sentence
    return ""


def _where(finding: Finding) -> str:
    side = "" if finding.side is Side.NONE else finding.side.value
    return " ".join(part for part in (side, finding.place) if part)


def _severity_remark(before: Finding, after: Finding) -> str:
    if before.severity is after.severity or Severity.NONE in (before.severity, after.severity):
        return ""
    return f"{before.severity.value}, then {after.severity.value}"


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
    """The projection or the calibration that a number rests on, as the sentence says."""
    found = _BASIS.search(text)
    return (found[1] or found[2]) if found else ""


def _sizes(pairs: Iterable[tuple[_Said | None, _Said | None]]) -> Iterable[NumberCourse]:
    """Sizes of findings that both reports have."""
    for before, after in pairs:
        if before is None or after is None:
            continue
        old, new = _SIZE.search(before.sentence), _SIZE.search(after.sentence)
        if old and new:
            place = _where(after.finding) or _where(before.finding)
            name = f"{after.finding.category}, {place}" if place else after.finding.category
            yield _number(
                name,
                _Value(text=f"{old[1]} {old[2]}", basis=_basis(before.sentence)),
                _Value(text=f"{new[1]} {new[2]}", basis=_basis(after.sentence)),
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
