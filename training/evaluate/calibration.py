"""Whether the model's probability of a sentence says how often such a sentence is right.

A sentence is right if every finding that it asserts is among the study's human codes and none that
it denies is. Its confidence is the mean probability of its words, exp(log p / words). Asserting and
denying sentences are evaluated separately: a denial is nearly always right here, so figures over
both would say little about the few assertions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.domain.report import DraftSentence
from engine.inference.generated import Generated
from engine.language.findings import categories, findings_in, labels
from training.data.record import Record
from training.evaluate.label_metrics import auroc, coded_labels, is_coded

BINS = 10
FEWEST = 10
"""Minimum number of sentences of a kind for a fit, and of a bin."""
_STEPS, _RIDGE = 50, 1e-2


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedSentence:
    """One generated sentence about findings.

    Attributes:
        confidence: Mean probability of its words, in (0, 1].
        affirms: Whether it asserts a finding; otherwise it only denies.
        is_right: By the human codes.
    """

    confidence: float
    affirms: bool
    is_right: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfidenceMap:
    """A monotone map from confidence to the chance of being right (Platt scaling of the logit).

    p = sigmoid(slope * logit(confidence) + offset) with a slope of at least 0.
    """

    slope: float
    offset: float

    def __call__(self, confidence: NDArray[np.float64]) -> NDArray[np.float64]:
        """Chances of being right, same shape."""
        return _sigmoid(self.slope * _logit(confidence) + self.offset)


def judged(drafts: Sequence[Generated], records: Sequence[Record]) -> list[JudgedSentence]:
    """Sentences about findings in coded studies; sentences about nothing known are left out."""
    return [
        found
        for draft, record in zip(drafts, records, strict=True)
        if is_coded(record.headings)
        for sentence in draft.sentences
        if (found := _judged(sentence, coded_labels(record.headings))) is not None
    ]


def fitted(sentences: Sequence[JudgedSentence]) -> ConfidenceMap | None:
    """The maximum-likelihood map, slightly ridged; None if there are too few sentences.

    A negative slope would reverse the order, so it becomes 0: one chance for all.
    """
    if len(sentences) < FEWEST:
        return None
    logits, right = _logit(_confidences(sentences)), _rights(sentences)
    found = _logistic(np.stack([logits, np.ones_like(logits)], axis=1), right)
    if found[0] < 0.0:
        found = np.array([0.0, _logistic(np.ones((len(right), 1)), right)[0]])
    return ConfidenceMap(slope=float(found[0]), offset=float(found[1]))


def expected_error(chances: NDArray[np.float64], right: NDArray[np.float64]) -> float:
    """Expected calibration error over bins of equal size, in [0, 1]."""
    parts = _bins(chances)
    gaps = [len(part) * abs(chances[part].mean() - right[part].mean()) for part in parts]
    return float(sum(gaps) / len(chances))


def calibration(
    sentences: Sequence[JudgedSentence], fit_on: Sequence[JudgedSentence]
) -> dict[str, dict[str, Any]]:
    """Reliability of confidence by kind of sentence, before and after a map fitted elsewhere.

    Args:
        sentences: The sentences to measure.
        fit_on: Sentences of other studies.

    Returns:
        By kind, "affirming sentences" and "denying sentences": count, share right, AUROC of
        confidence for being right, expected calibration error unmapped and mapped, the map, and the
        bins.
    """
    kinds = (("affirming sentences", True), ("denying sentences", False))
    return {
        name: _reliability(
            [one for one in sentences if one.affirms is kind],
            fitted([one for one in fit_on if one.affirms is kind]),
        )
        for name, kind in kinds
    }


def _judged(sentence: DraftSentence, coded: frozenset[str]) -> JudgedSentence | None:
    known = frozenset(categories())
    affirmed = labels(sentence.raw)
    named = {f.category for f in findings_in(sentence.raw) if f.category in known}
    denied = {
        f.category for f in findings_in(sentence.raw) if f.category in named and not f.is_asserted
    }
    # A finding that is only suspected and is not a label is neither right nor wrong.
    if not affirmed and not denied:
        return None
    return JudgedSentence(
        confidence=float(np.exp(sentence.log_prob / sentence.tokens)),
        affirms=bool(affirmed),
        is_right=affirmed <= coded and coded.isdisjoint(denied - affirmed),
    )


def _reliability(
    sentences: Sequence[JudgedSentence], mapped: ConfidenceMap | None
) -> dict[str, Any]:
    confidence, right = _confidences(sentences), _rights(sentences)
    figures: dict[str, Any] = {"sentences": len(sentences)}
    if len(sentences) < FEWEST:
        return figures
    separation = auroc(confidence, right.astype(bool))
    figures |= {
        "share_right": float(right.mean()),
        "mean_confidence": float(confidence.mean()),
        "auroc_of_confidence": None if np.isnan(separation) else float(separation),
        "expected_error": expected_error(confidence, right),
    }
    if mapped is not None:
        figures |= {
            "expected_error_mapped": expected_error(mapped(confidence), right),
            "map_slope": mapped.slope,
            "map_offset": mapped.offset,
        }
    figures["bins"] = [
        {
            "sentences": len(part),
            "confidence": float(confidence[part].mean()),
            "mapped": None if mapped is None else float(mapped(confidence)[part].mean()),
            "right": float(right[part].mean()),
        }
        for part in _bins(confidence)
    ]
    return figures


def _bins(values: NDArray[np.float64]) -> list[NDArray[np.int64]]:
    order = np.argsort(values, kind="stable")
    return np.array_split(order, min(BINS, max(len(values) // FEWEST, 1)))


def _logistic(inputs: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weights of a logistic regression by Newton's method."""
    weights = np.zeros(inputs.shape[1])
    for _ in range(_STEPS):
        chances = _sigmoid(inputs @ weights)
        slope = inputs.T @ (chances - right) + _RIDGE * weights
        curve = (inputs.T * (chances * (1.0 - chances))) @ inputs + _RIDGE * np.eye(len(weights))
        weights = weights - np.linalg.solve(curve, slope)
    return weights


def _confidences(sentences: Iterable[JudgedSentence]) -> NDArray[np.float64]:
    return np.array([one.confidence for one in sentences], dtype=np.float64)


def _rights(sentences: Iterable[JudgedSentence]) -> NDArray[np.float64]:
    return np.array([one.is_right for one in sentences], dtype=np.float64)


def _logit(chances: NDArray[np.float64]) -> NDArray[np.float64]:
    inside = np.clip(chances, 1e-6, 1.0 - 1e-6)
    found: NDArray[np.float64] = np.log(inside) - np.log1p(-inside)
    return found


def _sigmoid(values: NDArray[np.float64]) -> NDArray[np.float64]:
    found: NDArray[np.float64] = 1.0 / (1.0 + np.exp(-np.clip(values, -50.0, 50.0)))
    return found
