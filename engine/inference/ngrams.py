"""In how many of its reports a model draws an n-gram, to tell its commonplaces from the rest.

Training makes the table from the model's own draws for the training films, never from reports. It
gives CIDEr's weights (Vedantam et al., CVPR 2015): agreement on "the heart is" is worth little,
agreement on "right apical pneumothorax" much.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.errors import BundleError

LONGEST = 4
"""Words of the longest n-grams, as in BLEU-4 and CIDEr."""

NONE = -1
"""Pads the ids of shorter n-grams."""

USUAL = 1 / 2000
"""Minimum share of the reports for an n-gram to be kept."""

RAREST = 1 / 300
"""Minimum share of the reports that a rare n-gram is counted with.

CIDEr takes its weights from the references that are scored against, usually a few hundred; with
the weights of many thousands of reports, single odd words would outweigh everything else.
"""

_BASE = 1 << 15
"""Ids are below it, so that an n-gram fits into one integer of 60 bits."""


class NgramTable:
    """Number of reports by n-gram, as in a bundle's `ngrams.npy`.

    Args:
        rows: `(n, LONGEST + 1)` int32: the ids of an n-gram, padded with `NONE`, and the number of
            drawn reports that contain it; the row without a word has the number of all reports.

    Raises:
        BundleError: The rows are inconsistent.
    """

    def __init__(self, rows: NDArray[np.int32]) -> None:
        if rows.ndim != 2 or rows.shape[1] != LONGEST + 1 or rows.dtype != np.int32:
            raise _damaged()
        ids, counts = rows[:, :LONGEST], rows[:, LONGEST]
        keys = _keys(ids)
        order = np.argsort(keys, kind="stable")
        self._keys, self._counts = keys[order], counts[order]
        if not len(rows) or self._keys[0] != 0:  # the row without a word has the smallest key, 0
            raise _damaged()
        if not 1 <= counts.min() <= counts.max() <= self.reports:
            raise _damaged()
        if ids.min() < NONE or ids.max() >= _BASE - 1:
            raise _damaged()
        self.rows = rows

    @property
    def reports(self) -> int:
        """Number of reports drawn in all."""
        return int(self._counts[0])

    @classmethod
    def load(cls, path: Path) -> NgramTable:
        """Read a bundle's table; raises `BundleError`."""
        try:
            rows = np.load(path, allow_pickle=False)
        except (OSError, ValueError, EOFError) as error:
            raise _damaged() from error
        return cls(rows)

    def rarity(self, grams: NDArray[np.int64]) -> NDArray[np.float64]:
        """CIDEr's weight of n-grams: log of all reports over those that contain the n-gram.

        Args:
            grams: `(m, n)` ids, n at most `LONGEST`; `NONE` for words of which nothing is known.

        Returns:
            `(m,)`, 0 for an n-gram of every report.
        """
        return -np.log(np.maximum(self._shares(grams), RAREST))

    def is_usual(self, ids: Sequence[int], length: int) -> bool:
        """Whether the model often draws every run of `length` of the words, at most `LONGEST`.

        Words drawn at random sometimes follow each other oddly: "been airspace opacities".
        """
        runs = [ids[start : start + length] for start in range(len(ids) - length + 1)]
        return not runs or bool((self._shares(np.array(runs, dtype=np.int64)) > 0.0).all())

    def _shares(self, grams: NDArray[np.int64]) -> NDArray[np.float64]:
        """Share of the reports that contain each n-gram; 0 for one that is not in the table."""
        filled = np.full((len(grams), LONGEST), NONE, dtype=np.int64)
        filled[:, : grams.shape[1]] = grams
        wanted = _keys(filled)
        indices = np.minimum(np.searchsorted(self._keys, wanted), len(self._keys) - 1)
        is_known = (self._keys[indices] == wanted) & (wanted != 0)
        return np.where(is_known, self._counts[indices] / self.reports, 0.0)


def count_reports(drawn: Iterable[Sequence[int]]) -> NgramTable:
    """Count the n-grams of drawn reports; the same reports give the same table."""
    counts: Counter[tuple[int, ...]] = Counter()
    for ids in drawn:
        counts.update({(), *_grams(ids)})
    least = USUAL * counts[()]
    kept = sorted((gram, count) for gram, count in counts.items() if count >= least)
    rows = [[*gram, *[NONE] * (LONGEST - len(gram)), count] for gram, count in kept]
    return NgramTable(np.array(rows, dtype=np.int32).reshape(-1, LONGEST + 1))


def _grams(ids: Sequence[int]) -> Iterable[tuple[int, ...]]:
    for length in range(1, LONGEST + 1):
        for start in range(len(ids) - length + 1):
            yield tuple(ids[start : start + length])


def _keys(ids: NDArray[np.integer]) -> NDArray[np.int64]:
    keys = np.zeros(len(ids), dtype=np.int64)
    for column in range(LONGEST):
        keys = keys * _BASE + ids[:, column] + 1
    return keys


def _damaged() -> BundleError:
    return BundleError(
        "The model's table of word sequences (ngrams.npy) is damaged.",
        what_to_do="Install the model again, or choose another one.",
    )
