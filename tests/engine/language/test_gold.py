"""Sentences and reports marked by another hand: how much of them is read as it is meant.

`gold/GUIDE.md` says how they were marked. Figures are in docs/findings.md; this holds them.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from testkit.report_documents import report_of

from engine.language.asked_reports import alerts_of
from engine.language.prior_difference import prior_difference
from engine.language.surface import reading_of

GOLD = Path(__file__).with_name("gold")
Said = tuple[str, str, str]


def rows(name: str) -> list[dict[str, Any]]:
    lines = (GOLD / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.strip()]


def merged(items: Iterable[Iterable[str]]) -> set[Said]:
    """Left and right of one category and polarity are both."""
    sides: dict[tuple[str, str], set[str]] = defaultdict(set)
    for category, polarity, side in items:
        sides[category, polarity].add(side)
    for own in sides.values():
        if {"left", "right"} <= own:
            own -= {"left", "right"}
            own.add("both")
    return {(*pair, side) for pair, own in sides.items() for side in own}


def counted(row: dict[str, Any]) -> tuple[int, int, int]:
    """What was said and meant, said and not meant, meant and not said, sides included."""
    read = reading_of(row["sentence"])["findings"]
    said = merged((one["category"], one["polarity"], one["side"]) for one in read)
    gold, also = merged(row["findings"]), {tuple(one) for one in row.get("also", ())}
    met = {want for want in gold if want in said or any(is_instead(x, want, also) for x in said)}
    over = {one for one in said if one not in gold and one not in also}
    return len(met), len(over), len(gold) - len(met)


def is_instead(one: Said, want: Said, also: set[tuple[str, ...]]) -> bool:
    """Whether another side or polarity that is accepted was said in its place."""
    may = one[1] == want[1] or "uncertain" in (one[1], want[1])
    return one[0] == want[0] and may and one in also


@pytest.mark.parametrize(("name", "least"), [("sentences", 230), ("more_sentences", 226)])
def test_sentences_are_read_as_they_are_meant(name: str, least: int) -> None:
    counts = [counted(row) for row in rows(name)]
    met, over, missed = (sum(numbers) for numbers in zip(*counts, strict=True))
    assert sum(count[1:] == (0, 0) for count in counts) >= least
    assert 2 * met / (2 * met + over + missed) >= 0.97


@pytest.mark.parametrize("name", ["sentences", "more_sentences"])
def test_what_the_sentence_says_of_the_course_is_what_the_comparison_shows(name: str) -> None:
    wrong = [row["id"] for row in rows(name) if not is_course_right(row)]
    assert wrong == []


def is_course_right(row: dict[str, Any]) -> bool:
    for category, course in row.get("course", ()):
        side = next((s for c, _, s in row["findings"] if c == category), "none")
        word = {"both": "bilateral", "none": ""}.get(side, side)
        before = [] if course == "new" else [f"{word} {NAMES.get(category, category)}.".strip()]
        found = prior_difference(report_of(*before), report_of(row["sentence"])).findings
        told = {one.course.value for one in found if one.category == category}
        if told != {course if course in ("new", "gone") else "same"}:
            return False
    return True


@pytest.mark.parametrize("name", ["sentences", "more_sentences"])
def test_the_surface_tells_the_course_too(name: str) -> None:
    wrong = [row["id"] for row in rows(name) if not told_courses(row) >= courses(row)]
    assert wrong == []


def courses(row: dict[str, Any]) -> set[tuple[str, str]]:
    return {(category, course) for category, course in row.get("course", ())}


def told_courses(row: dict[str, Any]) -> set[tuple[str, str]]:
    return {(one["category"], one["course"]) for one in reading_of(row["sentence"])["findings"]}


# Words for categories whose name is no word of a report.
NAMES = {
    "Cardiac Device": "pacemaker",
    "Tube": "chest tube",
    "Interstitial Disease": "interstitial lung disease",
    "Pulmonary Congestion": "pulmonary vascular congestion",
    "Pulmonary Atelectasis": "atelectasis",
}


def test_the_fault_that_was_planted_is_asked_about_and_nothing_else() -> None:
    missed, false = [], []
    for row in rows("reports"):
        told = {alert["kind"] for alert in alerts_of(json.dumps(row))["alerts"]}
        (planted,) = row["alerts"]
        if planted == "nothing":
            false += [row["id"]] if told else []
        elif planted not in told:
            missed.append(row["id"])
    assert len(missed) <= 1, missed
    assert len(false) <= 1, false
