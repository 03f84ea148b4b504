"""Whether the exported graphs write what the trained model writes (cmcrl.md 5.3).

Every study goes through the engine's beam search three times: PyTorch with cache, PyTorch reading
the whole prefix at each step, and ONNX Runtime. Greedy and beam output must agree word for word,
and the log-probabilities of every possible next word along the text to within `LIMIT`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from engine.domain.bundle import BundleManifest, DecodingSpec
from engine.errors import BundleError
from engine.inference.beam import Beam, beam_search
from engine.inference.decoder_step import DecoderStep
from engine.inference.manifest import TOKENIZER
from engine.inference.ort_step import OrtStep
from engine.inference.session import open_sessions
from engine.inference.tokenizer import Tokenizer
from training.model.cmcrl import Cmcrl
from training.model.torch_step import TorchStep, WholeTextStep

LIMIT = 1e-4


@dataclass(frozen=True, slots=True, kw_only=True)
class ParityReport:
    """Result of a comparison.

    Attributes:
        studies: Number of studies.
        views: Numbers of views that occurred.
        words: Number of words written by beam search in all.
        differing: Number of studies for which any two of the three wrote different words.
        graph_difference: Largest |Δ log p| between ONNX Runtime and PyTorch with cache.
        cache_difference: Largest |Δ log p| between PyTorch with and without cache.
    """

    studies: int
    views: tuple[int, ...]
    words: int
    differing: int
    graph_difference: float
    cache_difference: float

    @property
    def is_equal(self) -> bool:
        """Whether the bundle may be written."""
        largest = max(self.graph_difference, self.cache_difference)
        return self.studies > 0 and self.differing == 0 and largest < LIMIT

    def require(self) -> None:
        """Raise `BundleError` unless everything agrees."""
        if not self.is_equal:
            raise BundleError(
                "The exported graphs do not write what the trained model writes: "
                f"{self.differing} of {self.studies} studies differ, largest difference of "
                f"log-probabilities {max(self.graph_difference, self.cache_difference):.2e}."
            )


def check_parity(
    model: Cmcrl,
    stem: nn.Module,
    folder: Path,
    manifest: BundleManifest,
    studies: Iterable[NDArray[np.float32]],
) -> ParityReport:
    """Compare the model with the graphs in a folder.

    Args:
        model: As exported.
        stem: As exported.
        folder: Holds the two graphs and the tokenizer.
        manifest: Shape and decoding; the files it lists are not read.
        studies: Films `(v, 3, S, S)` of each study, frontal first.
    """
    stem.eval()
    comparison = _Comparison(model.eval(), manifest, folder)
    for images in studies:
        comparison.add(stem, images)
    return comparison.report()


class _Comparison:
    """The running result of a comparison."""

    def __init__(self, model: Cmcrl, manifest: BundleManifest, folder: Path) -> None:
        self.model = model
        self.manifest = manifest
        self.sessions = open_sessions(folder, manifest, allow_gpu=False)
        tokenizer = Tokenizer.load(folder / TOKENIZER)
        self.special = tokenizer.special
        self.forbidden = tokenizer.ids_of(manifest.decoding.forbidden)
        self.views: set[int] = set()
        self.studies, self.words, self.differing = 0, 0, 0
        self.graph_difference, self.cache_difference = 0.0, 0.0

    def add(self, stem: nn.Module, images: NDArray[np.float32]) -> None:
        """Write one study's report in all three ways and compare."""
        view_ids = np.arange(len(images), dtype=np.int64)[None]
        with torch.no_grad():
            features = stem(torch.from_numpy(images))[None]
            memory = self.model.encode(features, torch.from_numpy(view_ids))
        mediator, key_value = self.sessions.encoder.run(
            ["mediator", "memory_kv"], {"images": images[None], "view_ids": view_ids}
        )
        ways: tuple[DecoderStep, ...] = (
            TorchStep(self.model, memory),
            WholeTextStep(self.model, memory),
            OrtStep(self.sessions.step, self.manifest.shape, mediator, key_value),
        )
        greedy = [self._write(way, replace(self.manifest.decoding, beam=1)).ids for way in ways]
        beams = [self._write(way, self.manifest.decoding).ids for way in ways]
        self.differing += len(set(greedy)) > 1 or len(set(beams)) > 1
        curves = [log_probs_along(way, (self.special.bos, *beams[0])) for way in ways]
        cached, whole, graph = curves
        self.cache_difference = max(self.cache_difference, _largest(cached, whole))
        self.graph_difference = max(self.graph_difference, _largest(cached, graph))
        self.views.add(len(images))
        self.studies += 1
        self.words += len(beams[0])

    def report(self) -> ParityReport:
        """The result so far."""
        return ParityReport(
            studies=self.studies,
            views=tuple(sorted(self.views)),
            words=self.words,
            differing=self.differing,
            graph_difference=self.graph_difference,
            cache_difference=self.cache_difference,
        )

    def _write(self, step: DecoderStep, spec: DecodingSpec) -> Beam:
        return beam_search(step, spec, self.special, self.forbidden)[0]


def log_probs_along(step: DecoderStep, ids: tuple[int, ...]) -> NDArray[np.float32]:
    """`(L, V)` log-probabilities after every prefix of the ids."""
    rows = []
    cache = step.start()
    for length in range(1, len(ids) + 1):
        output = step(np.array([ids[:length]], dtype=np.int64), cache)
        rows.append(output.log_probs)
        cache = step.reorder(output.cache, np.zeros(1, dtype=np.int64))
    return np.concatenate(rows)


def _largest(left: NDArray[np.float32], right: NDArray[np.float32]) -> float:
    return float(np.abs(left - right).max())
