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


def cases() -> Iterator[tuple[str, list[tuple[str, set[Said]]]]]:
    """The sentences of each kind, with what they say: one test a kind is quicker than one each."""
    kinds: dict[str, list[tuple[str, set[Said]]]] = {}
    for file in SENTENCES:
        kind = file.stem
        for line in file.read_text(encoding="utf-8").splitlines():
            if line.startswith("#"):
                kind = f"{file.stem}: {line.strip('# ')}" if line.startswith("##") else kind
            elif line:
                sentence, _, told = line.rpartition("=")
                wanted = {expected(one) for one in told.split(";") if one.strip()}
                kinds.setdefault(kind, []).append((sentence.strip(), wanted))
    yield from kinds.items()


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


@pytest.mark.parametrize(
    ("kind", "sentences"), tuple(cases()), ids=lambda one: one if isinstance(one, str) else ""
)
def test_a_sentence_says_what_it_says(kind: str, sentences: list[tuple[str, set[Said]]]) -> None:
    assert [why for sentence, wanted in sentences for why in misread(sentence, wanted)] == []


def misread(sentence: str, wanted: set[Said]) -> Iterator[tuple[str, str, object]]:
    """What is missing, made up, or said with another sign."""
    told = said(sentence)
    if missing := {want for want in wanted if not is_met(want, told)}:
        yield sentence, "missing", missing
    named = {want[:2] for want in wanted}
    if more := {one for one in told if one[1] != "negated" and one[:2] not in named}:
        yield sentence, "made up", more
    signs = {(category, sign) for category, sign, _ in told}
    for category, sign, _ in wanted:
        others = {other for name, other, _ in wanted if name == category} | {sign}
        if wrong := {own for name, own in signs if name == category} - others:
            yield sentence, f"{category} {sign}", wrong
