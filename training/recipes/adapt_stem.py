"""Recipe: teach the ImageNet stem what chest films look like, by labels and by restoration.

Films of IU X-Ray (train and extra), ChestX-ray14, covid-chestxray-dataset and some paediatric
films; labels and masks of `objectives.labels`; restoration of hidden cells, some films at half
resolution (RadCARE, eq 1 to 3); validation by AUROC on the studies of IU val, predictions averaged
over a study's views. Settings: training-findings.md. The averaged weights are exported after every
pass: `stem.safetensors` and its label head, `stem_head.safetensors`.
"""

from __future__ import annotations

import json
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from engine.errors import InputError, NotFoundError
from training.config import AdaptStemConfig
from training.data.augment import augment
from training.data.chest_films import read_chest_films
from training.data.films import FilmCache, open_films
from training.data.record import LabelledFilm, Record
from training.data.studies import read_split
from training.evaluate.label_metrics import auroc, is_coded
from training.model.film_restoration import HIDDEN_CELLS, RestorationHead
from training.model.labels import StemHead
from training.model.stored import STEM, STEM_HEAD
from training.model.visual_encoder import STEM_CHANNELS, VisualStem, imagenet_stem, load_stem
from training.objectives.labels import (
    NORMAL,
    LabelRow,
    LabelVocabulary,
    build_labels,
    film_labels,
    masked_loss,
    study_labels,
)
from training.objectives.masking import degrade, draw_mask, patches, restoration_loss
from training.recipes.checkpoint import (
    Checkpoint,
    load_checkpoint,
    optimizer_tensors,
    prefixed,
    restore_optimizer,
    save_checkpoint,
)
from training.recipes.film_features import folded
from training.recipes.precision import autocast
from training.recipes.run_log import RunLog, open_run
from training.recipes.schedule import WeightAverage, cosine_rate

