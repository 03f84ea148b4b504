"""The reward of a drawn report: overlap with the radiologist's text, and true labels.

CIDEr as the COCO scorer computes it (clipped counts, Gaussian of the length difference with sigma
6, times 10), with the document frequencies of the training reports; the clipped n-gram precision of
order 4 stands for BLEU; a label counts +1 if the study is coded with it and costs a fixed price in
any case, which is the linear form of F1 (Lipton et al. 2014: assert what is likelier than F1/2).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence

ORDER = 4
SIGMA = 6.0

Grams = Counter[tuple[str, ...]]


class OverlapReward:
    """CIDEr and smoothed BLEU-4 of texts against one training report each.

    Args:
        references: Cleaned training reports; document frequencies come from them.
    """

    def __init__(self, references: Sequence[str]) -> None:
        grams = [_grams(text) for text in references]
        self._frequency = Counter(gram for counts in grams for gram in counts)
        self._documents = math.log(len(references))
        self._references = [(counts, self._norms(counts)) for counts in grams]

    def cider(self, text: str, study: int) -> float:
        """CIDEr of a cleaned text against the reference of a study, 0 to 10."""
        given = _grams(text)
        wanted, wanted_norms = self._references[study]
        given_norms = self._norms(given)
        products = [0.0] * ORDER
        for gram in given.keys() & wanted.keys():
            weight = self._rarity(gram) ** 2
            products[len(gram) - 1] += min(given[gram], wanted[gram]) * wanted[gram] * weight
        likeness = [
            product / (a * b) if a and b else 0.0
            for product, a, b in zip(products, given_norms, wanted_norms, strict=True)
        ]
        difference = _size(given, 2) - _size(wanted, 2)
        return 10.0 * math.exp(-(difference**2) / (2.0 * SIGMA**2)) * sum(likeness) / ORDER

    def bleu(self, text: str, study: int) -> float:
        """BLEU-4 of one text, with one added to the counts of orders 2 to 4, 0 to 1."""
        given, wanted = _grams(text), self._references[study][0]
        if not given:
            return 0.0
        total = 0.0
        for order in range(1, ORDER + 1):
            matches = sum(min(n, wanted[g]) for g, n in given.items() if len(g) == order)
            count = _size(given, order)
            added = 0 if order == 1 else 1
            total += math.log(max(matches + added, 1e-9) / max(count + added, 1))
        brevity = min(0.0, 1.0 - _size(wanted, 1) / _size(given, 1))
        return math.exp(total / ORDER + brevity)

    def _norms(self, grams: Grams) -> list[float]:
        squares = [0.0] * ORDER
        for gram, count in grams.items():
            squares[len(gram) - 1] += (count * self._rarity(gram)) ** 2
        return [math.sqrt(value) for value in squares]

    def _rarity(self, gram: tuple[str, ...]) -> float:
        return self._documents - math.log(max(1.0, self._frequency[gram]))


def label_reward(claimed: Iterable[str], coded: frozenset[str], price: float) -> float:
    """The reward for the labels that a text asserts.

    Args:
        claimed: Labels of the text.
        coded: Labels of the study.
        price: Of each asserted label, true or not.
    """
    return sum((1.0 if label in coded else 0.0) - price for label in claimed)


def advantages(rewards: Sequence[float], samples: int) -> list[float]:
    """Each sample's reward minus the mean of its study's other samples (leave-one-out baseline).

    Args:
        rewards: The samples of a study in a row.
        samples: S, 2 or more.
    """
    found = []
    for start in range(0, len(rewards), samples):
        own = rewards[start : start + samples]
        total = sum(own)
        found += [value - (total - value) / (samples - 1) for value in own]
    return found


def _grams(text: str) -> Grams:
    words = text.split()
    return Counter(
        tuple(words[at : at + order])
        for order in range(1, ORDER + 1)
        for at in range(len(words) - order + 1)
    )


def _size(grams: Grams, order: int) -> int:
    return sum(count for gram, count in grams.items() if len(gram) == order)
