"""How far texts agree with a model's draws for the same films, many texts at once.

Computes the expected overlap of a text with the report, of which the draws are samples: ROUGE-L,
BLEU-4 in its linear form (Tromble et al., EMNLP 2008), CIDEr, and the F-score of single words with
METEOR's weight on recall. Longest common subsequences are counted in the bits of machine words
(Hyyrö 2004), for all texts and draws at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.domain.bundle import AssemblySpec
from engine.inference.ngrams import LONGEST, NONE, NgramTable

ROUGE_RECALL = 1.44 / 2.44
"""ROUGE-L's beta of 1.2 as the weight of recall in the F-score."""
RECALL = 0.85
"""METEOR's weight of recall."""
CIDER_SIGMA = 6.0
TYPICAL_WORDS = 36.0
"""Length of a report; the linear BLEU weighs an n-gram relative to it."""
WORD_PRECISION, PRECISION_RATIO = 0.45, 0.65
"""BLEU's single-word precision, and the share of it that each longer order keeps."""

_GAINS = tuple(
    1.0 / (LONGEST * TYPICAL_WORDS * WORD_PRECISION * PRECISION_RATIO**order)
    for order in range(LONGEST)
)
_BITS = 64
Texts = NDArray[np.int64]
Table = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Level:
    """The value of the k-th occurrence of an n-gram in a text.

    Attributes:
        rows: `(m,)` n-grams that some draw contains k times.
        held: `(m, D)` 1 where a draw contains it k times.
        gain: `(m,)` contribution to the linear BLEU.
        cider: `(m, D)` contribution to CIDEr's product with a draw.
    """

    rows: NDArray[np.intp]
    held: Table
    gain: Table
    cider: Table


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Order:
    """N-grams of one length; number 0 stands for all that occur in no draw.

    Attributes:
        following: `(n-grams one word shorter, words)` to n-gram; None for single words.
        size: Number of n-grams, 0 included.
        rarity: `(size,)` CIDEr's weight.
        levels: By occurrence.
    """

    following: NDArray[np.int64] | None
    size: int
    rarity: Table
    levels: tuple[_Level, ...]


class Agreement:
    """Agreement with the draws of one study.

    Args:
        draws: Ids of the drawn reports; equal ones count as often as they were drawn.
        table: Of the bundle.
        spec: Weight of each kind of overlap.
    """

    def __init__(
        self, draws: Sequence[tuple[int, ...]], table: NgramTable, spec: AssemblySpec
    ) -> None:
        times = Counter(draw for draw in draws if draw)
        self._spec = spec
        self._shares = np.array(list(times.values()), dtype=np.float64) / max(times.total(), 1)
        self._lengths = np.array([len(draw) for draw in times], dtype=np.float64)
        self._words = {word: n for n, word in enumerate(sorted({w for d in times for w in d}), 1)}
        local = [self.local(draw) for draw in times]
        names = np.array([NONE, *self._words], dtype=np.int64)
        self._orders = tuple(
            _Order(
                following=following,
                size=len(rarity),
                rarity=rarity,
                levels=_levels(counts, rarity, self._shares, _GAINS[number]),
            )
            for number, (following, rarity, counts) in enumerate(_orders(local, names, table))
        )
        self._masks = _masks(local, len(self._words) + 1)

    def local(self, ids: Sequence[int]) -> NDArray[np.int64]:
        """Numbers of the draws' words, from 1; raises `KeyError` for a word of no draw."""
        return np.array([self._words[word] for word in ids], dtype=np.int64)

    def of(self, texts: Texts, lengths: NDArray[np.int64]) -> Table:
        """The value of each text.

        Args:
            texts: `(E, L)` word numbers from `local`, padded with 0.
            lengths: `(E,)` number of words in each, at least 1.

        Returns:
            `(E,)`.
        """
        spec, words = self._spec, lengths.astype(np.float64)[:, None]
        matched = np.zeros((len(texts), len(self._shares)))
        worth = -spec.bleu * spec.length * words[:, 0] / TYPICAL_WORDS
        cosine = np.zeros_like(matched)
        grams = texts
        for number, order in enumerate(self._orders):
            if order.following is not None:
                grams = order.following[grams[:, :-1], texts[:, number:]]
            counts = _counts(grams, np.maximum(lengths - number, 0), order.size)
            product = np.zeros_like(matched)
            for times, level in enumerate(order.levels, start=1):
                holds = (counts[:, level.rows] >= times).astype(np.float64)
                worth += spec.bleu * (holds @ level.gain)
                product += holds @ level.cider
                if number == 0:
                    matched += holds @ level.held
            norm = np.sqrt(np.square(counts) @ np.square(order.rarity))
            cosine += product / np.maximum(norm, 1e-9)[:, None] / LONGEST
        gap = np.exp(-np.square(words - self._lengths) / (2.0 * CIDER_SIGMA**2))
        common = self._common(texts)
        agreed = spec.cider * cosine * gap
        agreed += spec.recall * _f(matched, words, self._lengths, RECALL)
        agreed += spec.rouge * _f(common, words, self._lengths, ROUGE_RECALL)
        return worth + agreed @ self._shares

    def _common(self, texts: Texts) -> Table:
        """Length in words of the longest common subsequence of each text and draw, `(E, D)`."""
        states = [np.full((len(texts), len(self._lengths)), ~np.uint64(0)) for _part in self._masks]
        for column in texts.T:
            carried: NDArray[np.uint64] | None = None
            for part, mask in enumerate(self._masks):
                state = states[part]
                met = state & mask[column]
                total = state + met
                flows = total < met
                if carried is not None:
                    total += carried
                    flows |= total < carried
                states[part] = total | (state - met)
                carried = flows.astype(np.uint64)
        counted = np.zeros(states[0].shape) if states else np.zeros((len(texts), 0))
        for state in states:
            counted += np.bitwise_count(~state)
        return counted


