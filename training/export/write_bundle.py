"""A finished run as a bundle that the product can load: `train export`.

The folder appears whole or not at all: graphs, words and manifest are written beside it, compared
with the trained model on validation studies, and only then moved into place.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray
from torch import nn

from engine.domain.bundle import BundleManifest, DecodingSpec, ModelShape, PreprocessSpec
from engine.errors import BundleError
from engine.inference.manifest import FORMAT_VERSION, TOKENIZER, write_manifest
from engine.inference.pack import require_described, write_pack
from training.config import default_data, default_runs
from training.data.films import open_films
from training.data.studies import read_split
from training.export.onnx_export import export_graphs
from training.export.parity import ParityReport, check_parity
from training.model.cmcrl import Cmcrl
from training.model.stem_file import read_stem
from training.model.stored import STEM, StoredModel, load_model


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportConfig:
    """Settings of the export.

    Attributes:
        source: Folder that a fine-tuning run kept ("best").
        target: Folder of the bundle; an earlier bundle in it is replaced.
        licence: What the weights may be used for, and what they were trained on: one sentence that
            the product shows.
        intended_use: What the model is for and who checks it: one sentence that the product shows.
        data: Folder with `iu_xray/`, for the comparison.
        runs: Folder for the caches.
        bundle_id: Short name of the model.
        version: Of the weights.
        decoding: Search that the product will use.
        parity_studies: Number of validation studies that the graphs are compared on.
        training: Plain facts for the manifest.
        metrics: Measured validation figures for the manifest.
        pack: ZIP archive to write the bundle to as well, for `negatoscope model import`.
    """

    source: Path
    target: Path
    licence: str
    intended_use: str
    data: Path = field(default_factory=default_data)
    runs: Path = field(default_factory=default_runs)
    bundle_id: str = "cmcrl-s"
    version: str = "0.1"
    decoding: DecodingSpec = field(default_factory=DecodingSpec)
    parity_studies: int = 64
    training: dict[str, str] = field(default_factory=dict)
    metrics: dict[str, float] = field(default_factory=dict)
    pack: Path | None = None

    def __post_init__(self) -> None:
        """Refuse a bundle that does not say what it may be used for."""
        if not (self.licence.strip() and self.intended_use.strip()):
            raise ValueError("licence and intended_use must be sentences")


def run(config: ExportConfig) -> ParityReport:
    """Export the kept weights of a run; raises `BundleError` if the graphs differ from them."""
    stored = load_model(config.source)
    stem = read_stem(config.source / STEM).frozen()
    manifest = make_manifest(stored, config)
    films = validation_films(config.data, config.runs, config.parity_studies, stored.preprocess)
    return write_bundle(stored.model(), stem, manifest, config, films)


def write_bundle(
    model: Cmcrl,
    stem: nn.Module,
    manifest: BundleManifest,
    config: ExportConfig,
    films: Iterator[NDArray[np.float32]],
) -> ParityReport:
    """Write graphs, words and manifest, compare, and move them into place.

    Args:
        model: Trained.
        stem: Frozen.
        manifest: Without files.
        config: Where the tokenizer is and where the bundle goes.
        films: Studies to compare on, `(v, 3, S, S)` each.

    Raises:
        BundleError: The graphs do not write what the model writes; nothing is left behind.
    """
    config.target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = config.target.with_name(f".{config.target.name}-{uuid4().hex}")
    unfinished.mkdir()
    try:
        export_graphs(model, stem, manifest.preprocess.size, unfinished)
        shutil.copyfile(config.source / TOKENIZER, unfinished / TOKENIZER)
        report = check_parity(model, stem, unfinished, manifest, films)
        report.require()
        write_manifest(unfinished, replace(manifest, metrics=_with_parity(manifest, report)))
        _replace(unfinished, config.target)
        if config.pack is not None:
            write_pack(config.target, config.pack)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return report


def make_manifest(stored: StoredModel, config: ExportConfig) -> BundleManifest:
    """The manifest without its list of files.

    Raises:
        BundleError: The search is too long, or no Negatoscope would import what it says of itself.
    """
    sizes = stored.configuration
    if config.decoding.max_tokens > sizes.longest:
        raise BundleError(
            f"A search of {config.decoding.max_tokens} words is longer than the "
            f"{sizes.longest} that this model reads."
        )
    manifest = BundleManifest(
        format_version=FORMAT_VERSION,
        bundle_id=config.bundle_id,
        version=config.version,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        ldm=sizes.linguistic.value,
        licence=config.licence,
        intended_use=config.intended_use,
        shape=ModelShape(
            width=sizes.width,
            heads=sizes.heads,
            decoder_layers=sizes.decoder_layers,
            mediator_tokens=sizes.mediator_tokens,
            grid=sizes.grid,
            views=(1, 2),
            vocabulary_rows=sizes.vocabulary_rows,
        ),
        preprocess=stored.preprocess,
        decoding=config.decoding,
        files=(),
        training={key: str(value) for key, value in stored.facts.items()} | config.training,
        metrics=config.metrics,
        labels=stored.labels if sizes.labels else (),
    )
    require_described(manifest)
    return manifest


def validation_films(
    data: Path, runs: Path, studies: int, preprocess: PreprocessSpec
) -> Iterator[NDArray[np.float32]]:
    """Films of the first validation studies; every fourth study shows only its first film.

    Raises:
        BundleError: There are too few studies; raised before the minutes of export.
    """
    records = read_split(data, "val")[:studies]
    if len(records) < studies:
        raise BundleError(
            f"There are only {len(records)} validation studies to compare on.",
            what_to_do="Name fewer with --parity_studies.",
        )
    paths = [film.path for record in records for film in record.views]
    films = open_films(paths, preprocess, runs / "cache")
    shown = (
        record.views[:1] if number % 4 == 0 else record.views
        for number, record in enumerate(records)
    )
    return (np.stack([films.view(film.path) for film in own]) for own in shown)


def _with_parity(manifest: BundleManifest, report: ParityReport) -> dict[str, float]:
    return {
        **manifest.metrics,
        "parity_studies": float(report.studies),
        "parity_log_prob_difference": max(report.graph_difference, report.cache_difference),
    }


def _replace(folder: Path, target: Path) -> None:
    """Replace the old folder by the new one; the old one is deleted only after that."""
    if not target.exists():
        folder.rename(target)
        return
    former = target.with_name(f".{target.name}-{uuid4().hex}")
    target.rename(former)
    folder.rename(target)
    shutil.rmtree(former)
