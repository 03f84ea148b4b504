"""Bootstrap intervals over studies: how much a figure owes to which studies were drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

Figures = Callable[[NDArray[np.int64]], Mapping[str, float]]
"""Figures by name, of the studies with these numbers; repeats count again."""


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
        figures: Asked once a draw.
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


def share_interval(hits: int, count: int) -> tuple[float, float]:
    """95 % interval of a share of at least one trial (Wilson 1927)."""
    z = 1.96
    share, below = hits / count, 1.0 + z**2 / count
    middle = (share + z**2 / (2 * count)) / below
    reach = z * np.sqrt(share * (1.0 - share) / count + z**2 / (4 * count**2)) / below
    return float(max(middle - reach, 0.0)), float(min(middle + reach, 1.0))
