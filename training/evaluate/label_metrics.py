"""Figures about labels: ranking quality of predicted ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def auroc(scores: NDArray[np.floating], targets: NDArray[np.bool_]) -> float:
    """Area under the ROC curve: the chance that a positive scores above a negative, ties half.

    Args:
        scores: `(n,)`.
        targets: `(n,)`.

    Returns:
        In [0, 1]; NaN without a positive or without a negative.
    """
    positives = int(targets.sum())
    negatives = targets.size - positives
    if positives == 0 or negatives == 0:
        return float("nan")
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    mean_rank = np.cumsum(counts) - (counts - 1) / 2.0
    rank_sum = float(mean_rank[inverse][targets].sum())
    return (rank_sum - positives * (positives + 1) / 2.0) / (positives * negatives)
