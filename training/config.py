"""The settings of every recipe as frozen values; the command line and the YAML files fill them.

One class per recipe, no inheritance. By default no run writes into the checkout. The model's own
sizes and switches are in `training.model.configuration`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from engine.domain.bundle import PreprocessSpec
from engine.paths import model_bundle

CHECKOUT = Path(__file__).resolve().parents[1]


def default_data() -> Path:
    """The data folder: `NEGATOSCOPE_DATA`, else `../shared/data` beside the checkout."""
    named = os.environ.get("NEGATOSCOPE_DATA")
    return Path(named) if named else CHECKOUT.parent / "shared" / "data"


def default_runs() -> Path:
    """Where runs are written: `NEGATOSCOPE_RUNS`, else `../runs` beside the checkout."""
    named = os.environ.get("NEGATOSCOPE_RUNS")
    return Path(named) if named else CHECKOUT.parent / "runs"


def require_positive(settings: object, *names: str) -> None:
    """Refuse numbers with which a run would do nothing; raises `ValueError`."""
    wrong = [name for name in names if not getattr(settings, name) > 0]
    if wrong:
        raise ValueError(f"{', '.join(wrong)} must be above 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class AugmentConfig:
    """Mild changes of a training film; never a flip, which would swap left and right.

    Attributes:
        smallest_crop: Smallest share of each side that is kept; the sides are drawn independently.
        rotation: Largest rotation to either side, degrees.
        contrast: Largest relative change of contrast about mid-grey.
        brightness: Largest shift of grey, as a share of full scale.
    """

    smallest_crop: float = 0.82
    rotation: float = 8.0
    contrast: float = 0.2
    brightness: float = 20.0 / 255.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ComputeConfig:
    """Where a recipe computes; these are settings of lightning-fabric.

    Attributes:
        devices: Processes per machine, each with one graphics card if there are any. Under torchrun
            the same number as given there.
        num_nodes: Machines.
        precision: "32-true", "bf16-mixed", or "auto": bfloat16 if the hardware multiplies it.
    """

    devices: int = 1
    num_nodes: int = 1
    precision: Literal["auto", "32-true", "bf16-mixed"] = "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class PrepareConfig:
    """Films decoded once into a cache, vocabulary and tokenizer written.

    Attributes:
        data: Folder with `iu_xray/` (and `chest_films/` for the stem).
        runs: Folder for caches and runs.
        min_count: Minimum occurrences of a word in the training reports.
        preprocess: How a film becomes the model's input.
    """

    data: Path = field(default_factory=default_data)
    runs: Path = field(default_factory=default_runs)
    min_count: int = 3
    preprocess: PreprocessSpec = field(default_factory=PreprocessSpec)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdaptStemConfig:
    """Label training of the convolutional stem (training-findings.md).

    Attributes:
        data: Folder with `iu_xray/`, and `chest_films/` if there are films without reports.
        runs: Folder for the run's folder.
        name: Name of the run's folder; empty for recipe and time.
        seed: Of sampling, dropout and augmentation.
        initial: Weights of an earlier run to start from; None for ImageNet's. The label head beside
            them is used too if it has as many labels.
        frozen_blocks: How many of the stem's first blocks keep their weights; the other blocks'
            norms then keep their statistics, and a step takes a quarter of the time. 0 trains all.
        passes: Passes over all films that the cosine spans.
        budget_minutes: Wall clock that the cosine spans if that is shorter; 0 for no limit.
        batch_size: Films per step.
        stem_rate: Peak learning rate of the stem.
        head_rate: Peak learning rate of the heads.
        restoration_weight: Weight of RadCARE's restoration loss beside the label loss; 0 for none.
        weight_decay: AdamW, on weights of more than one dimension.
        warmup_steps: Steps of linear warm-up.
        dropout: Before the last layer of the head.
        averaging: Decay of the exponential average of the weights that is evaluated and kept.
        paediatric_films: How many of the paediatric films to use; they have only two labels.
        min_studies: Minimum training studies for a MeSH heading to be a label.
        threads: PyTorch threads; one if the cores are shared.
        checkpoint_minutes: Time between two checkpoints.
        augment: Changes of the films.
        preprocess: How a film becomes the model's input.
    """

    data: Path = field(default_factory=default_data)
    runs: Path = field(default_factory=default_runs)
    name: str = ""
    seed: int = 1
    initial: Path | None = None
    frozen_blocks: int = 0
    passes: float = 5.0
    budget_minutes: float = 0.0
    batch_size: int = 32
    stem_rate: float = 3e-4
    head_rate: float = 1e-3
    restoration_weight: float = 0.2
    weight_decay: float = 0.02
    warmup_steps: int = 50
    dropout: float = 0.3
    averaging: float = 0.995
    paediatric_films: int = 500
    min_studies: int = 25
    threads: int = 1
    checkpoint_minutes: float = 5.0
    augment: AugmentConfig = field(default_factory=AugmentConfig)
    preprocess: PreprocessSpec = field(default_factory=PreprocessSpec)

    def __post_init__(self) -> None:
        """Refuse numbers with which a run would do nothing."""
        require_positive(self, "passes", "batch_size", "threads", "min_studies")


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluateConfig:
    """Figures of a model and of the baselines on one split.

    Attributes:
        data: Folder with `{split}.jsonl`, or with an `iu_xray` folder that holds it.
        split: Name of the split's file without its extension.
        bundle: Exported bundle, by default the shipped one; its reports are written as the product
            does. None for none.
        model: Folder of a kept model ("best" of a fine-tuning run); None for none.
        training: Folder of the training split, for baselines and for the subset of references that
            are no training report; both are left out if it is missing.
        baselines: Score constants and random reports too.
        stem: Stem weights for the retrieval baselines; None leaves them out.
        out: Folder for `summary.json`, `summary.md` and the written reports; empty for a new folder
            among the runs.
        runs: Folder for caches and runs.
        beam: Beams for `model`; a bundle brings its own.
        studies: Only the first N of the split; 0 for all.
        explained_studies: For how many of them the bundle's sentences get a deletion test of their
            cells; each sentence costs about seven runs.
        calibration_studies: On how many coded studies of "extra" in `training` the map of sentence
            confidence is fitted.
        resamples: Bootstrap draws for the intervals; 0 for none.
        seed: Of the draws, the shuffle and the random reports.
        threads: PyTorch threads.
        preprocess: For the retrieval baselines.
    """

    data: Path = field(default_factory=default_data)
    split: str = "val"
    bundle: Path | None = field(default_factory=model_bundle)
    model: Path | None = None
    training: Path = field(default_factory=default_data)
    baselines: bool = True
    stem: Path | None = None
    out: Path | None = None
    runs: Path = field(default_factory=default_runs)
    beam: int = 3
    studies: int = 0
    explained_studies: int = 100
    calibration_studies: int = 100
    resamples: int = 500
    seed: int = 1
    threads: int = 1
    preprocess: PreprocessSpec = field(default_factory=PreprocessSpec)

    def __post_init__(self) -> None:
        """Refuse numbers with which an evaluation would do nothing."""
        require_positive(self, "beam", "threads")
        counts = ("studies", "explained_studies", "calibration_studies", "resamples")
        wrong = [name for name in counts if getattr(self, name) < 0]
        if wrong:
            raise ValueError(f"{', '.join(wrong)} must not be below 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class CardConfig:
    """The model card, its evaluation page and the manifest's figures, from an evaluation.

    Attributes:
        summary: `summary.json` of `train evaluate` for this bundle.
        bundle: The bundle to describe; its manifest gets the figures.
        documents: Folder whose `NAME.template.md`, prose with placeholders for the figures, become
            `NAME.md`; the summary is kept there as `evaluation.json`.
    """

    summary: Path
    bundle: Path = field(default_factory=model_bundle)
    documents: Path = CHECKOUT / "docs"
