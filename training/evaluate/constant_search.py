"""The best constant report made of frequent sentences: how far n-gram scores go without a film.

This is how constant C2 of `training.evaluate.baselines` was found; `python -m
benchmarks.constant_reports` repeats it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from pycocoevalcap.bleu.bleu_scorer import precook

from training.data.report_text import END, sentences
from training.evaluate.text_metrics import ORDER, bleu_of_counts

CANDIDATES = 45
MOST_SENTENCES = 8
ROUGE_BETA = 1.2
_LEAST_GAIN = 1e-6

_Grams = Counter[tuple[str, ...]]


def frequent_sentences(reports: Iterable[str], count: int = CANDIDATES) -> tuple[str, ...]:
    """The most frequent sentences of cleaned reports; equals in alphabetical order."""
    counts = Counter(sentence for report in reports for sentence in sentences(report))
    return tuple(sorted(counts, key=lambda sentence: (-counts[sentence], sentence))[:count])


def best_constant(
    candidates: Sequence[str],
    references: Sequence[str],
    *,
    start: str = "",
    most_sentences: int = MOST_SENTENCES,
) -> tuple[str, float]:
    """The text, given to every study, with the best BLEU-4 + ROUGE-L that greedy steps reach.

    Each step inserts one candidate, possibly again, at the position where it gains most; the first
    of equals. The search ends when no step gains.

    Args:
        candidates: Sentences without their final ".".
        references: Cleaned, one per study.
        start: Cleaned text to start with.
        most_sentences: Maximum length of the text.

    Returns:
        The cleaned text, and its BLEU-4 + ROUGE-L.
    """
    scorer = _ConstantScorer(references)
    chosen = sentences(start)
    best = scorer(joined(chosen)) if chosen else 0.0
    while len(chosen) < most_sentences:
        grown = [
            (*chosen[:index], candidate, *chosen[index:])
            for candidate in candidates
            for index in range(len(chosen) + 1)
        ]
        scores = [scorer(joined(parts)) for parts in grown]
        first = int(np.argmax(scores))
        if scores[first] < best + _LEAST_GAIN:
            break
        chosen, best = grown[first], scores[first]
    return joined(chosen), best


def joined(parts: Iterable[str]) -> str:
    """Sentences as one cleaned text."""
    return " ".join(f"{part} {END}" for part in parts)


class _ConstantScorer:
    """BLEU-4 + ROUGE-L of one text for all studies; the references are counted once."""

    def __init__(self, references: Sequence[str]) -> None:
        self._grams: list[_Grams] = [precook(text, ORDER)[1] for text in references]
        self._lengths = np.array([len(text.split()) for text in references])
        self._words = [text.split() for text in references]

    def __call__(self, text: str) -> float:
        return self._bleu(text) + self._rouge(text)

    def _bleu(self, text: str) -> float:
        length, grams = precook(text, ORDER)
        matches = np.zeros(ORDER)
        for reference in self._grams:
            for gram, count in grams.items():
                matches[len(gram) - 1] += min(count, reference.get(gram, 0))
        studies = len(self._grams)
        guesses = [studies * max(length - order, 0) for order in range(ORDER)]
        counts = np.array([self._lengths.sum(), studies * length, *matches, *guesses])
        return float(bleu_of_counts(counts)[ORDER - 1])

    def _rouge(self, text: str) -> float:
        words = text.split()
        common = np.array([_longest_common(words, reference) for reference in self._words])
        precision, recall = common / len(words), common / self._lengths
        weight = ROUGE_BETA**2
        below = np.maximum(recall + weight * precision, 1e-12)
        return float(((1 + weight) * precision * recall / below).mean())


def _longest_common(one: Sequence[str], other: Sequence[str]) -> int:
    """Length of the longest common subsequence, computed row by row on whole arrays."""
    same = np.array(other)
    row: NDArray[np.int64] = np.zeros(len(other) + 1, dtype=np.int64)
    for word in one:
        taken = np.concatenate([[0], np.where(same == word, row[:-1] + 1, row[1:])])
        row = np.maximum.accumulate(np.maximum(taken, row))
    return int(row[-1])
