"""Recipe: let a bundle assemble its drafts from sentences (decision 22).

Besides the bundle this needs a table of the n-grams that the model itself draws for the training
films: no word of it is taken from a report. The same bundle, films and settings give the same
table.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from uuid import uuid4

import numpy as np

from engine.domain.bundle import AssemblySpec, BundleManifest
from engine.errors import BundleError
from engine.inference.manifest import (
    FORMAT_VERSION,
    MANIFEST,
    NGRAMS,
    verify_bundle,
    write_manifest,
)
from engine.inference.ngrams import count_reports
from engine.inference.session import open_sessions
from engine.paths import model_bundle
from training.config import default_data, require_positive
from training.data.record import Record
from training.data.studies import read_extra, read_split
from training.evaluate.predict import drawn_ids, open_bundle
from training.recipes.report_labels import report_labels

SPLIT = "train"
PRINT_EVERY = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class AssembleConfig:
    """A bundle whose drafts are assembled from sentences.

    Attributes:
        target: Folder of the new bundle; must not exist.
        bundle: The bundle it is made from.
        data: Folder of the training split, for whose films reports are drawn.
        version: Of the new bundle; empty for that of the old one.
        reports: Reports drawn for each training study for the table.
        draws: Reports that the new bundle draws per draft; 0 for as many as the old one.
        studies: Only the first N; 0 for all.
        label_tensor: Encoder's inner tensor of label logits, for a bundle exported before they were
            an output; empty to leave the bundle's labels as they are.
        min_studies: As in report training, which named the labels of `label_tensor` by it.
        with_extra: As in report training.
        assembly: Weights of the assembly.
    """

    target: Path
    bundle: Path = field(default_factory=model_bundle)
    data: Path = field(default_factory=default_data)
    version: str = ""
    reports: int = 8
    draws: int = 0
    studies: int = 0
    label_tensor: str = ""
    min_studies: int = 20
    with_extra: bool = True
    assembly: AssemblySpec = field(default_factory=AssemblySpec)

    def __post_init__(self) -> None:
        """Refuse numbers that give no table."""
        require_positive(self, "reports")


def run(config: AssembleConfig) -> Path:
    """Write the new bundle; returns its folder.

    Raises:
        BundleError: The bundle is damaged, or the target exists.
        NotFoundError: There is no training split.
        DamagedFileError: A film cannot be read.
    """
    manifest = verify_bundle(config.bundle)
    if config.target.exists():
        raise BundleError(f"There is something at {config.target} already.")
    records = read_split(config.data, SPLIT)
    if config.label_tensor:
        manifest = _with_labels(manifest, config, records)
    table = count_reports(_drawn(config, records[: config.studies or len(records)]))
    decoding = replace(
        manifest.decoding,
        draws=config.draws or manifest.decoding.draws,
        assembly=config.assembly,
    )
    config.target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = config.target.with_name(f".{config.target.name}-{uuid4().hex}")
    unfinished.mkdir()
    try:
        for file in manifest.files:
            if file.name not in (MANIFEST, NGRAMS):
                shutil.copyfile(config.bundle / file.name, unfinished / file.name)
        np.save(unfinished / NGRAMS, table.rows, allow_pickle=False)
        changed = replace(
            manifest,
            format_version=FORMAT_VERSION,
            version=config.version or manifest.version,
            decoding=decoding,
        )
        write_manifest(unfinished, changed)
        unfinished.rename(config.target)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return config.target


def _with_labels(
    manifest: BundleManifest, config: AssembleConfig, records: Sequence[Record]
) -> BundleManifest:
    """The manifest with the label logits' names; raises `BundleError` if they do not fit."""
    others = read_extra(config.data, is_wanted=config.with_extra)
    names = report_labels([*records, *others], config.min_studies).names
    named = replace(manifest, labels=names, label_tensor=config.label_tensor)
    open_sessions(config.bundle, named, allow_gpu=False)
    return named


def _drawn(config: AssembleConfig, records: Sequence[Record]) -> Iterator[tuple[int, ...]]:
    generator = open_bundle(config.bundle)
    for done, reports in enumerate(drawn_ids(generator, records, config.reports), start=1):
        yield from reports
        if done % PRINT_EVERY == 0:
            sys.stdout.write(f"{done} studies drawn about\n")
            sys.stdout.flush()