def _orders(
    local: Sequence[NDArray[np.int64]], names: NDArray[np.int64], table: NgramTable
) -> tuple[tuple[NDArray[np.int64] | None, Table, Table], ...]:
    """For each length: how n-grams follow, how rare each is and how often each draw contains it.

    Args:
        local: Word numbers of each draw.
        names: Id of each number.
        table: Of the bundle.
    """
    words = np.concatenate([*local, np.zeros(0, dtype=np.int64)])
    owner = np.repeat(np.arange(len(local)), [len(ids) for ids in local])
    left = np.concatenate([np.arange(len(ids), 0, -1) for ids in local] or [words])
    found: list[tuple[NDArray[np.int64] | None, Table, Table]] = []
    grams, named, following = words.copy(), names[:, None], None
    for length in range(1, LONGEST + 1):
        starts = np.flatnonzero(left >= length)
        if length > 1:
            last = words[starts + length - 1]
            pairs, numbers = np.unique(grams[starts] * len(names) + last, return_inverse=True)
            before, word = np.divmod(pairs, len(names))
            following = np.zeros((len(named), len(names)), dtype=np.int64)
            following[before, word] = np.arange(1, len(pairs) + 1)
            ids = np.concatenate([named[before], names[word][:, None]], axis=1)
            named = np.concatenate([np.full((1, length), NONE), ids])
            grams[starts] = numbers + 1
        counts = np.zeros((len(named), len(local)))
        np.add.at(counts, (grams[starts], owner[starts]), 1.0)
        found.append((following, table.rarity(named), counts))
    return tuple(found)


def _levels(counts: Table, rarity: Table, shares: Table, worth: float) -> tuple[_Level, ...]:
    """The value of each occurrence.

    Args:
        counts: `(n-grams, D)` in the draws.
        rarity: `(n-grams,)`.
        shares: `(D,)` share of each draw among all.
        worth: Of a matched n-gram in the linear BLEU.
    """
    norms = np.maximum(np.sqrt(np.square(counts * rarity[:, None]).sum(axis=0)), 1e-9)
    levels: list[_Level] = []
    for times in range(1, int(counts.max(initial=0.0)) + 1):
        rows = np.flatnonzero((counts >= times).any(axis=1))
        held = (counts[rows] >= times).astype(np.float64)
        weights = np.square(rarity[rows])[:, None] / norms
        gain = worth * (held @ shares)
        level = _Level(rows=rows, held=held, gain=gain, cider=held * counts[rows] * weights)
        levels.append(level)
    return tuple(levels)


def _masks(local: Sequence[NDArray[np.int64]], words: int) -> tuple[NDArray[np.uint64], ...]:
    """For every 64 positions, the bits at which each word occurs in the draws, `(words, D)`."""
    longest = max((len(ids) for ids in local), default=0)
    masks = [np.zeros((words, len(local)), dtype=np.uint64) for _ in range(0, longest, _BITS)]
    for draw, ids in enumerate(local):
        for index, word in enumerate(ids):
            masks[index // _BITS][word, draw] |= np.uint64(1) << np.uint64(index % _BITS)
    return tuple(masks)


def _counts(grams: Texts, held: NDArray[np.int64], size: int) -> Table:
    """How often each text contains each n-gram, `(E, size)`.

    Args:
        grams: `(E, L)` numbers.
        held: `(E,)` how many of them belong to the text; the rest is padding.
        size: Number of n-grams.
    """
    is_held = np.arange(grams.shape[1]) < held[:, None]
    indices = (np.arange(len(grams))[:, None] * size + grams)[is_held]
    counts = np.bincount(indices, minlength=len(grams) * size)
    return counts.reshape(len(grams), size).astype(np.float64)


def _f(matched: Table, words: Table, lengths: Table, recall: float) -> Table:
    """F-score of matched words `(E, D)`: precision over `words`, recall over `lengths`."""
    precision, found = matched / words, matched / lengths
    mean = recall * precision + (1.0 - recall) * found
    return precision * found / np.maximum(mean, 1e-9)
