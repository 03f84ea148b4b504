"""Whether a generated finding is on the side where the radiologist saw it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.domain.analytics import Share
from engine.domain.finding import Side
from engine.language.findings import findings_in
from training.data.report_text import sentences

Sides = dict[str, frozenset[Side]]


def sides_of(cleaned: str) -> Sides:
    """Sides of each category that a text asserts with a side; left and right become bilateral."""
    found: dict[str, set[Side]] = {}
    for sentence in sentences(cleaned):
        for finding in findings_in(sentence):
            if finding.is_asserted and finding.side is not Side.NONE:
                found.setdefault(finding.category, set()).add(finding.side)
    return {name: _whole(sides) for name, sides in found.items()}


def laterality(texts: Sequence[str], references: Sequence[str]) -> dict[str, Any]:
    """Sides of generated findings against the reference's sides of the same category.

    Args:
        texts: Generated, cleaned.
        references: Cleaned, in the same order.

    Returns:
        `lateralised`: findings generated with a side; `comparable`: those that the reference also
        asserts with a side; of these `right` have the same side or sides, `opposite` left for right
        or right for left, the rest one side for both or both for one. `accuracy` is right /
        comparable, with its 95 % interval (Wilson); None if nothing is comparable.
    """
    lateralised = right = opposite = comparable = 0
    for text, reference in zip(texts, references, strict=True):
        wanted = sides_of(reference)
        for name, sides in sides_of(text).items():
            lateralised += 1
            if name in wanted:
                comparable += 1
                right += sides == wanted[name]
                opposite += sides in _ONE_SIDED and wanted[name] == _mirrored(sides)
    return {
        "lateralised": lateralised,
        "comparable": comparable,
        "right": right,
        "opposite": opposite,
        "accuracy": right / comparable if comparable else None,
        "accuracy_interval": Share(count=right, total=comparable).interval if comparable else None,
    }


_BOTH = frozenset({Side.BILATERAL})
_ONE_SIDED = (frozenset({Side.LEFT}), frozenset({Side.RIGHT}))


def _whole(sides: set[Side]) -> frozenset[Side]:
    is_both = Side.BILATERAL in sides or {Side.LEFT, Side.RIGHT} <= sides
    return _BOTH if is_both else frozenset(sides)


def _mirrored(sides: frozenset[Side]) -> frozenset[Side]:
    return frozenset(side.opposite for side in sides)
