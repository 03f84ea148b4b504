"""Recipe: RadCARE, learning from films and text together before any report is written.

cmcrl.md 3 and 9: every film is an item of its own with its study's report; degraded features of a
frozen stem in, sharp pixels out; one draw of tasks per batch, each with an update of its own.
Defects B4, B5, B13 and B17 are put right. `train finetune --initial` takes the result over.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from lightning_fabric import Fabric
from torch import Tensor, nn

from engine.domain.bundle import PreprocessSpec
from engine.errors import InputError
from training.config import (
    AugmentConfig,
    ComputeConfig,
    default_data,
    default_runs,
    require_positive,
)
from training.data.dataset import Batch, StudyExample, build_examples, training_batches
from training.data.films import FilmCache, open_films
from training.data.report_text import clean
from training.data.studies import read_split
from training.data.vocabulary import build_vocabulary
from training.model.cmcrl import Cmcrl
from training.model.configuration import ModelConfiguration
from training.model.pretraining_heads import RadcareModel
from training.model.stem import StemForm
from training.model.stem_file import new_stem, stem_name
from training.model.stored import TOKENIZER, StoredModel, save_model
from training.objectives.captioning import captioning_loss
from training.objectives.masking import draw_mask, patches, restoration_loss
from training.objectives.radcare import Task, draw_tasks, split_reports
from training.recipes.checkpoint import (
    Checkpoint,
    load_checkpoint,
    optimizer_tensors,
    prefixed,
    restore_optimizer,
    save_checkpoint,
)
from training.recipes.film_features import FeatureCache, open_features
from training.recipes.processes import Share, agreed, launch, open_shared_run
from training.recipes.run_log import RunLog
from training.recipes.schedule import cosine_rate


@dataclass(frozen=True, slots=True, kw_only=True)
class PretrainConfig:
    """Settings of pre-training.

    Attributes:
        data: Folder with `iu_xray/`.
        runs: Folder that gets the run's folder and the caches.
        stem: Weights of the frozen stem, as in fine-tuning.
        stem_form: Which network the stem is.
        name: Name of the run's folder; empty for recipe and time.
        seed: Of order, tasks, masks and cuts.
        model: Sizes and switches; must agree with fine-tuning's.
        epochs: Passes over all films that the cosine spans.
        budget_minutes: Wall clock that the cosine spans if that is shorter; 0 for no limit.
        batch_size: Films in a step.
        rate: Peak learning rate.
        weight_decay: AdamW.
        warmup: Share of the run in which the rate rises.
        mask_ratio: Share of the cells that are dropped.
        degraded: Films are seen at half resolution (eq 1); False is an ablation.
        max_ids: Most ids of a report with BOS and EOS.
        min_count: Fewest occurrences of a word in the training reports.
        threads: Threads of PyTorch; one where the cores are shared.
        checkpoint_minutes: Time between two checkpoints.
        compute: Processes, machines and precision.
        preprocess: How a film becomes the stem's input.
    """

    data: Path = field(default_factory=default_data)
    runs: Path = field(default_factory=default_runs)
    stem: Path | None
    stem_form: StemForm = StemForm.EFFICIENTNET_LITE0
    name: str = ""
    seed: int = 1
    model: ModelConfiguration = field(
        default_factory=lambda: ModelConfiguration(token_pool=2, dropout=0.0, word_dropout=0.0)
    )
    epochs: int = 8
    budget_minutes: float = 0.0
    batch_size: int = 32
    rate: float = 5e-4
    weight_decay: float = 0.01
    warmup: float = 0.1
    mask_ratio: float = 0.85
    degraded: bool = True
    max_ids: int = 100
    min_count: int = 3
    threads: int = 1
    checkpoint_minutes: float = 4.0
    compute: ComputeConfig = field(default_factory=ComputeConfig)
    preprocess: PreprocessSpec = field(default_factory=PreprocessSpec)

    def __post_init__(self) -> None:
        """Refuse numbers that make no run."""
        require_positive(self, "epochs", "batch_size", "threads", "mask_ratio")
        kept = int(self.model.cells * (1.0 - self.mask_ratio) + 1e-6)
        if not 0 < kept < self.model.cells:
            raise ValueError(f"mask_ratio {self.mask_ratio} leaves no cell to see or to restore")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Material:
    """Items of one film and its report, their films and their degraded features."""

    items: tuple[StudyExample, ...]
    films: FilmCache
    features: FeatureCache

    def pixels(self, rows: Tensor, grid: int) -> Tensor:
        """Sharp films as patches, for rows `(B, 1)`: `(B, P, p * p * 3)`."""
        paths = self._paths
        images = np.stack([self.films.view(paths[row]) for row in rows[:, 0].tolist()])
        return patches(torch.from_numpy(images), grid)

    @property
    def _paths(self) -> dict[int, Path]:
        return {row: path for path, row in self.films.rows.items()}


def run(config: PretrainConfig) -> Path:
    """Pre-train, or go on with, the run that the settings name.

    Returns:
        The run's folder; `last/` in it is what fine-tuning takes as `initial`.
    """
    torch.set_num_threads(config.threads)
    torch.manual_seed(config.seed)
    fabric = launch(config.compute, has_unused=True)
    log = open_shared_run(fabric, config.runs, "pretrain", config, config.name)
    records = read_split(config.data, "train")
    vocabulary = build_vocabulary((clean(r.report) for r in records), config.min_count)
    paths = [film.path for record in records for film in record.views]
    cache = config.runs / "cache"
    with fabric.rank_zero_first():
        films = open_films(paths, config.preprocess, cache)
        stem = new_stem(config.stem_form, config.stem).frozen()
        features = open_features(
            stem, films, AugmentConfig(), crops=1, folder=cache, degraded=config.degraded
        )
    studies = build_examples(records, vocabulary, films.rows, max_ids=config.max_ids)
    items = tuple(
        replace(study, films=(film,), views=(view,))
        for study in studies
        for film, view in zip(study.films, study.views, strict=True)
    )
    if not items:
        raise InputError("No training study has a report of three words.")
    sizes = {"films": len(items), "words": len(vocabulary)}
    log.measure("data", {**sizes, "stem": stem_name(config.stem)})
    settings = replace(config.model, vocabulary_rows=len(vocabulary))
    material = Material(items=items, films=films, features=features)
    fit = _Fit(config, settings, material, log, fabric)
    fit.resume()
    fit.train()
    if fabric.is_global_zero:
        vocabulary.save(log.folder / "last" / TOKENIZER)
    fabric.barrier()
    return log.folder


class _Fit:
    """The state of one pre-training run and its loop."""

    def __init__(
        self,
        config: PretrainConfig,
        settings: ModelConfiguration,
        material: Material,
        log: RunLog,
        fabric: Fabric,
    ) -> None:
        self.config = config
        self.material = material
        self.log = log
        self.fabric = fabric
        self.model = RadcareModel(Cmcrl(settings), config.preprocess.size)
        self.network = fabric.setup_module(self.model)
        self.network.mark_forward_method("continue_text")
        self.network.mark_forward_method("restore_film")
        used = [p for name, p in self.model.named_parameters() if not _is_causal(name)]
        self.optimizer = torch.optim.AdamW(
            used, lr=config.rate, weight_decay=config.weight_decay, fused=True
        )
        self.generator = torch.Generator().manual_seed(config.seed)
        self.step, self.epoch, self.place = 0, 0, 0
        self.batches = self._batches()
        self.seconds = 0.0
        self.losses: dict[Task, list[float]] = {task: [] for task in Task}
        self.ways: dict[Task, Callable[[Batch, Share], Tensor]] = {
            Task.CONTINUE_FROM_FILM_AND_TEXT: lambda *of: self._continued(*of, with_film=True),
            Task.CONTINUE_FROM_TEXT: lambda *of: self._continued(*of, with_film=False),
            Task.RESTORE_WITH_TEXT: lambda *of: self._restored(*of, with_text=True),
            Task.RESTORE_FILM: lambda *of: self._restored(*of, with_text=False),
        }

    def train(self) -> None:
        """Batches until the cosine has come to its end."""
        saved = time.monotonic()
        while self._progress() < 1.0:
            began = time.monotonic()
            batch = self.batches[self.place]
            for task in draw_tasks(self.generator):
                self.losses[task].append(self._update(self.ways[task], batch))
            self.step, self.place = self.step + 1, self.place + 1
            self.seconds = agreed(self.fabric, self.seconds + time.monotonic() - began)
            if self.place == len(self.batches):
                self.epoch, self.place = self.epoch + 1, 0
                self.batches = self._batches()
                self._report()
                self._keep()
            if time.monotonic() - saved > 60.0 * self.config.checkpoint_minutes:
                self._save()
                saved = time.monotonic()
        self._keep()
        self._save()

    def resume(self) -> None:
        """Go on from the run's checkpoint if it has one."""
        if not any(self.log.checkpoints.glob("step-*")):
            return
        kept = load_checkpoint(self.log.checkpoints)
        self.model.load_state_dict(kept.group("model"))
        restore_optimizer(self.optimizer, kept.group("optimizer"))
        self.generator.set_state(kept.tensors["generator"])
        if self.fabric.is_global_zero:
            torch.set_rng_state(kept.tensors["rng"])
        self.step, self.place = int(kept.state["step"]), int(kept.state["place"])
        self.epoch, self.seconds = int(kept.state["epoch"]), float(kept.state["seconds"])
        self.losses = {task: list(kept.state["losses"][task]) for task in Task}
        self.batches = self._batches()

    def _progress(self) -> float:
        """Share of the run that is done, by epochs or by the clock, whichever is further."""
        config = self.config
        by_epochs = (self.epoch + self.place / len(self.batches)) / config.epochs
        if config.budget_minutes <= 0:
            return by_epochs
        return max(by_epochs, self.seconds / (60.0 * config.budget_minutes))

    def _batches(self) -> list[Batch]:
        config = self.config
        return list(
            training_batches(
                self.material.items, config.batch_size, seed=config.seed, epoch=self.epoch
            )
        )

    def _update(self, loss_of: Callable[[Batch, Share], Tensor], batch: Batch) -> float:
        factor = cosine_rate(self._progress(), warmup=self.config.warmup, floor=1e-3)
        for group in self.optimizer.param_groups:
            group["lr"] = self.config.rate * factor
        self.model.train()
        share = Share.of(self.fabric, len(batch.studies))
        loss = loss_of(batch, share)
        self.fabric.backward(loss)
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        return share.whole(loss)

    def _continued(self, batch: Batch, share: Share, *, with_film: bool) -> Tensor:
        """L_T of tasks A and D (eq 4)."""
        pad = self.model.cmcrl.configuration.pad_id
        prefix, postfix = split_reports(batch.ids, pad, self.generator)
        prefix, postfix = share.take(prefix), share.take(postfix)
        films = self._features(batch, share) if with_film else None
        logits = self.network.continue_text(films, share.take(batch.views), prefix, postfix)
        loss = captioning_loss(logits, postfix, pad)
        return share.weighted(loss, (postfix[:, 1:] != pad).sum())

    def _restored(self, batch: Batch, share: Share, *, with_text: bool) -> Tensor:
        """L_V of tasks B and C (eq 3)."""
        sizes = self.model.cmcrl.configuration
        mask = draw_mask(len(batch.studies), sizes.cells, self.config.mask_ratio, self.generator)
        pixels = self.network.restore_film(
            self._features(batch, share),
            share.take(batch.views),
            share.take(mask.kept),
            share.take(mask.restore),
            share.take(batch.ids) if with_text else None,
        )
        sharp = self.material.pixels(batch.films[share.rows], sizes.grid).to(pixels.device)
        dropped = share.take(mask.dropped)
        return share.weighted(restoration_loss(pixels, sharp, dropped), dropped.sum())

    def _features(self, batch: Batch, share: Share) -> Tensor:
        return self.material.features.clean(batch.films[share.rows]).to(self.fabric.device)

    def _report(self) -> None:
        drawn = {task.value: values for task, values in self.losses.items() if values}
        means = {name: float(np.mean(values)) for name, values in drawn.items()}
        self.log.measure("training", {"epoch": self.epoch, "progress": self._progress(), **means})
        for values in self.losses.values():
            values.clear()

    def _keep(self) -> None:
        """Write what fine-tuning takes over."""
        if not self.fabric.is_global_zero:
            return
        stored = StoredModel(
            configuration=self.model.cmcrl.configuration,
            tensors=self.model.transferred(),
            preprocess=self.config.preprocess,
            facts={"epochs": self.epoch, "training_minutes": round(self.seconds / 60.0, 1)},
        )
        save_model(self.log.folder / "last", stored)

    def _save(self) -> None:
        if not self.fabric.is_global_zero:
            return
        tensors = {
            **prefixed("model", dict(self.model.state_dict())),
            **prefixed("optimizer", optimizer_tensors(self.optimizer)),
            "generator": self.generator.get_state(),
            "rng": torch.get_rng_state(),
        }
        state = {
            "step": self.step,
            "epoch": self.epoch,
            "place": self.place,
            "seconds": self.seconds,
            "losses": self.losses,
        }
        save_checkpoint(self.log.checkpoints, Checkpoint(tensors=tensors, state=state), self.step)


def _is_causal(name: str) -> bool:
    """Whether a weight belongs to the modules that pre-training leaves alone."""
    return name.startswith(
        ("cmcrl.linguistic_deconfounder.", "cmcrl.visual_deconfounder.")
    ) and not name.startswith("cmcrl.visual_deconfounder.norm.")
