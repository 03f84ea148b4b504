"""Sentences as radiologists write them: what each says, by kinds of fault that were found."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.domain.finding import Certainty, Finding, Side
from engine.language.findings import findings_in

Said = tuple[str, str, str]

SENTENCES = sorted(Path(__file__).parent.glob("*_sentences.txt"))
_SIGNS = {"+": "asserted", "-": "negated", "?": "uncertain"}


def cases() -> Iterator[tuple[str, set[Said]]]:
    lines = (line for file in SENTENCES for line in file.read_text(encoding="utf-8").splitlines())
    for line in lines:
        if not line or line.startswith("#"):
            continue
        sentence, _, told = line.rpartition("=")
        yield sentence.strip(), {expected(one) for one in told.split(";") if one.strip()}


def expected(told: str) -> Said:
    words = told.split()
    place = next(i for i, word in enumerate(words) if word in _SIGNS)
    side = words[place + 1] if len(words) > place + 1 else "none"
    return " ".join(words[:place]), _SIGNS[words[place]], side


def said(sentence: str) -> set[Said]:
    """Left and right of one thing together are both sides."""
    told = {(f.category, polarity(f), side(f)) for f in findings_in(sentence)}
    for category, sign, _ in list(told):
        if {(category, sign, "left"), (category, sign, "right")} <= told:
            told -= {(category, sign, "left"), (category, sign, "right")}
            told.add((category, sign, "both"))
    return told


def polarity(finding: Finding) -> str:
    is_doubted = finding.is_asserted and finding.certainty is Certainty.UNCERTAIN
    return "uncertain" if is_doubted else finding.polarity.value


def side(finding: Finding) -> str:
    return "both" if finding.side is Side.BILATERAL else finding.side.value


def is_met(want: Said, told: set[Said]) -> bool:
    return any(one[:2] == want[:2] and want[2] in ("*", one[2]) for one in told)


@pytest.mark.parametrize(("sentence", "wanted"), tuple(cases()))
def test_a_sentence_says_what_it_says(sentence: str, wanted: set[Said]) -> None:
    told = said(sentence)
    assert {want for want in wanted if not is_met(want, told)} == set()
    named = {want[:2] for want in wanted}
    assert {one for one in told if one[1] != "negated" and one[:2] not in named} == set()
    signs = {(category, sign) for category, sign, _ in told}
    for category, sign, _ in wanted:
        others = {other for name, other, _ in wanted if name == category} | {sign}
        assert {own for name, own in signs if name == category} <= others
