"""How well asserted findings agree with true ones: precision, recall, F1, and how sure that is.

Training's model card and a site's acceptance test are counted by the same functions. Intervals are
percentiles of a bootstrap over studies (Efron and Tibshirani 1993); what was not read off the films
is what is left when drafts are handed to other studies (docs/decisions/0017).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Figures = Callable[[NDArray[np.int64]], Mapping[str, float]]
"""Figures by name for the studies with these indices; repeats count again."""

SHUFFLES = 20
"""Number of orders in which drafts are handed to other studies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelScore:
    """Precision, recall and F1 of asserted labels, averaged in three ways.

    Attributes:
        precision: Micro, over all pairs of study and label; so are `recall` and `f1`.
        macro_precision: Mean over the labels with at least one coded study (0 for a label that is
            never asserted); so are `macro_recall` and `macro_f1`.
        example_precision: Mean over studies; so are `example_recall` and `example_f1`. A study with
            nothing coded and nothing asserted counts 1, one with only one of the two 0.
        claimed: Number of labels asserted in all.
    """

    precision: float
    recall: float
    f1: float
    macro_precision: float
    macro_recall: float
    macro_f1: float
    example_precision: float
    example_recall: float
    example_f1: float
    claimed: int


def score_label_tables(asserted: NDArray[np.bool_], true: NDArray[np.bool_]) -> LabelScore:
    """Scores of two tables `(n, labels)`."""
    by_label = rates((asserted & true).sum(axis=0), asserted.sum(axis=0), true.sum(axis=0))
    by_study = rates((asserted & true).sum(axis=1), asserted.sum(axis=1), true.sum(axis=1))
    both_empty = ~(asserted | true).any(axis=1)
    occurring = true.any(axis=0)
    micro = rates((asserted & true).sum(), asserted.sum(), true.sum())
    macro = [_mean(rate[occurring]) for rate in by_label]
    example = [_mean(np.where(both_empty, 1.0, rate)) for rate in by_study]
    return LabelScore(
        precision=float(micro[0]),
        recall=float(micro[1]),
        f1=float(micro[2]),
        macro_precision=macro[0],
        macro_recall=macro[1],
        macro_f1=macro[2],
        example_precision=example[0],
        example_recall=example[1],
        example_f1=example[2],
        claimed=int(asserted.sum()),
    )


def label_rows(rows: Sequence[frozenset[str]], names: Sequence[str]) -> NDArray[np.bool_]:
    """`(n, names)`: which names are in each row."""
    table = [[name in row for name in names] for row in rows]
    return np.array(table, dtype=bool).reshape(len(rows), len(names))


def rates(hits: NDArray[np.int64], asserted: NDArray[np.int64], true: NDArray[np.int64]) -> _Rates:
    """Precision, recall and F1 of counts; 0 where the divisor is 0."""
    precision = hits / np.maximum(asserted, 1)
    recall = hits / np.maximum(true, 1)
    return precision, recall, 2.0 * hits / np.maximum(asserted + true, 1)


def exchanged(count: int, seed: int = 1, times: int = SHUFFLES) -> Iterator[NDArray[np.int64]]:
    """Orders that hand each of `count` drafts to another study.

    One order is a draw of a quantity that has a mean: CIDEr of the same drafts ranged from .18 to
    .33 over 20 orders.

    Yields:
        `times` arrays `(count,)`: the study whose draft each study is given. With two or more
        studies, none keeps its own.
    """
    draw = np.random.default_rng(seed)
    for _ in range(times):
        order = draw.permutation(count)
        given = np.empty(count, dtype=np.int64)
        given[order] = np.roll(order, -1)
        yield given


def intervals(
    figures: Figures,
    count: int,
    *,
    resamples: int = 500,
    seed: int = 1,
    level: float = 0.95,
) -> dict[str, tuple[float, float]]:
    """Percentile intervals of figures.

    Args:
        figures: Called once per draw.
        count: Number of studies.
        resamples: Draws with replacement.
        seed: Of the draws; the same for every row, so that rows can be compared.
        level: Share of the draws inside the interval.
    """
    draw = np.random.default_rng(seed)
    drawn = [figures(draw.integers(count, size=count)) for _ in range(resamples)]
    tail = 50.0 * (1.0 - level)
    found = {}
    for name in drawn[0]:
        low, high = np.percentile([values[name] for values in drawn], [tail, 100.0 - tail])
        found[name] = (float(low), float(high))
    return found


def _mean(values: NDArray[np.floating]) -> float:
    return float(values.mean()) if values.size else 0.0


_Rates = tuple[NDArray[np.floating], NDArray[np.floating], NDArray[np.floating]]
