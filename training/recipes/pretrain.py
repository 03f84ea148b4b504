"""Recipe: RadCARE, learning from films and text together before any report is written.

cmcrl.md 3 and 9: every film is an item of its own with its study's report; degraded features of a
frozen stem in, sharp pixels out; one draw of tasks per batch, each with an update of its own. Fixes
defects B4, B5, B13 and B17. `train finetune --initial` takes the result over.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
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
from training.data.report_text import Marks, clean
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
from training.recipes.film_features import FeatureCache, open_features
from training.recipes.finite import require_finite
from training.recipes.processes import BatchPart, agreed, launch, open_shared_run
from training.recipes.run_log import RunLog
from training.recipes.running import Keeper, RunProgress


@dataclass(frozen=True, slots=True, kw_only=True)
class PretrainConfig:
    """Settings of pre-training.

    Attributes:
        data: Folder with `iu_xray/`.
        runs: Folder for the run's folder and the caches.
        stem: Weights of the frozen stem, as in fine-tuning.
        stem_form: Which network the stem is.
        name: Name of the run's folder; empty for recipe and time.
        seed: Of order, tasks, masks and cuts.
        model: Sizes and switches; must agree with fine-tuning's.
        epochs: Passes over all films that the cosine spans.
        budget_minutes: Wall clock that the cosine spans if that is shorter; 0 for no limit.
        batch_size: Films per step.
        rate: Peak learning rate.
        weight_decay: AdamW.
        warmup: Share of the run in which the rate rises.
        mask_ratio: Share of the cells that are dropped.
        degraded: Use films at half resolution (eq 1); False is an ablation.
        max_ids: Maximum ids of a report with BOS and EOS.
        marks: What to do with sentences that have a removed word, as in fine-tuning.
        min_count: Minimum occurrences of a word in the training reports.
        threads: PyTorch threads; one if the cores are shared.
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
    marks: Marks = Marks.LEAVE_OUT
    min_count: int = 3
    threads: int = 1
    checkpoint_minutes: float = 4.0
    compute: ComputeConfig = field(default_factory=ComputeConfig)
    preprocess: PreprocessSpec = field(default_factory=PreprocessSpec)

    def __post_init__(self) -> None:
        """Refuse numbers with which a run would do nothing."""
        require_positive(self, "epochs", "batch_size", "threads", "mask_ratio")
        kept = int(self.model.cells * (1.0 - self.mask_ratio) + 1e-6)
        if not 0 < kept < self.model.cells:
            raise ValueError(f"mask_ratio {self.mask_ratio} leaves no cell to see or to restore")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PretrainingMaterial:
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
    """Start or continue the pre-training run that the settings name.

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
    studies = build_examples(
        records, vocabulary, films.rows, max_ids=config.max_ids, marks=config.marks
    )
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
    material = PretrainingMaterial(items=items, films=films, features=features)
    fit = _Pretraining(config, settings, material, log, fabric)
    fit.resume()
    fit.train()
    if fabric.is_global_zero:
        vocabulary.save(log.folder / "last" / TOKENIZER)
    fabric.barrier()
    return log.folder


class _Pretraining:
    """The state of one pre-training run and its loop."""

    def __init__(
        self,
        config: PretrainConfig,
        settings: ModelConfiguration,
        material: PretrainingMaterial,
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
            [{"params": used, "peak": config.rate}],
            lr=config.rate,
            weight_decay=config.weight_decay,
            fused=True,
        )
        self.generator = torch.Generator().manual_seed(config.seed)
        self.step, self.epoch, self.batch_index = 0, 0, 0
        self.batches = self._batches()
        self.progress = RunProgress(
            budget_minutes=config.budget_minutes,
            warmup=config.warmup,
            floor=1e-3,
            agree=partial(agreed, fabric),
        )
        self.keeper = Keeper(
            folder=log.checkpoints,
            minutes=config.checkpoint_minutes,
            progress=self.progress,
            modules={"model": self.model},
            optimizer=self.optimizer,
            generator=self.generator,
            is_first=fabric.is_global_zero,
        )
        self.losses: dict[Task, list[float]] = {task: [] for task in Task}
        self.ways: dict[Task, Callable[[Batch, BatchPart], Tensor]] = {
            Task.CONTINUE_FROM_FILM_AND_TEXT: lambda *of: self._continued(*of, with_film=True),
            Task.CONTINUE_FROM_TEXT: lambda *of: self._continued(*of, with_film=False),
            Task.RESTORE_WITH_TEXT: lambda *of: self._restored(*of, with_text=True),
            Task.RESTORE_FILM: lambda *of: self._restored(*of, with_text=False),
        }

    def train(self) -> None:
        """Process batches until the cosine ends."""
        while self._done < 1.0:
            with self.progress.timed():
                self.progress.set_rates(self.optimizer, self._done)
                batch = self.batches[self.batch_index]
                for task in draw_tasks(self.generator):
                    self.losses[task].append(self._update(self.ways[task], batch))
                self.step, self.batch_index = self.step + 1, self.batch_index + 1
            if self.batch_index == len(self.batches):
                self.epoch, self.batch_index = self.epoch + 1, 0
                self.batches = self._batches()
                self._report()
                self._keep()
            self.keeper.save_if_due(self.step, self._state)
        self._keep()
        self.keeper.save(self.step, self._state)

    def resume(self) -> None:
        """Continue from the run's checkpoint if there is one."""
        state = self.keeper.restore("step", "epoch", "place", "losses")
        if state is None:
            return
        self.step, self.epoch, self.batch_index = state["step"], state["epoch"], state["place"]
        self.losses = {task: list(state["losses"][task]) for task in Task}
        self.batches = self._batches()

    @property
    def _done(self) -> float:
        """Share of the run that is done."""
        passes = self.epoch + self.batch_index / len(self.batches)
        return self.progress.done(passes / self.config.epochs)

    @property
    def _state(self) -> dict[str, object]:
        return {
            "step": self.step,
            "epoch": self.epoch,
            "place": self.batch_index,
            "losses": self.losses,
        }

    def _batches(self) -> list[Batch]:
        config = self.config
        return list(
            training_batches(
                self.material.items, config.batch_size, seed=config.seed, epoch=self.epoch
            )
        )

    def _update(self, loss_of: Callable[[Batch, BatchPart], Tensor], batch: Batch) -> float:
        self.model.train()
        part = BatchPart.of(self.fabric, len(batch.studies))
        loss = loss_of(batch, part)
        require_finite((loss,), self.step)
        self.fabric.backward(loss)
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        return part.whole(loss)

    def _continued(self, batch: Batch, part: BatchPart, *, with_film: bool) -> Tensor:
        """L_T of tasks A and D (eq 4)."""
        pad = self.model.cmcrl.configuration.pad_id
        prefix, postfix = split_reports(batch.ids, pad, self.generator)
        prefix, postfix = part.take(prefix), part.take(postfix)
        films = self._features(batch, part) if with_film else None
        logits = self.network.continue_text(films, part.take(batch.views), prefix, postfix)
        loss = captioning_loss(logits, postfix, pad)
        return part.weighted(loss, (postfix[:, 1:] != pad).sum())

    def _restored(self, batch: Batch, part: BatchPart, *, with_text: bool) -> Tensor:
        """L_V of tasks B and C (eq 3)."""
        sizes = self.model.cmcrl.configuration
        mask = draw_mask(len(batch.studies), sizes.cells, self.config.mask_ratio, self.generator)
        pixels = self.network.restore_film(
            self._features(batch, part),
            part.take(batch.views),
            part.take(mask.kept),
            part.take(mask.restore),
            part.take(batch.ids) if with_text else None,
        )
        sharp = self.material.pixels(batch.films[part.rows], sizes.grid).to(pixels.device)
        dropped = part.take(mask.dropped)
        return part.weighted(restoration_loss(pixels, sharp, dropped), dropped.sum())

    def _features(self, batch: Batch, part: BatchPart) -> Tensor:
        return self.material.features.clean(batch.films[part.rows]).to(self.fabric.device)

    def _report(self) -> None:
        drawn = {task.value: values for task, values in self.losses.items() if values}
        means = {name: float(np.mean(values)) for name, values in drawn.items()}
        self.log.measure("training", {"epoch": self.epoch, "progress": self._done, **means})
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
            facts={"epochs": self.epoch, "training_minutes": round(self.progress.minutes, 1)},
        )
        save_model(self.log.folder / "last", stored)


def _is_causal(name: str) -> bool:
    """Whether a weight belongs to the modules that pre-training does not use."""
    return name.startswith(
        ("cmcrl.linguistic_deconfounder.", "cmcrl.visual_deconfounder.")
    ) and not name.startswith("cmcrl.visual_deconfounder.norm.")
