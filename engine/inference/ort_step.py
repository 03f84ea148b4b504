"""The decoder of one study as an ONNX Runtime graph with a cache of keys and values."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from engine.domain.bundle import ModelShape
from engine.domain.progress import CancelToken
from engine.inference.decoder_step import StepOutput
from engine.inference.session import run_graph


class OrtStep:
    """`DecoderStep` over `step.onnx`; its cache is the array `present` `(2 Ldec, K, H, t, dh)`.

    Args:
        session: Of `step.onnx`.
        shape: Of the bundle.
        mediator: `(1, M, D)`, the linguistic mediator (cmcrl.md eq 13).
        memory_kv: `(2 Ldec, 1, H, N, dh)`, keys and values of the visual tokens; one copy serves
            all beams.
        cancel: Ends a step between two operators.
    """

    def __init__(
        self,
        session: ort.InferenceSession,
        shape: ModelShape,
        mediator: NDArray[np.float32],
        memory_kv: NDArray[np.float32],
        cancel: CancelToken | None = None,
    ) -> None:
        self._session = session
        self._shape = shape
        self._cancel = cancel
        self._study = {"mediator": mediator, "memory_kv": memory_kv}

    def start(self) -> NDArray[np.float32]:
        """An empty cache, `(2 Ldec, 1, H, 0, dh)`."""
        shape = self._shape
        sizes = (2 * shape.decoder_layers, 1, shape.heads, 0, shape.width // shape.heads)
        return np.zeros(sizes, dtype=np.float32)

    def reorder(self, cache: Any, parents: NDArray[np.int64]) -> NDArray[np.float32]:
        """Rows of the cache by parent beam."""
        if np.array_equal(parents, np.arange(cache.shape[1])):
            return np.asarray(cache)
        return np.take(cache, parents, axis=1)

    def __call__(self, token_ids: NDArray[np.int64], cache: Any) -> StepOutput:
        """Run one step; raises `CancelledError` or `InferenceError`."""
        log_probs, attention, present = run_graph(
            self._session,
            ["log_probs", "cross_attention", "present"],
            {"ids": token_ids, "past": cache, **self._study},
            self._cancel,
            "The model could not write the next word.",
        )
        return StepOutput(log_probs=log_probs, cross_attention=attention, cache=present)
