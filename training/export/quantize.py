"""A bundle with 8-bit weights beside the 32-bit one, and what that costs in words.

Weights of linear maps become int8 and their inputs are quantised at run time (ONNX Runtime's
dynamic quantisation); the stem's convolutions stay as they are. The report decides whether it
ships: size, time, share of studies with the same words, and what the 8-bit model thinks of the
words that the 32-bit one wrote.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from uuid import uuid4

import numpy as np
import onnx
from numpy.typing import NDArray
from onnxruntime.quantization import QuantType, quantize_dynamic

from engine.domain.bundle import BundleManifest
from engine.errors import BundleError
from engine.inference.manifest import (
    ENCODER,
    MANIFEST,
    STEP,
    TOKENIZER,
    verify_bundle,
    write_manifest,
)
from engine.inference.ort_step import OrtStep
from engine.inference.search import ReportSearch
from engine.inference.session import open_sessions
from engine.inference.tokenizer import Tokenizer
from engine.language.findings import labels
from engine.paths import model_bundle
from training.config import default_data, default_runs
from training.export.parity import log_probs_along
from training.export.write_bundle import validation_films

LINEAR = ["MatMul", "Gemm"]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantizeConfig:
    """Settings of the quantisation.

    Attributes:
        target: Folder of the new bundle; must not exist. The report is written beside it.
        bundle: Bundle to quantise, by default the shipped one.
        data: Folder with the validation split.
        runs: Folder for the caches.
        studies: Number of validation studies that both bundles write.
    """

    target: Path
    bundle: Path = field(default_factory=model_bundle)
    data: Path = field(default_factory=default_data)
    runs: Path = field(default_factory=default_runs)
    studies: int = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantizeReport:
    """The 8-bit bundle compared with the 32-bit one.

    Attributes:
        studies: Number of studies.
        identical: Share of them with the same words, in the same order.
        same_labels: Share of them whose two texts assert the same labels (rule-found).
        kept_sentences: Share of the 32-bit model's sentences that the 8-bit one also writes for the
            same study.
        log_prob_change: Mean over the words that the 32-bit model wrote, in nats: the 8-bit model's
            log-probability less the 32-bit one's.
        megabytes: Size of all files of the 32-bit and of the 8-bit bundle.
        read_seconds: Median time to encode a study's films, for both.
        word_seconds: Median time to write a word, for both.
    """

    studies: int
    identical: float
    same_labels: float
    kept_sentences: float
    log_prob_change: float
    megabytes: tuple[float, float]
    read_seconds: tuple[float, float]
    word_seconds: tuple[float, float]


def run(config: QuantizeConfig) -> QuantizeReport:
    """Write the 8-bit bundle and its report; raises `BundleError`."""
    manifest = verify_bundle(config.bundle)
    films = validation_films(config.data, config.runs, config.studies, manifest.preprocess)
    quantize(config.bundle, config.target)
    report = compare(config.bundle, config.target, films)
    path = config.target.with_name(f"{config.target.name}-report.json")
    path.write_text(json.dumps(asdict(report), indent=1) + "\n", encoding="utf-8")
    return report


def quantize(bundle: Path, target: Path) -> BundleManifest:
    """Write the same bundle with int8 weights, whole or not at all.

    Raises:
        BundleError: The bundle is damaged, or the target exists.
    """
    manifest = verify_bundle(bundle)
    if target.exists():
        raise BundleError(f"There is something at {target} already.")
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f".{target.name}-{uuid4().hex}")
    unfinished.mkdir()
    try:
        for file in manifest.files:
            if file.name not in (ENCODER, STEP, MANIFEST):
                shutil.copyfile(bundle / file.name, unfinished / file.name)
        for name in (ENCODER, STEP):
            graph = onnx.load(bundle / name)
            # Shapes recorded by the exporter contradict those of its own folded constants.
            graph.graph.ClearField("value_info")
            quantize_dynamic(
                graph,
                unfinished / name,
                op_types_to_quantize=LINEAR,
                weight_type=QuantType.QInt8,
            )
        training = {**manifest.training, "weights": "int8, dynamic; convolutions float32"}
        renamed = replace(manifest, bundle_id=f"{manifest.bundle_id}-int8", training=training)
        written = write_manifest(unfinished, renamed)
        unfinished.rename(target)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return written


def compare(
    bundle: Path, quantized: Path, studies: Iterable[NDArray[np.float32]]
) -> QuantizeReport:
    """Let both bundles write the same studies.

    Args:
        bundle: With 32-bit weights.
        quantized: With 8-bit weights.
        studies: Films `(v, 3, S, S)` of each study, frontal first.
    """
    both = (_Writer(bundle), _Writer(quantized))
    pairs: list[tuple[_Written, _Written]] = []
    changes = []
    for films in studies:
        (first, first_steps), (second, second_steps) = (writer.write(films) for writer in both)
        ids = (both[0].search.ids.bos, *first.ids)
        rows, wanted = np.arange(len(first.ids)), np.array(first.ids, dtype=np.int64)
        given = [log_probs_along(s, ids)[rows, wanted] for s in (first_steps, second_steps)]
        changes.append(given[1] - given[0])
        pairs.append((first, second))
    kept = [sentence in second.sentences for first, second in pairs for sentence in first.sentences]
    return QuantizeReport(
        studies=len(pairs),
        identical=float(np.mean([first.ids == second.ids for first, second in pairs])),
        same_labels=float(np.mean([first.labels == second.labels for first, second in pairs])),
        kept_sentences=float(np.mean(kept)),
        log_prob_change=float(np.concatenate(changes).mean()),
        megabytes=(_megabytes(bundle), _megabytes(quantized)),
        read_seconds=_medians([(a.read_seconds, b.read_seconds) for a, b in pairs]),
        word_seconds=_medians([(a.word_seconds, b.word_seconds) for a, b in pairs]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    """A study's words and how long they took."""

    ids: tuple[int, ...]
    text: str
    read_seconds: float
    word_seconds: float

    @property
    def sentences(self) -> list[str]:
        """The text's sentences without their full stops."""
        return [part.strip() for part in self.text.split(" .") if part.strip()]

    @property
    def labels(self) -> frozenset[str]:
        """Labels that the text asserts."""
        return labels(self.text)


