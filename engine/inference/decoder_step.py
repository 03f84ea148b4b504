"""The interface between a search and whatever computes the next word's probabilities.

Two implementations: ONNX Runtime in the product (`ort_step`) and PyTorch in training and evaluation
(`training.model.torch_step`). The searches know only this protocol, so the figures of the model
card come from the very search that ships.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StepOutput:
    """Result of one decoding step for K beams.

    Attributes:
        log_probs: `(K, V)` natural log-probabilities of the next id.
        cross_attention: `(K, N)` of the newest position over visual tokens, CLS first, averaged
            over heads and layers; None if a step does not provide it.
        cache: What the next call needs; opaque to the search.
    """

    log_probs: NDArray[np.float32]
    cross_attention: NDArray[np.float32] | None
    cache: Any


class DecoderStep(Protocol):
    """One study's decoder.

    The cache is opaque. `reorder` picks parents between steps: row i of the new cache is row
    `parents[i]` of the old one.
    """

    def start(self) -> Any:
        """Cache for an empty prefix of one beam."""
        ...

    def reorder(self, cache: Any, parents: NDArray[np.int64]) -> Any:
        """Cache rows gathered by parent beam."""
        ...

    def __call__(self, token_ids: NDArray[np.int64], cache: Any) -> StepOutput:
        """Log-probabilities after the prefixes `token_ids` `(K, t)`, BOS included."""
        ...