VALIDATION_BATCH = 8
FILMS_AT_ONCE = 8
REPORT_STEPS = 50
STEM_STRIDE = 16
DEGRADED = 0.3
"""Share of the films that a step shows at half resolution while it asks for restoration."""

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
        """The stem's map `(B, C, g, g)`, its beginning taken from `frozen` without gradients."""
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
    """Train, or go on with, the run that the settings name; the run's folder.

    Returns:
        The folder with `stem.safetensors`, `stem_head.safetensors`, `labels.json`,
        `metrics.jsonl` and checkpoints.

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
    fit = _Fit(config, labels, films, log)
    fit.resume()
    fit.train(examples, validation)
    return log.folder


class _Fit:
    """The state of one training run and its loop."""

    def __init__(
        self, config: AdaptStemConfig, labels: LabelVocabulary, films: FilmCache, log: RunLog
    ) -> None:
        self.config = config
        self.labels = labels
        self.films = films
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
        self.seconds = 0.0

    def train(self, examples: LabelledFilms, validation: tuple[Record, ...]) -> None:
        """Steps until the cosine has come to its end, validation after every pass."""
        per_pass = max(1, len(examples.rows) // self.config.batch_size)
        total = max(1, round(per_pass * self.config.passes))
        saved = time.monotonic()
        losses: list[float] = []
        progress = self._progress(total)
        while progress < 1.0:
            began = time.monotonic()
            losses.append(self._step(self._batch(examples, per_pass), progress, total))
            self.seconds += time.monotonic() - began
            self.step += 1
            progress = self._progress(total)
            if self.step % REPORT_STEPS == 0:
                self._report(losses, progress, total)
                losses.clear()
            if self.step % per_pass == 0 or progress >= 1.0:
                began = time.monotonic()
                self._validate(validation, self.step / per_pass)
                self.seconds += time.monotonic() - began
            if time.monotonic() - saved > 60.0 * self.config.checkpoint_minutes:
                self._save()
                saved = time.monotonic()
        self._save()

    def resume(self) -> None:
        """Go on from the run's checkpoint if it has one."""
        if not any(self.log.checkpoints.glob("step-*")):
            return
        kept = load_checkpoint(self.log.checkpoints)
        self.model.load_state_dict(kept.group("model"))
        self.restoration.load_state_dict(kept.group("restoration"))
        self.average.restore(kept.group("average"), int(kept.state["average_updates"]))
        restore_optimizer(self.optimizer, kept.group("optimizer"))
        self.generator.set_state(kept.tensors["generator"])
        torch.set_rng_state(kept.tensors["rng"])
        self.step = int(kept.state["step"])
        self.seconds = float(kept.state["seconds"])

    def _progress(self, total: int) -> float:
        """Share of the run that is done, by steps or by the clock, whichever is further."""
        by_clock = 0.0
        if self.config.budget_minutes > 0:
            by_clock = self.seconds / (60.0 * self.config.budget_minutes)
        return max(self.step / total, by_clock)

    def _batch(self, examples: LabelledFilms, per_pass: int) -> NDArray[np.int64]:
        """Numbers of the step's films: each pass goes through a permutation of its own."""
        order = np.random.default_rng([self.config.seed, self.step // per_pass])
        shuffled = order.permutation(len(examples.rows))
        start = (self.step % per_pass) * self.config.batch_size
        chosen = shuffled[start : start + self.config.batch_size]
        self._targets = examples.targets[chosen]
        self._mask = examples.mask[chosen]
        return examples.rows[chosen]

    def _step(self, rows: NDArray[np.int64], progress: float, total: int) -> float:
        factor = cosine_rate(progress, warmup=self.config.warmup_steps / total)
        for group in self.optimizer.param_groups:
            group["lr"] = group["peak"] * factor
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
        """The step's films in parts; a frozen beginning needs no statistics of the whole batch."""
        size = FILMS_AT_ONCE if self.config.frozen_blocks else count
        return [slice(start, start + size) for start in range(0, count, size)]

    def _part(self, images: Tensor, part: slice) -> float:
        """Gradients of a part of the batch; its share of the batch's label loss."""
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
        whole.backward()  # type: ignore[no-untyped-call] # torch leaves backward unannotated
        return loss.item()

    def _shown(self, films: Tensor) -> Tensor:
        """What the stem is given: some films at half resolution if they are to be restored."""
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

    def _validate(self, records: tuple[Record, ...], passes: float) -> None:
        averaged = StemClassifier(VisualStem(), len(self.labels), 0.0)
        averaged.load_state_dict(self.average.tensors)
        figures = label_figures(averaged, records, self.labels, self.films)
        self.log.measure("validation", {"pass": passes, "step": self.step, **figures})
        for module, name in ((averaged.stem, STEM), (averaged.head, STEM_HEAD)):
            tensors = {key: value.contiguous() for key, value in module.state_dict().items()}
            save_file(tensors, self.log.folder / name)

    def _report(self, losses: list[float], progress: float, total: int) -> None:
        self.log.measure(
            "training",
            {
                "step": self.step,
                "of": total,
                "progress": progress,
                "loss": float(np.mean(losses)),
                "seconds_a_step": self.seconds / self.step,
            },
        )

    def _save(self) -> None:
        tensors = {
            **prefixed("model", dict(self.model.state_dict())),
            **prefixed("restoration", dict(self.restoration.state_dict())),
            **prefixed("average", self.average.tensors),
            **prefixed("optimizer", optimizer_tensors(self.optimizer)),
            "generator": self.generator.get_state(),
            "rng": torch.get_rng_state(),
        }
        state = {
            "step": self.step,
            "seconds": self.seconds,
            "average_updates": self.average.updates,
        }
        save_checkpoint(self.log.checkpoints, Checkpoint(tensors=tensors, state=state), self.step)


def label_figures(
    model: nn.Module, records: tuple[Record, ...], labels: LabelVocabulary, films: FilmCache
) -> dict[str, float]:
    """AUROC of normal against abnormal, by label, and their mean.

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
    """Every film that at least one label is coded for."""
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

    Maps of the first blocks are the widest: without their gradients, and in small parts that stay
    in the processor's cache, a step takes a quarter of the time.
    """
    if not config.frozen_blocks:
        return None
    kept = [stem.first, *list(stem.blocks)[: config.frozen_blocks]]
    for block in kept:
        block.requires_grad_(requires_grad=False)
    copy = folded(stem.eval())
    return nn.Sequential(copy.first, *list(copy.blocks)[: config.frozen_blocks]).eval()


def _take_head(head: StemHead, path: Path) -> None:
    """Go on with the head that was trained with the stem, if it is there and of the same labels."""
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
