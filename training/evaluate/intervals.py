"""Bootstrap intervals over studies: how much a figure owes to which studies were drawn."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray


def interval(
    figure: Callable[[NDArray[np.int64]], float],
    count: int,
    *,
    resamples: int = 500,
    seed: int = 1,
    level: float = 0.95,
) -> tuple[float, float]:
    """Percentile interval of a figure.

    Args:
        figure: The figure of the studies with these numbers (repeats count again).
        count: Number of studies.
        resamples: Draws with replacement.
        seed: Of the draws; the same for every figure, so that rows can be compared.
        level: Share of the draws inside the interval.
    """
    draw = np.random.default_rng(seed)
    values = [figure(draw.integers(count, size=count)) for _ in range(resamples)]
    tail = 50.0 * (1.0 - level)
    low, high = np.percentile(values, [tail, 100.0 - tail])
    return float(low), float(high)
