"""House style for the model's sentences: the usual phrase for the same findings, in reading order.

A sentence is only reworded if a house phrase says exactly what it says (finding, polarity,
certainty, side, place, degree, all by the product's one reader) and if no word of it would be lost
that the phrase does not have. So nothing is added and nothing left out; what fits no phrase stands
as the model wrote it. The model's own words stay in `DraftSentence.raw`.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from engine.domain.finding import Finding
from engine.domain.report import DraftSentence
from engine.paths import resources
from engine.report.areas import areas_named
from engine.report.findings import findings_in

Said = frozenset[tuple[str, ...]]
"""What a sentence says, without the words it says it in."""

_WORD = re.compile(r"[a-z0-9]+")
_CHOICE = re.compile(r"\{([^}]*)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class HousePhrase:
    """One phrase of `resources/lexicon/house.json`.

    Attributes:
        words: Its own words and those that it may stand for, lower case.
    """

    text: str
    words: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseStyle:
    """The phrases by what they say, and the order of the chest.

    Attributes:
        phrases: By what they say; the first that has a sentence's words is taken.
        free: Words that carry no finding.
        keeps_place: First words of sentences that lean on the one before.
        order: Review areas from first to last.
    """

    phrases: dict[Said, tuple[HousePhrase, ...]]
    free: frozenset[str]
    keeps_place: frozenset[str]
    order: tuple[str, ...]


def said_in(sentence: str) -> Said:
    """What a sentence says."""
    return frozenset(_key(finding) for finding in findings_in(sentence))


def phrased(sentence: str) -> str:
    """The house phrase for a sentence; the sentence itself if none says the same."""
    style = house_style()
    words = set(_WORD.findall(sentence.lower())) - style.free
    for phrase in style.phrases.get(said_in(sentence), ()):
        if words <= phrase.words:
            return phrase.text
    return sentence


def in_house_style(
    sentences: Sequence[DraftSentence],
) -> tuple[tuple[DraftSentence, ...], tuple[int, ...]]:
    """The draft's sentences in house phrases and reading order.

    A sentence that leans on the one before ("this may ...") or names no area stays behind it.

    Returns:
        The sentences, and for each of them its place in the model's order.
    """
    blocks: list[list[int]] = []
    for place, sentence in enumerate(sentences):
        if blocks and _rank(sentence.text) is None:
            blocks[-1].append(place)
        else:
            blocks.append([place])
    # Sorting is stable: what is equal keeps the model's order.
    blocks.sort(key=lambda block: _rank(sentences[block[0]].text) or 0)
    order = tuple(itertools.chain.from_iterable(blocks))
    told = tuple(replace(sentences[i], text=phrased(sentences[i].text)) for i in order)
    return told, order


@cache
def house_style() -> HouseStyle:
    """`resources/lexicon/house.json`, read once."""
    content = json.loads((resources() / "lexicon" / "house.json").read_text(encoding="utf-8"))
    phrases: dict[Said, tuple[HousePhrase, ...]] = {}
    for entry in content["phrases"]:
        for text in _expanded(entry["say"]):
            words = frozenset((*_WORD.findall(text.lower()), *entry["also"]))
            key = said_in(text)
            phrases[key] = (*phrases.get(key, ()), HousePhrase(text=text, words=words))
    return HouseStyle(
        phrases=phrases,
        free=frozenset(content["free"]),
        keeps_place=frozenset(content["keeps_place"]),
        order=tuple(content["order"]),
    )


def _key(finding: Finding) -> tuple[str, ...]:
    return (
        finding.category,
        finding.polarity.value,
        finding.certainty.value,
        finding.side.value,
        finding.place,
        finding.severity.value,
    )


def _rank(text: str) -> int | None:
    """Where a sentence stands in the order; None if it leans on the one before."""
    style = house_style()
    first = _WORD.search(text.lower())
    named = areas_named(text)
    if first is None or first[0] in style.keeps_place or not named:
        return None
    return min(style.order.index(name) for name in named)


def _expanded(say: str) -> tuple[str, ...]:
    """Every phrase that `{a|b}` stands for."""
    parts = _CHOICE.split(say)
    choices = [part.split("|") if i % 2 else [part] for i, part in enumerate(parts)]
    return tuple("".join(words) for words in itertools.product(*choices))
