"""A finished outline run as the model that the product loads: `train export-outline`.

The ratio is first compared with the label maps of the held-out films: a model beyond the limits is
refused before the minute of export. The folder appears whole or not at all: graph and manifest are
written beside it, the graph is compared with the trained net, and only then moved into place.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from engine.domain.bundle import PreprocessSpec
from engine.domain.outline import OutlineManifest
from engine.errors import BundleError, NotFoundError
from engine.inference.manifest import manifest_sha256
from engine.inference.outline import FORMAT_VERSION, GRAPH, write_outline_manifest
from engine.inference.outline_session import OutlineModel
from training.config import default_data
from training.data.film_masks import mask_folder, read_film_masks
from training.evaluate.ratio_figures import RatioFigures, ratio_figures
from training.export.onnx_export import export_graph
from training.model.outline_net import OUTLINE, REDUCTION, OutlineNet, read_weights

MOST_DIFFERENCE = 1e-3
"""Largest difference of a probability between the graph and the net."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOutlineConfig:
    """Settings of the export.

    Attributes:
        source: Folder of a `segment` run.
        target: Folder of the model; an earlier one in it is replaced.
        licence: What the weights may be used for: one sentence.
        attribution: The data they were trained on, with their authors.
        intended_use: What the model is for and who checks it: one sentence.
        data: Folder with the films' `index.jsonl`, or with `more_films/ctr_masks/` that holds it.
        version: Of the weights.
        size: Side of the input in pixels, a multiple of 32.
        mean_limit: A mean error of the ratio above it refuses the export.
        worst_limit: An error of one film above it refuses the export.
        training: Plain facts for the manifest.
    """

    source: Path
    target: Path
    licence: str
    attribution: str
    intended_use: str
    data: Path = field(default_factory=default_data)
    version: str = "1.0"
    size: int = 160
    mean_limit: float = 0.02
    worst_limit: float = 0.08
    training: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse a model that does not say what it is for, and a side that does not fit."""
        if not all(text.strip() for text in (self.licence, self.attribution, self.intended_use)):
            raise ValueError("licence, attribution and intended_use must be sentences")
        if self.size < REDUCTION or self.size % REDUCTION:
            raise ValueError(f"size must be a multiple of {REDUCTION}")


class OutlineGraph(nn.Module):
    """The net with probabilities instead of logits."""

    def __init__(self, net: OutlineNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, films: Tensor) -> Tensor:
        """`(n, 1, S, S)` in [0, 1] to probabilities `(n, classes, S, S)`."""
        logits: Tensor = self.net(films)
        return logits.softmax(dim=1)


def run(config: ExportOutlineConfig) -> OutlineManifest:
    """Export the weights of a run with their figures on the held-out films.

    Raises:
        NotFoundError: The run has no weights, or no film is held out.
        BundleError: The graph differs from the net, or the ratio is further off than the limits.
    """
    path = config.source / OUTLINE
    if not path.is_file():
        raise NotFoundError(f"{config.source} holds no {OUTLINE}: the run has not ended.")
    net = OutlineNet()
    net.load_state_dict(read_weights(path))
    graph = OutlineGraph(net).eval()
    figures = _figures(graph, config)
    _require_close(figures, config)
    config.target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = config.target.with_name(f".{config.target.name}-{uuid4().hex}")
    unfinished.mkdir()
    try:
        manifest = _write(graph, config, figures.metrics(), unfinished)
        shutil.rmtree(config.target, ignore_errors=True)
        unfinished.rename(config.target)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return manifest


def _figures(graph: nn.Module, config: ExportOutlineConfig) -> RatioFigures:
    films = [film for film in read_film_masks(mask_folder(config.data)) if film.is_held_out]
    if not films:
        raise NotFoundError("No film is held out, so that there would be no figures.")

    def outlining(variants: NDArray[np.float32]) -> NDArray[np.float32]:
        with torch.no_grad():
            shares: NDArray[np.float32] = graph(torch.from_numpy(variants)).numpy()
        return shares

    return ratio_figures(films, PreprocessSpec(size=config.size), outlining)


def _write(
    graph: nn.Module, config: ExportOutlineConfig, metrics: dict[str, float], folder: Path
) -> OutlineManifest:
    """Write graph and manifest, and compare the graph with the net."""
    export_graph(
        graph,
        {"films": torch.zeros(4, 1, config.size, config.size)},
        ["shares"],
        {"films": {0: torch.export.Dim("films", min=1, max=64)}},
        folder / GRAPH,
    )
    spec = PreprocessSpec(size=config.size)
    manifest = write_outline_manifest(
        folder,
        OutlineManifest(
            format_version=FORMAT_VERSION,
            model_id="chest-outline",
            version=config.version,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            size=config.size,
            low_percentile=spec.low_percentile,
            high_percentile=spec.high_percentile,
            licence=config.licence,
            attribution=config.attribution,
            intended_use=config.intended_use,
            files=(),
            training=config.training,
            metrics=metrics,
        ),
    )
    films = np.random.default_rng(1).random((4, 1, config.size, config.size), dtype=np.float32)
    shares = OutlineModel.load(folder, manifest_sha256(folder)).outline(films).shares
    with torch.no_grad():
        wanted = graph(torch.from_numpy(films)).numpy()
    if float(np.abs(shares - wanted).max()) > MOST_DIFFERENCE:
        raise BundleError("The exported graph does not outline what the net outlines.")
    return manifest


def _require_close(figures: RatioFigures, config: ExportOutlineConfig) -> None:
    found = figures.metrics()
    mean, worst = found["ratio_mean_error"], found["ratio_worst_error"]
    if not (mean <= config.mean_limit and worst <= config.worst_limit):
        raise BundleError(
            f"The ratio is off by {mean:.3f} on average and {worst:.3f} at worst, more than "
            f"{config.mean_limit} and {config.worst_limit}; nothing was written.",
            what_to_do="Train longer, or say other limits.",
        )
