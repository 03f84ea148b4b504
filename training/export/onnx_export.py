"""A trained model as the two graphs of a bundle (cmcrl.md 5.3).

`encoder.onnx` runs once per study, stem included, with the keys and values of the whole vocabulary
folded to constants; `step.onnx` runs once per word, with a cache that is exact because the
linguistic front door is causal. The numbers of views, beams and words are free.
"""

from __future__ import annotations

import logging
import warnings
from pathlib import Path

import onnx
import torch
from torch import Tensor, nn
from torch.export import Dim

from engine.errors import ModelError
from engine.inference.manifest import ENCODER, STEP
from training.model.cmcrl import Cmcrl

OPSET = 20
STACK_TRACE = "pkg.torch.onnx.stack_trace"
"""Key under which the exporter records the source of a node."""


class EncoderGraph(nn.Module):
    """From films to everything that the decoder needs from them."""

    vocabulary_key: Tensor | None
    vocabulary_value: Tensor | None

    def __init__(self, stem: nn.Module, model: Cmcrl) -> None:
        super().__init__()
        self.stem = stem
        self.model = model
        with torch.no_grad():
            key, value = model.vocabulary_key_value() or (None, None)
        self.register_buffer("vocabulary_key", key)
        self.register_buffer("vocabulary_value", value)

    def forward(self, images: Tensor, view_ids: Tensor) -> tuple[Tensor, ...]:
        """`images` `(1, v, 3, S, S)` and `view_ids` `(1, v)`; outputs in the order of `FilmMemory`.

        The label logits come last, if the model has a label head.
        """
        features = self.stem(images[0])[None]
        key, value = self.vocabulary_key, self.vocabulary_value
        vocabulary = None if key is None or value is None else (key, value)
        memory = self.model.encode(features, view_ids, vocabulary)
        found = (memory.mediator, memory.key_value, memory.rollout, memory.local_cells)
        return found if memory.labels is None else (*found, memory.labels)


class StepGraph(nn.Module):
    """`Cmcrl.step` as a module."""

    def __init__(self, model: Cmcrl) -> None:
        super().__init__()
        self.model = model

    def forward(
        self, ids: Tensor, mediator: Tensor, memory_kv: Tensor, past: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Arguments and results of `Cmcrl.step`."""
        step = self.model.step(ids, mediator, memory_kv, past)
        return step.log_probs, step.present, step.cross_attention


def export_graphs(model: Cmcrl, stem: nn.Module, size: int, folder: Path) -> None:
    """Write `encoder.onnx` and `step.onnx`.

    Args:
        model: With an exact cache; put into evaluation mode.
        stem: `(v, 3, S, S)` to `(v, C, g, g)`; put into evaluation mode.
        size: S, side of the films in pixels.
        folder: Must exist.

    Raises:
        ModelError: The model has no exact cache.
    """
    if not model.configuration.has_exact_cache:
        raise ModelError("Only a model with the causal linguistic form can be exported.")
    export_encoder(model, stem, size, folder / ENCODER)
    export_step(model, folder / STEP)


def export_encoder(model: Cmcrl, stem: nn.Module, size: int, path: Path) -> None:
    """Write the encoder; the number of views is free."""
    views = Dim("views", min=1, max=2)
    labels = [] if model.label_head is None else ["labels"]
    export_graph(
        EncoderGraph(stem.eval(), model.eval()).eval(),
        {
            "images": torch.zeros(1, 2, 3, size, size),
            "view_ids": torch.tensor([[0, 1]]),
        },
        ["mediator", "memory_kv", "rollout", "local_cells", *labels],
        {"images": {1: views}, "view_ids": {1: views}},
        path,
    )


def export_step(model: Cmcrl, path: Path) -> None:
    """Write the step; the numbers of beams, words and visual tokens are free."""
    sizes = model.configuration
    layers, heads, width = 2 * sizes.decoder_layers, sizes.heads, sizes.head_width
    beams, past = Dim("beams", min=1, max=64), Dim("past", min=0, max=sizes.longest - 1)
    tokens = Dim("tokens", min=2, max=1 << 16)
    export_graph(
        StepGraph(model.eval()).eval(),
        {
            "ids": torch.zeros(3, 6, dtype=torch.int64),
            "mediator": torch.zeros(1, sizes.mediator_tokens, sizes.width),
            "memory_kv": torch.zeros(layers, 1, heads, 1 + 2 * sizes.cells, width),
            "past": torch.zeros(layers, 3, heads, 5, width),
        },
        ["log_probs", "present", "cross_attention"],
        {
            "ids": {0: beams, 1: past + 1},
            "mediator": {},
            "memory_kv": {3: tokens},
            "past": {1: beams, 3: past},
        },
        path,
    )


def export_graph(
    graph: nn.Module,
    inputs: dict[str, Tensor],
    outputs: list[str],
    dynamic: dict[str, dict[int, Dim]],
    path: Path,
) -> None:
    """Export one graph to one file, without the exporter's own messages."""
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            graph,
            (),
            str(path),
            kwargs=inputs,
            input_names=list(inputs),
            output_names=outputs,
            dynamic_shapes=dynamic,
            opset_version=OPSET,
            dynamo=True,
            external_data=False,
            verbose=False,
        )
    _leave_out_paths(path)


def _leave_out_paths(path: Path) -> None:
    """Remove the source positions of nodes, so that no bundle names its maker's folders."""
    graph = onnx.load(path)
    for node in graph.graph.node:
        kept = [entry for entry in node.metadata_props if entry.key != STACK_TRACE]
        del node.metadata_props[:]
        node.metadata_props.extend(kept)
    onnx.save(graph, path)