class _Writer:
    """Runs a bundle on the processor."""

    def __init__(self, folder: Path) -> None:
        self.manifest = verify_bundle(folder)
        self.sessions = open_sessions(folder, self.manifest, allow_gpu=False)
        tokenizer = Tokenizer.load(folder / TOKENIZER)
        self.tokenizer = tokenizer
        self.search = ReportSearch(
            spec=self.manifest.decoding,
            ids=tokenizer.special,
            forbidden_ids=tokenizer.ids_of(self.manifest.decoding.forbidden),
            findings_of=lambda ids: labels(" ".join(tokenizer.words(ids))),
        )

    def write(self, images: NDArray[np.float32]) -> tuple[_Written, OrtStep]:
        began = time.perf_counter()
        feed = {"images": images[None], "view_ids": np.arange(len(images), dtype=np.int64)[None]}
        memory = self.sessions.encoder.run(["mediator", "memory_kv"], feed)
        read = time.perf_counter()
        step = OrtStep(self.sessions.step, self.manifest.shape, *memory)
        best = self.search.find(step)[0]
        written = _Written(
            ids=tuple(best.ids),
            text=" ".join(self.tokenizer.words(best.ids)),
            read_seconds=read - began,
            word_seconds=(time.perf_counter() - read) / max(1, len(best.ids)),
        )
        return written, step


def _megabytes(folder: Path) -> float:
    return round(sum(path.stat().st_size for path in folder.iterdir()) / 1e6, 1)


def _medians(pairs: list[tuple[float, float]]) -> tuple[float, float]:
    first, second = np.median(np.array(pairs), axis=0).tolist()
    return first, second
