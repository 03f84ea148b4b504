"""METEOR 1.5 from counts, so that subsets and resampled corpora need no second run of the jar.

The jar counts the matches of each study once; the score of any set of studies is a formula of the
summed counts (Denkowski and Lavie 2014, English weights, as `-l en -norm` uses them).
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from types import TracebackType

import numpy as np
from numpy.typing import NDArray
from pycocoevalcap.meteor.meteor import Meteor

METEOR_ABSENT = "METEOR 1.5 was not computed: it needs Java, which is not installed here."

COUNTS = 23
_FUNCTION_WORDS, _MATCHES, _CHUNKS, _MATCHED_WORDS = slice(2, 4), slice(4, 20), 20, slice(21, 23)
_ALPHA, _BETA, _GAMMA, _DELTA = 0.85, 0.2, 0.6, 0.75
_STAGE_WEIGHTS = np.array([1.0, 0.6, 0.8, 0.6])
"""Weights of exact, stem, synonym and paraphrase matches."""


def has_java() -> bool:
    """Whether METEOR can run."""
    return shutil.which("java") is not None


class MeteorJar:
    """One Java process that counts. It takes seconds to start; close it or use `with`."""

    def __init__(self) -> None:
        self._meteor = Meteor()
        self._known: dict[tuple[str, str], NDArray[np.float64]] = {}

    def __enter__(self) -> MeteorJar:
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the process."""
        process = self._meteor.meteor_p
        process.stdin.close()
        process.wait()
        for stream in (process.stdout, process.stderr):
            stream.close()

    def counts(self, texts: Sequence[str], references: Sequence[str]) -> NDArray[np.float64]:
        """The counts that METEOR sums over studies.

        Args:
            texts: Cleaned.
            references: Cleaned, in the same order.

        Returns:
            `(n, 23)`: lengths and function words of text and reference, matches by stage (content
            and function words of either), chunks, matched words of either.
        """
        return np.stack([self._pair(*pair) for pair in zip(texts, references, strict=True)])

    def _pair(self, text: str, reference: str) -> NDArray[np.float64]:
        known = self._known.get((text, reference))
        if known is None:
            stdin, stdout = self._meteor.meteor_p.stdin, self._meteor.meteor_p.stdout
            # The jar's own separator may occur in a report.
            parts = ("SCORE", *(part.replace("|||", "|") for part in (reference, text)))
            stdin.write((" ||| ".join(parts) + "\n").encode())
            stdin.flush()
            known = np.array(stdout.readline().split(), dtype=np.float64)
            # A text that matches completely in one chunk gets no penalty for fragmentation.
            if known[_CHUNKS] == 1 and np.array_equal(known[:2], known[_MATCHED_WORDS]):
                known[_CHUNKS] = 0.0
            self._known[text, reference] = known
        return known


def meteor_of_counts(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """METEOR of summed counts.

    Args:
        counts: `(..., 23)` sums of `MeteorJar.counts` rows.

    Returns:
        `(...,)`, in [0, 1].
    """
    functional = counts[..., _FUNCTION_WORDS]
    lengths = _DELTA * (counts[..., :2] - functional) + (1.0 - _DELTA) * functional
    stages = counts[..., _MATCHES].reshape(*counts.shape[:-1], 4, 4)
    matched = _DELTA * stages[..., :2] + (1.0 - _DELTA) * stages[..., 2:]
    shares = (_STAGE_WEIGHTS[:, None] * matched).sum(axis=-2) / np.maximum(lengths, 1e-9)
    precision, recall = shares[..., 0], shares[..., 1]
    mean = precision * recall / np.maximum(_ALPHA * precision + (1 - _ALPHA) * recall, 1e-9)
    words = counts[..., _MATCHED_WORDS].mean(axis=-1)
    penalty = _GAMMA * (counts[..., _CHUNKS] / np.maximum(words, 1e-9)) ** _BETA
    score: NDArray[np.float64] = mean * (1.0 - penalty)
    return score
