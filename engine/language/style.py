"""House style for the model's sentences: one usual phrase per meaning, in reading order.

A sentence is reworded only if a house phrase has exactly its meaning (finding, polarity, certainty,
side, site, degree, as the product's only reader finds them) and covers all of its words. So nothing
is added or left out; a sentence without a matching phrase stays as the model wrote it. The model's
own words stay in `DraftSentence.raw`.
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
from engine.language.areas import areas_named
from engine.language.findings import findings_in
from engine.paths import resources

Meaning = frozenset[tuple[str, ...]]
"""The meaning of a sentence, independent of its wording."""

_WORD = re.compile(r"[a-z0-9]+")
_CHOICE = re.compile(r"\{([^}]*)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class HousePhrase:
    """One phrase of `resources/lexicon/house.json`.

    Attributes:
        words: The phrase's own words and those that it may replace, lower case.
    """

    text: str
    words: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseStyle:
    """The phrases by meaning, and the reading order of the chest.

    Attributes:
        phrases: By meaning; the first one that covers a sentence's words is taken.
        free: Words that carry no finding.
        keeps_place: First words of sentences that refer to the one before.
        order: Review areas from first to last.
    """

    phrases: dict[Meaning, tuple[HousePhrase, ...]]
    free: frozenset[str]
    keeps_place: frozenset[str]
    order: tuple[str, ...]


def meaning_of(sentence: str) -> Meaning:
    """The meaning of a sentence; equal for sentences that state the same."""
    return frozenset(_key(finding) for finding in findings_in(sentence))


def phrased(sentence: str) -> str:
    """The house phrase for a sentence; the sentence itself if no phrase has its meaning."""
    style = house_style()
    words = set(_WORD.findall(sentence.lower())) - style.free
    for phrase in style.phrases.get(meaning_of(sentence), ()):
        if words <= phrase.words:
            return phrase.text
    return sentence


def in_house_style(
    sentences: Sequence[DraftSentence],
) -> tuple[tuple[DraftSentence, ...], tuple[int, ...]]:
    """The draft's sentences in house phrases and reading order, without duplicates.

    A sentence that refers to the one before ("this may ...") or names no area stays after it. If
    the one before is dropped as a duplicate, the sentence follows the duplicate that is kept.

    Returns:
        The sentences, and the index of each in the model's order.
    """
    blocks: list[list[int]] = []
    for index, sentence in enumerate(sentences):
        if blocks and _rank(sentence.text) is None:
            blocks[-1].append(index)
        else:
            blocks.append([index])
    # Sorting is stable: sentences of equal rank keep the model's order.
    blocks.sort(key=lambda block: _rank(sentences[block[0]].text) or 0)
    texts = [phrased(sentence.text) for sentence in sentences]
    by_head: dict[str, list[int]] = {}
    for block in blocks:
        by_head.setdefault(texts[block[0]], []).extend(block)
    first: dict[str, int] = {}
    for index in itertools.chain.from_iterable(by_head.values()):
        first.setdefault(texts[index], index)
    styled = tuple(replace(sentences[index], text=text) for text, index in first.items())
    return styled, tuple(first.values())


@cache
def house_style() -> HouseStyle:
    """`resources/lexicon/house.json`, read once."""
    content = json.loads((resources() / "lexicon" / "house.json").read_text(encoding="utf-8"))
    phrases: dict[Meaning, tuple[HousePhrase, ...]] = {}
    for entry in content["phrases"]:
        for text in _expanded(entry["say"]):
            words = frozenset((*_WORD.findall(text.lower()), *entry["also"]))
            key = meaning_of(text)
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
        finding.site,
        finding.severity.value,
    )


def _rank(text: str) -> int | None:
    """The sentence's rank in the reading order; None if it refers to the one before."""
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
