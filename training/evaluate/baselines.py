"""Reports that need no generator: the bar that a model has to clear (cmcrl.md 7, pitfall 1).

Constants, the most frequent and the most central training report, a random one, and retrieval by
the features of the adapted stem: the nearest training study, or among the 30 nearest the report
that agrees most with the other 29.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from engine.language.agreement import exchanged
from training.data.films import FilmCache
from training.data.record import Record
from training.model.stem import Stem

FOUR_NORMAL_SENTENCES = (
    "the heart size and pulmonary vascularity appear within normal limits . the lungs are clear . "
    "no focal airspace consolidation . there is no pleural effusion or pneumothorax ."
)
"""Constant C1 of cmcrl.md 7: beats the published figures without looking at a film."""

FIVE_NORMAL_SENTENCES = (
    "the heart size and pulmonary vascularity appear within normal limits . the lungs are clear . "
    "no focal airspace consolidation . no pneumothorax or pleural effusion . there is no pleural "
    "effusion or pneumothorax ."
)
"""Constant C2 of cmcrl.md 7: C1 with one redundant sentence, which BLEU-4 and ROUGE-L reward.

The design describes how it was made but not its text. This one is C1 with the one of the 45 most
frequent training sentences, at the position, that adds most to BLEU-4 + ROUGE-L on validation
(BLEU-4 .202; the design's .203 is on truncated references); `benchmarks.constant_reports` finds it
again.
"""

THIRD_PARTY_TEMPLATE = (
    "the heart size and mediastinal contours are within normal limits . the lungs are clear . "
    "there is no focal airspace consolidation . no pleural effusion or pneumothorax . there are "
    "degenerative changes of the spine . no acute cardiopulmonary abnormality ."
)
"""Constant T1 of cmcrl.md 7, made by others for their BLEU-4 and ROUGE-L: the file
`save/iu_xray/model_registry/TARGET_TEMPLATE_B4ROUGE.txt` of github.com/WangXuanmin/MRG_RL at
7394efd (MIT). Read there; its figures in the design are of the held-back test split, unchecked."""

CONSTANTS = {
    "constant C1": FOUR_NORMAL_SENTENCES,
    "constant C2": FIVE_NORMAL_SENTENCES,
    "constant T1": THIRD_PARTY_TEMPLATE,
}

NEIGHBOURS = 30
FILMS_AT_ONCE = 16
CENTRAL_SAMPLE = 400


def most_frequent(training: Sequence[str]) -> str:
    """The training report that occurs most often; the first of equals."""
    return Counter(training).most_common(1)[0][0]


def most_central(training: Sequence[str], seed: int = 1) -> str:
    """The training report that overlaps most in words with a sample of the others (the medoid)."""
    sample = np.random.default_rng(seed).permutation(len(training))[:CENTRAL_SAMPLE]
    return _most_agreeing([training[index] for index in sample])


def random_reports(training: Sequence[str], count: int, seed: int = 1) -> list[str]:
    """Training reports drawn uniformly."""
    draw = np.random.default_rng(seed)
    return [training[index] for index in draw.integers(len(training), size=count)]


def shuffled(texts: Sequence[str], seed: int = 1, times: int = 1) -> list[str]:
    """The texts assigned to other studies: a score that survives this does not come from the films.

    Args:
        texts: One for each study.
        seed: Of the order.
        times: Number of orders, one after the other. CIDEr depends on a few studies: over 20 orders
            of the same drafts it ranged from .18 to .33, so one order says little.

    Returns:
        `times` texts for each study. With two or more studies, none keeps its own.
    """
    orders = exchanged(len(texts), seed, times)
    return [texts[owner] for order in orders for owner in order]


def study_features(stem: Stem, records: Sequence[Record], films: FilmCache) -> NDArray[np.float32]:
    """Pooled stem features of both views, `(n, 2 * channels)`; NaN if a view is missing."""
    places = [
        (row, _VIEWS.index(film.view), film.path)
        for row, record in enumerate(records)
        for film in record.views
    ]
    stem.eval()
    parts = []
    for start in range(0, len(places), FILMS_AT_ONCE):
        paths = [path for _, _, path in places[start : start + FILMS_AT_ONCE]]
        views = torch.from_numpy(np.stack([films.view(path) for path in paths]))
        with torch.no_grad():
            parts.append(stem(views).mean(dim=(2, 3)).numpy())
    pooled = np.concatenate(parts)
    shape = (len(records), len(_VIEWS), pooled.shape[1])
    features: NDArray[np.float32] = np.full(shape, np.nan, dtype=np.float32)
    for (row, view, _), values in zip(places, pooled, strict=True):
        features[row, view] = values
    return features.reshape(len(records), -1)


def nearest(
    features: NDArray[np.float32], training: NDArray[np.float32], count: int
) -> NDArray[np.int64]:
    """The nearest training studies by cosine similarity of standardised features.

    A missing view counts as the training mean.

    Args:
        features: `(n, F)` of the query studies.
        training: `(m, F)`.
        count: Number of neighbours.

    Returns:
        `(n, count)` rows of `training`, nearest first.
    """
    mean, deviation = np.nanmean(training, axis=0), np.nanstd(training, axis=0) + 1e-6

    def unit(values: NDArray[np.float32]) -> NDArray[np.float32]:
        standard = np.nan_to_num((values - mean) / deviation)
        norm = np.linalg.norm(standard, axis=1, keepdims=True)
        scaled: NDArray[np.float32] = (standard / np.maximum(norm, 1e-6)).astype(np.float32)
        return scaled

    likeness = unit(features) @ unit(training).T
    return np.argsort(-likeness, axis=1, kind="stable")[:, :count].astype(np.int64)


def retrieved(
    neighbours: NDArray[np.int64], training: Sequence[str], *, consensus: bool
) -> list[str]:
    """Reports of the nearest study, or those that agree most with the other neighbours."""
    choose: Callable[[list[str]], str] = _most_agreeing if consensus else (lambda near: near[0])
    return [choose([training[index] for index in row]) for row in neighbours]


_VIEWS = ("frontal", "lateral")


def _most_agreeing(reports: list[str]) -> str:
    """The report with the greatest mean F1 of shared words with the others."""
    bags = [Counter(report.split()) for report in reports]
    sizes = [sum(bag.values()) for bag in bags]
    totals = [
        sum(
            2.0 * (bag & other).total() / max(size + other_size, 1)
            for j, (other, other_size) in enumerate(zip(bags, sizes, strict=True))
            if j != i
        )
        for i, (bag, size) in enumerate(zip(bags, sizes, strict=True))
    ]
    return reports[int(np.argmax(totals))]
