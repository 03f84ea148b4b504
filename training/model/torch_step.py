"""The engine's `DecoderStep` in PyTorch, cached and uncached.

Training, evaluation and the product use the same search; only the step differs.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.inference.decoder_step import StepOutput
from training.model.cmcrl import Cmcrl, FilmMemory


class TorchStep:
    """One study's decoder with the exact cache of the causal form.

    Args:
        model: In evaluation mode.
        memory: Of one study (B = 1).
    """

    def __init__(self, model: Cmcrl, memory: FilmMemory) -> None:
        self._model = model
        self._memory = memory

    def start(self) -> Tensor:
        """An empty cache for one beam."""
        return self._model.empty_past(beams=1)

    def reorder(self, cache: Any, parents: NDArray[np.int64]) -> Tensor:
        """Rows of the cache by parent beam."""
        kept: Tensor = cache
        return kept.index_select(1, torch.from_numpy(parents))

    @torch.no_grad()
    def __call__(self, token_ids: NDArray[np.int64], cache: Any) -> StepOutput:
        """Log-probabilities `(K, V)` after prefixes `(K, t)`."""
        memory = self._memory
        step = self._model.step(
            torch.from_numpy(token_ids), memory.mediator, memory.key_value, cache
        )
        return StepOutput(
            log_probs=step.log_probs.numpy(),
            cross_attention=step.cross_attention.numpy(),
            cache=step.present,
        )


class WholeTextStep:
    """One study's decoder that processes the whole prefix again at every step.

    The reference for the cached one, and the only one for the paper's form (cmcrl.md 5.2).

    Args:
        model: In evaluation mode.
        memory: Of one study (B = 1).
    """

    def __init__(self, model: Cmcrl, memory: FilmMemory) -> None:
        self._model = model
        self._memory = memory

    def start(self) -> None:
        """Return None: there is no cache."""

    def reorder(self, cache: Any, parents: NDArray[np.int64]) -> None:
        """Return None: there is no cache."""

    @torch.no_grad()
    def __call__(self, token_ids: NDArray[np.int64], cache: Any) -> StepOutput:
        """Log-probabilities `(K, V)` after prefixes `(K, t)`."""
        del cache
        beams = token_ids.shape[0]
        repeated = self._memory._replace(
            mediator=self._memory.mediator.expand(beams, -1, -1),
            key_value=self._memory.key_value.expand(-1, beams, -1, -1, -1),
        )
        scores = self._model.logits(repeated, torch.from_numpy(token_ids))[:, -1]
        return StepOutput(
            log_probs=scores.log_softmax(dim=-1).numpy(), cross_attention=None, cache=None
        )
