"""Decoders small enough to enumerate, for tests of the search."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.inference.beam import SpecialIds
from engine.inference.decoder_step import StepOutput

IDS = SpecialIds(pad=0, bos=1, eos=2, unk=3)


class TinyModel:
    """A random recurrent model; its state comes from the cache, else from the prefix."""

    def __init__(self, seed: int, vocabulary: int, *, cached: bool = True) -> None:
        random = np.random.default_rng(seed)
        self.words = random.normal(size=(vocabulary, 5))
        self.mix = random.normal(size=(5, 5))
        self.head = random.normal(size=(5, vocabulary)) * 2
        self.cached = cached
        self.steps = 0

    def start(self) -> Any:
        return np.zeros((1, 5))

    def reorder(self, cache: Any, parents: NDArray[np.int64]) -> Any:
        return cache[parents]

    def state(self, prefix: NDArray[np.int64]) -> NDArray[np.float64]:
        state = np.zeros(5)
        for token in prefix:
            state = np.tanh(state @ self.mix + self.words[token])
        return state

    def log_probs(self, state: NDArray[np.float64]) -> NDArray[np.float32]:
        logits = state @ self.head
        shifted = logits - logits.max(axis=-1, keepdims=True)
        result = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
        return np.asarray(result, dtype=np.float32)

    def __call__(self, token_ids: NDArray[np.int64], cache: Any) -> StepOutput:
        self.steps += 1
        if self.cached:
            state = np.tanh(cache @ self.mix + self.words[token_ids[:, -1]])
        else:
            state = np.stack([self.state(row) for row in token_ids])
        marks = token_ids[:, -1:].astype(np.float32).repeat(3, axis=1)
        return StepOutput(log_probs=self.log_probs(state), cross_attention=marks, cache=state)


class Scripted:
    """Log-probabilities by length of the prefix, the same for every beam."""

    def __init__(self, *rows: list[float]) -> None:
        self.rows = rows
        self.steps = 0

    def start(self) -> Any:
        return None

    def reorder(self, cache: Any, parents: NDArray[np.int64]) -> Any:
        return None

    def __call__(self, token_ids: NDArray[np.int64], cache: Any) -> StepOutput:
        self.steps += 1
        row = self.rows[min(token_ids.shape[1] - 1, len(self.rows) - 1)]
        log_probs = np.array([row] * len(token_ids), dtype=np.float32)
        return StepOutput(log_probs=log_probs, cross_attention=None, cache=None)
