"""Recipe: teach the ImageNet stem what chest films look like, by labels and by restoration.

Films of IU X-Ray (train and extra), ChestX-ray14, covid-chestxray-dataset and some paediatric
films; labels and masks of `objectives.labels`; restoration of hidden cells, with some films at half
resolution (RadCARE, eq 1 to 3); validation by AUROC on the studies of IU val, with predictions
averaged over a study's views. Settings: training-findings.md. The averaged weights are exported
after every pass: `stem.safetensors` and its label head, `stem_head.safetensors`.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from engine.domain.bundle import NORMAL
from engine.errors import InputError, NotFoundError
from training.config import AdaptStemConfig
from training.data.augment import augment
from training.data.chest_films import read_chest_films
from training.data.films import FilmCache, open_films
from training.data.record import LabelledFilm, Record
from training.data.studies import read_split
from training.evaluate.label_metrics import auroc, is_coded
from training.model.labels import StemHead
from training.model.pretraining_heads import HIDDEN_CELLS, RestorationHead
from training.model.stored import STEM, STEM_HEAD
from training.model.visual_encoder import STEM_CHANNELS, VisualStem, imagenet_stem, load_stem
from training.objectives.labels import (
    LabelRow,
    LabelVocabulary,
    build_labels,
    film_labels,
    masked_loss,
    study_labels,
)
from training.objectives.masking import degrade, draw_mask, patches, restoration_loss
from training.recipes.film_features import folded
from training.recipes.finite import require_finite
from training.recipes.precision import autocast
from training.recipes.run_log import RunLog, open_run
from training.recipes.running import Keeper, RunProgress
from training.recipes.schedule import WeightAverage

VALIDATION_BATCH = 8
FILMS_AT_ONCE = 8
REPORT_STEPS = 50
STEM_STRIDE = 16
DEGRADED = 0.3
"""Share of the films that a step shows at half resolution when it also restores cells."""

FEWEST_POSITIVES = 3
"""Labels with fewer positive validation studies are left out of the mean AUROC."""


class StemClassifier(nn.Module):
    """The stem with a label head."""

    def __init__(self, stem: VisualStem, labels: int, dropout: float) -> None:
        super().__init__()
        self.stem = stem
        self.head = StemHead(STEM_CHANNELS, labels, dropout)

    def forward(self, images: Tensor) -> Tensor:
        """`(B, 3, S, S)` to logits `(B, labels)`."""
        logits: Tensor = self.head(self.stem(images))
        return logits

    def features_after(self, frozen: nn.Sequential | None, images: Tensor) -> Tensor:
        """The stem's map `(B, C, g, g)`; `frozen` computes its first blocks without gradients."""
        if frozen is None:
            return cast("Tensor", self.stem(images))
        with torch.no_grad():
            parts = [frozen(images[at : at + 2]) for at in range(0, len(images), 2)]
        later = self.stem.blocks[len(frozen) - 1 :]
        return cast("Tensor", later(torch.cat(parts)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LabelledFilms:
    """Films with targets: rows of the cache, `(n, labels)` targets and mask."""

    rows: NDArray[np.int64]
    targets: Tensor
    mask: Tensor


def run(config: AdaptStemConfig) -> Path:
    """Start or continue the training run that the settings name; returns its folder.

    Returns:
        The folder with `stem.safetensors`, `stem_head.safetensors`, `labels.json`, `metrics.jsonl`
        and checkpoints.

    Raises:
        InputError: Nobody coded a study of the training or of the validation split.
    """
    torch.set_num_threads(config.threads)
    torch.manual_seed(config.seed)
    log = open_run(config.runs, "adapt-stem", config, name=config.name)
    training = read_split(config.data, "train")
    validation = read_split(config.data, "val")
    for split, records in (("train", training), ("val", validation)):
        if not any(is_coded(record.headings) for record in records):
            raise InputError(
                f"Nobody coded a study of {split}: the stem has nothing to learn from.",
                what_to_do="Leave this stage out and name --stem null in the others.",
            )
    labels = build_labels(training, config.min_studies)
    (log.folder / "labels.json").write_text(json.dumps(labels.names, indent=1), encoding="utf-8")
    studies = training
    with suppress(NotFoundError):  # not every data set has studies outside its splits
        studies = (*training, *read_split(config.data, "extra"))
    others = _other_films(config)
    paths = [film.path for record in (*studies, *validation) for film in record.films]
    films = open_films(
        [*paths, *(f.path for f in others)], config.preprocess, config.runs / "cache"
    )
    examples = _examples(studies, others, labels, films)
    log.measure("data", {"films": len(examples.rows), "labels": len(labels)})
    training_run = _StemTraining(config, labels, films, examples, log)
    training_run.resume()
    training_run.train(validation)
    return log.folder


class _StemTraining:
    """The state of one training run and its loop."""

    def __init__(
        self,
        config: AdaptStemConfig,
        labels: LabelVocabulary,
        films: FilmCache,
        examples: LabelledFilms,
        log: RunLog,
    ) -> None:
        self.config = config
        self.labels = labels
        self.films = films
        self.examples = examples
        self.log = log
        stem = imagenet_stem() if config.initial is None else load_stem(config.initial)
        self.model = StemClassifier(stem, len(labels), config.dropout)
        if config.initial is not None:
            _take_head(self.model.head, config.initial.with_name(STEM_HEAD))
        self.restoration = RestorationHead(STEM_CHANNELS, 3 * STEM_STRIDE**2)
        self.frozen = _freeze(stem, config)
        self.model.to(memory_format=torch.channels_last)  # type: ignore[call-overload] # not in stubs
        self.average = WeightAverage(self.model, config.averaging)
        heads = nn.ModuleList([self.model.head, self.restoration])
        self.trained = [
            p for m in (self.model.stem, heads) for p in m.parameters() if p.requires_grad
        ]
        self.optimizer = _optimizer(self.model.stem, heads, config)
        self.generator = torch.Generator().manual_seed(config.seed)
        self.step = 0
        self.steps_a_pass = max(1, len(examples.rows) // config.batch_size)
        self.steps = max(1, round(self.steps_a_pass * config.passes))
        self.progress = RunProgress(
            budget_minutes=config.budget_minutes, warmup=config.warmup_steps / self.steps
        )
        self.keeper = Keeper(
            folder=log.checkpoints,
            minutes=config.checkpoint_minutes,
            progress=self.progress,
            modules={"model": self.model, "restoration": self.restoration},
            optimizer=self.optimizer,
            generator=self.generator,
            average=self.average,
        )

    def train(self, validation: tuple[Record, ...]) -> None:
        """Run steps until the cosine ends; validate after every pass."""
        losses: list[float] = []
        while self._done < 1.0:
            with self.progress.timed():
                self.progress.set_rates(self.optimizer, self._done)
                losses.append(self._step(self._batch()))
                self.step += 1
            if self.step % REPORT_STEPS == 0:
                self._report(losses)
                losses.clear()
            if self.step % self.steps_a_pass == 0 or self._done >= 1.0:
                with self.progress.timed():
                    self._validate(validation)
            self.keeper.save_if_due(self.step, {"step": self.step})
        self.keeper.save(self.step, {"step": self.step})

    def resume(self) -> None:
        """Continue from the run's checkpoint if there is one."""
        state = self.keeper.restore("step")
        if state is not None:
            self.step = state["step"]

    @property
    def _done(self) -> float:
        """Share of the run that is done."""
        return self.progress.done(self.step / self.steps)

    def _batch(self) -> NDArray[np.int64]:
        """Rows of the step's films: each pass goes through its own permutation."""
        examples, (number, index) = self.examples, divmod(self.step, self.steps_a_pass)
        order = np.random.default_rng([self.config.seed, number])
        shuffled = order.permutation(len(examples.rows))
        start = index * self.config.batch_size
        chosen = shuffled[start : start + self.config.batch_size]
        self._targets = examples.targets[chosen]
        self._mask = examples.mask[chosen]
        return examples.rows[chosen]

    def _step(self, rows: NDArray[np.int64]) -> float:
        self.model.train()
        if self.config.frozen_blocks:
            self.model.stem.eval()
        greys = torch.from_numpy(self.films.greys[np.sort(rows)][np.argsort(np.argsort(rows))])
        images = augment(greys, self.config.augment, self.config.preprocess, self.generator)
        loss = sum(self._part(images, part) for part in self._parts(len(rows)))
        nn.utils.clip_grad_norm_(self.trained, 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.average.update(self.model)
        return loss

    def _parts(self, count: int) -> list[slice]:
        """The step's films in parts: a frozen beginning needs no statistics of the whole batch."""
        size = FILMS_AT_ONCE if self.config.frozen_blocks else count
        return [slice(start, start + size) for start in range(0, count, size)]

    def _part(self, images: Tensor, part: slice) -> float:
        """Compute the gradients of a part of the batch; returns its share of the label loss."""
        films = images[part]
        mask = self._mask[part]
        with autocast():
            features = self.model.features_after(self.frozen, self._shown(films))
            logits = self.model.head(features)
        loss = masked_loss(logits.float(), self._targets[part], mask)
        loss = loss * (mask.sum() / self._mask.sum().clamp(min=1.0))
        whole = loss
        if self.config.restoration_weight > 0.0:
            share = self.config.restoration_weight * len(films) / len(images)
            whole = loss + share * self._restored(features, films)
        require_finite((whole,), self.step)
        whole.backward()  # type: ignore[no-untyped-call] # torch leaves backward unannotated
        return loss.item()

    def _shown(self, films: Tensor) -> Tensor:
        """The stem's input: some films at half resolution if cells are restored."""
        if self.config.restoration_weight > 0.0:
            coarse = torch.rand(len(films), generator=self.generator) < DEGRADED
            films = torch.where(coarse[:, None, None, None], degrade(films), films)
        return films.contiguous(memory_format=torch.channels_last)

    def _restored(self, features: Tensor, sharp: Tensor) -> Tensor:
        """L_V (eq 3) of the cells that are hidden behind the stem."""
        grid = features.shape[-1]
        dropped = draw_mask(len(sharp), grid * grid, HIDDEN_CELLS, self.generator).dropped
        with autocast():
            pixels = self.restoration(features, dropped)
        return restoration_loss(pixels, patches(sharp, grid), dropped)

    def _validate(self, records: tuple[Record, ...]) -> None:
        averaged = StemClassifier(VisualStem(), len(self.labels), 0.0)
        averaged.load_state_dict(self.average.tensors)
        figures = label_figures(averaged, records, self.labels, self.films)
        passes = self.step / self.steps_a_pass
        self.log.measure("validation", {"pass": passes, "step": self.step, **figures})
        for module, name in ((averaged.stem, STEM), (averaged.head, STEM_HEAD)):
            tensors = {key: value.contiguous() for key, value in module.state_dict().items()}
            save_file(tensors, self.log.folder / name)

    def _report(self, losses: list[float]) -> None:
        self.log.measure(
            "training",
            {
                "step": self.step,
                "of": self.steps,
                "progress": self._done,
                "loss": float(np.mean(losses)),
                "seconds_a_step": self.progress.seconds / self.step,
            },
        )


def label_figures(
    model: nn.Module, records: tuple[Record, ...], labels: LabelVocabulary, films: FilmCache
) -> dict[str, float]:
    """AUROC of normal against abnormal, by label, and the mean over labels.

    Args:
        model: Views `(v, 3, S, S)` to logits `(v, labels)`.
        records: Studies; those that nobody coded are left out.
        labels: Names of the outputs.
        films: Cache with the studies' films.
    """
    rows = [study_labels(record, labels) for record in records]
    coded = [index for index, row in enumerate(rows) if row.mask.any()]
    scores = _study_scores(model, [records[index] for index in coded], films)
    truth = np.stack([rows[index].targets for index in coded]).astype(bool)
    masks = np.stack([rows[index].mask for index in coded])
    areas = {
        name: auroc(scores[:, column], truth[:, column])
        for column, name in enumerate(labels.names)
        if masks[:, column].all() and truth[:, column].sum() >= FEWEST_POSITIVES
    }
    headings = [area for name, area in areas.items() if name != NORMAL]
    return {
        "normal_auroc": areas.get(NORMAL, float("nan")),
        "mean_auroc": float(np.mean(headings)) if headings else float("nan"),
        "labels_scored": len(headings),
        **{f"auroc/{name}": area for name, area in areas.items() if name != NORMAL},
    }


def _study_scores(model: nn.Module, records: list[Record], films: FilmCache) -> NDArray[np.float32]:
    """Probabilities `(studies, labels)`, averaged over each study's views."""
    owners = [(index, film) for index, record in enumerate(records) for film in record.views]
    model.eval()
    parts = []
    for start in range(0, len(owners), VALIDATION_BATCH):
        chosen = owners[start : start + VALIDATION_BATCH]
        views = torch.from_numpy(np.stack([films.view(film.path) for _, film in chosen]))
        with torch.no_grad(), autocast():
            logits = model(views.contiguous(memory_format=torch.channels_last))
        parts.append(logits.float().sigmoid().numpy())
    scores = np.concatenate(parts)
    of_study = np.array([index for index, _ in owners])
    return np.stack([scores[of_study == index].mean(axis=0) for index in range(len(records))])


def _other_films(config: AdaptStemConfig) -> tuple[LabelledFilm, ...]:
    folder = config.data / "chest_films"
    if not folder.is_dir():
        return ()
    films = read_chest_films(folder)
    children = [film for film in films if film.source == "paediatric"]
    draw = np.random.default_rng(config.seed).permutation(len(children))
    chosen = [children[index] for index in draw[: config.paediatric_films]]
    return (*(film for film in films if film.source != "paediatric"), *chosen)


def _examples(
    records: tuple[Record, ...],
    others: tuple[LabelledFilm, ...],
    labels: LabelVocabulary,
    films: FilmCache,
) -> LabelledFilms:
    """Every film with at least one coded label."""
    found: list[tuple[Path, LabelRow]] = []
    for record in records:
        row = study_labels(record, labels)
        found += [(film.path, row) for film in record.films]
    found += [(film.path, film_labels(film, labels)) for film in others]
    coded = [(path, row) for path, row in found if row.mask.any()]
    return LabelledFilms(
        rows=np.array([films.rows[path] for path, _ in coded], dtype=np.int64),
        targets=torch.from_numpy(np.stack([row.targets for _, row in coded])),
        mask=torch.from_numpy(np.stack([row.mask for _, row in coded]).astype(np.float32)),
    )


def _freeze(stem: VisualStem, config: AdaptStemConfig) -> nn.Sequential | None:
    """The stem's first blocks as a copy with folded norms; their own weights stop learning.

    The maps of the first blocks are the widest: without their gradients, and in parts small enough
    for the processor's cache, a step takes a quarter of the time.
    """
    if not config.frozen_blocks:
        return None
    kept = [stem.first, *list(stem.blocks)[: config.frozen_blocks]]
    for block in kept:
        block.requires_grad_(requires_grad=False)
    copy = folded(stem.eval())
    return nn.Sequential(copy.first, *list(copy.blocks)[: config.frozen_blocks]).eval()


def _take_head(head: StemHead, path: Path) -> None:
    """Continue with the head trained with the stem, if it exists and has the same labels."""
    if not path.is_file():
        return
    kept, own = load_file(path), head.state_dict()
    if all(kept[name].shape == own[name].shape for name in own):
        head.load_state_dict(kept)


def _optimizer(stem: nn.Module, heads: nn.Module, config: AdaptStemConfig) -> torch.optim.AdamW:
    """AdamW with a rate for the stem and one for the heads; no decay on norms and biases."""
    groups = []
    for module, peak in ((stem, config.stem_rate), (heads, config.head_rate)):
        parameters = [p for p in module.parameters() if p.requires_grad]
        wide = [p for p in parameters if p.ndim > 1]
        thin = [p for p in parameters if p.ndim <= 1]
        groups.append({"params": wide, "peak": peak, "weight_decay": config.weight_decay})
        groups.append({"params": thin, "peak": peak, "weight_decay": 0.0})
    return torch.optim.AdamW(groups, lr=config.stem_rate, fused=True)
