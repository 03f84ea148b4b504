"""Recipe: teach CMCRL to write reports (cmcrl.md 4.9 and 9, with B7, B8, B16 and B17 put right).

Films pass a frozen stem once, whole and in a few augmented crops (`film_features`). Teacher
forcing over length-bucketed batches with one or two views, an auxiliary label loss on the encoder,
AdamW with a rate for new and one for transferred weights, warm-up and cosine. The averaged weights
are validated through the engine's own beam search and the best of them kept: selection on IU val
by CIDEr + 2 x F1 of rule-found labels, because BLEU and ROUGE-L alone reward a constant report.
"""

from __future__ import annotations

import json
import shutil
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from engine.domain.bundle import DecodingSpec, PreprocessSpec
from training.config import AugmentConfig, default_data, default_runs
from training.data.dataset import (
    Batch,
    StudyExample,
    build_examples,
    example_of,
    training_batches,
)
from training.data.films import open_films
from training.data.iu_xray import read_split
from training.data.report_text import clean
from training.data.vocabulary import EOS_ID, UNK, Vocabulary, build_vocabulary
from training.model.cmcrl import WRITING, Cmcrl, FilmReading
from training.model.configuration import ModelConfiguration
from training.model.stored import STEM, TOKENIZER, StoredModel, load_model, save_model
from training.model.visual_encoder import load_stem
from training.objectives.captioning import captioning_loss
from training.objectives.labels import LabelVocabulary, masked_loss
from training.recipes.checkpoint import (
    Checkpoint,
    load_checkpoint,
    optimizer_tensors,
    prefixed,
    restore_optimizer,
    save_checkpoint,
)
from training.recipes.film_features import FeatureCache, open_features
from training.recipes.film_readings import FilmReadings
from training.recipes.precision import autocast
from training.recipes.report_labels import (
    coded_targets,
    report_labels,
    stem_head_weights,
    told_labels,
    told_thresholds,
)
from training.recipes.run_log import RunLog, open_run
from training.recipes.schedule import WeightAverage, cosine_rate
from training.recipes.written_validation import score_reports, write_reports


@dataclass(frozen=True, slots=True, kw_only=True)
class FinetuneConfig:
    """Settings of report training.

    Attributes:
        data: Folder with `iu_xray/`.
        runs: Folder that gets the run's folder and the caches.
        stem: Weights that `adapt-stem` wrote.
        initial: Folder of a pre-training run whose weights are taken over; None starts anew.
        name: Name of the run's folder; empty for recipe and time.
        seed: Of order, dropout and crops.
        with_extra: Train on the studies outside all splits too.
        model: Sizes and switches; vocabulary and labels are put in by the recipe.
        epochs: Passes that the cosine spans.
        budget_minutes: Wall clock that the cosine spans if that is shorter; 0 for no limit.
        batch_size: Studies in a step.
        rate: Peak learning rate of new weights.
        transferred_rate: Peak learning rate of weights from `initial`.
        weight_decay: AdamW, on weights of more than one dimension.
        warmup: Share of the run in which the rate rises.
        smoothing: Label smoothing of the words.
        label_weight: Weight of the auxiliary label loss; 0 leaves the label head out.
        min_studies: Fewest training studies for a category to be a label.
        told_above: Probability of the label head above which the decoder is told a label.
        writing_only: Weights that read the films stay as `initial` has them; each study is then
            read once, and an epoch takes a quarter of the time.
        single_view: Share of two-view studies of which one view is shown.
        normal_share: Share of the studies coded normal that an epoch shows, drawn anew each time.
        word_replacement: Share of the words that are read (not of those asked for) replaced by
            `<unk>`, so that the film has to be looked at.
        max_ids: Most ids of a target with BOS and EOS.
        min_count: Fewest occurrences of a word in the training reports.
        crops: Versions of each film, the whole one included.
        versions: How many of them are shown when only the writing side learns; 0 for all.
        averaging: Decay of the exponential average of the weights.
        validate_every: Epochs between two validations.
        validation_studies: Studies of the validation split that are written; 0 for all.
        validation_beam: Beams of the validation.
        threads: Threads of PyTorch; one where the cores are shared.
        checkpoint_minutes: Time between two checkpoints.
        augment: Of the crops.
        preprocess: How a film becomes the stem's input.
    """

    data: Path = field(default_factory=default_data)
    runs: Path = field(default_factory=default_runs)
    stem: Path
    initial: Path | None = None
    name: str = ""
    seed: int = 1
    with_extra: bool = True
    model: ModelConfiguration = field(default_factory=lambda: ModelConfiguration(token_pool=2))
    epochs: int = 20
    budget_minutes: float = 0.0
    batch_size: int = 16
    rate: float = 5e-4
    transferred_rate: float = 1e-4
    weight_decay: float = 0.02
    warmup: float = 0.05
    smoothing: float = 0.1
    label_weight: float = 1.0
    min_studies: int = 20
    told_above: float = 0.15
    writing_only: bool = False
    single_view: float = 0.15
    normal_share: float = 1.0
    word_replacement: float = 0.0
    max_ids: int = 100
    min_count: int = 3
    crops: int = 4
    versions: int = 0
    averaging: float = 0.998
    validate_every: int = 2
    validation_studies: int = 0
    validation_beam: int = 1
    threads: int = 1
    checkpoint_minutes: float = 4.0
    augment: AugmentConfig = field(default_factory=AugmentConfig)
    preprocess: PreprocessSpec = field(default_factory=PreprocessSpec)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Material:
    """What a run trains and validates on.

    Attributes:
        training: Studies trained on.
        validation: Studies of the validation split that are written.
        vocabulary: Words of the training split.
        labels: Names of the label head's outputs.
        features: Of every film of both.
    """

    training: tuple[StudyExample, ...]
    validation: tuple[StudyExample, ...]
    vocabulary: Vocabulary
    labels: LabelVocabulary
    features: FeatureCache


def run(config: FinetuneConfig) -> Path:
    """Train, or go on with, the run that the settings name.

    Returns:
        The run's folder; `best/` in it holds what `train export` reads.
    """
    torch.set_num_threads(config.threads)
    torch.manual_seed(config.seed)
    log = open_run(config.runs, "finetune", config, name=config.name)
    material = prepare(config)
    log.measure(
        "data",
        {
            "training": len(material.training),
            "validation": len(material.validation),
            "words": len(material.vocabulary),
            "labels": len(material.labels),
        },
    )
    settings = replace(
        config.model,
        vocabulary_rows=len(material.vocabulary),
        labels=len(material.labels) if config.label_weight else 0,
    )
    fit = _Fit(config, settings, material, log)
    fit.resume()
    fit.train()
    return log.folder


def prepare(config: FinetuneConfig) -> Material:
    """Read studies and words, and compute the features of their films.

    Raises:
        ValueError: A validation study is among the training studies.
    """
    base = read_split(config.data, "train")
    extra = read_split(config.data, "extra") if config.with_extra else ()
    held = read_split(config.data, "val")
    if {record.id for record in held} & {record.id for record in (*base, *extra)}:
        raise ValueError("validation studies are among the training studies")
    vocabulary = build_vocabulary((clean(r.report) for r in base), config.min_count)
    records = (*base, *extra, *held)
    paths = [film.path for record in records for film in record.views]
    cache = config.runs / "cache"
    films = open_films(paths, config.preprocess, cache)
    stem = load_stem(config.stem).frozen()
    features = open_features(stem, films, config.augment, crops=config.crops, folder=cache)

    validation = tuple(example_of(record, vocabulary, films.rows) for record in held)
    if config.validation_studies:
        stride = max(1, len(validation) // config.validation_studies)
        validation = validation[::stride][: config.validation_studies]
    return Material(
        training=build_examples((*base, *extra), vocabulary, films.rows, max_ids=config.max_ids),
        validation=validation,
        vocabulary=vocabulary,
        labels=report_labels((*base, *extra), config.min_studies),
        features=features,
    )


class _Fit:
    """The state of one training run and its loop."""

    def __init__(
        self,
        config: FinetuneConfig,
        settings: ModelConfiguration,
        material: Material,
        log: RunLog,
    ) -> None:
        self.config = config
        self.material = material
        self.log = log
        self.model = Cmcrl(settings)
        transferred = _take_over(self.model, config, material.labels)
        if self.model.label_prompt is not None:
            cuts = told_thresholds(material.labels, config.told_above)
            self.model.label_prompt.thresholds.copy_(cuts)
        self.readings = None
        if config.writing_only:
            self.readings = FilmReadings(
                self.model, material.features, config.versions or config.crops
            )
            for name, parameter in self.model.named_parameters():
                parameter.requires_grad_(name.startswith(WRITING))
        self.average = WeightAverage(self.model, config.averaging)
        self.optimizer = _optimizer(self.model, transferred, config)
        self.generator = torch.Generator().manual_seed(config.seed)
        self.epoch, self.place = 0, 0
        self.batches = self._batches()
        self.seconds = 0.0
        self.best = float("-inf")
        records = [example.record for example in material.training]
        self.told = told_labels(records, material.labels)
        self.targets, self.mask = coded_targets(records, material.labels)

    def train(self) -> None:
        """Epochs until the cosine has come to its end; the averaged weights are validated."""
        saved = time.monotonic()
        losses: list[tuple[float, float]] = []
        while self._progress() < 1.0:
            began = time.monotonic()
            losses.append(self._step(self.batches[self.place]))
            self.place += 1
            is_epoch = self.place == len(self.batches)
            if is_epoch:
                self._report(losses)
                losses.clear()
                self.epoch, self.place = self.epoch + 1, 0
                self.batches = self._batches()
            self.seconds += time.monotonic() - began
            is_over = self._progress() >= 1.0
            if is_over or (is_epoch and self.epoch % self.config.validate_every == 0):
                self._validate()
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
        self.average.restore(kept.group("average"), int(kept.state["average_updates"]))
        restore_optimizer(self.optimizer, kept.group("optimizer"))
        self.generator.set_state(kept.tensors["generator"])
        torch.set_rng_state(kept.tensors["rng"])
        self.epoch, self.place = int(kept.state["epoch"]), int(kept.state["place"])
        self.batches = self._batches()
        # Other settings than before may give the epoch fewer batches.
        self.place = min(self.place, len(self.batches) - 1)
        self.seconds, self.best = float(kept.state["seconds"]), float(kept.state["best"])

    def _progress(self) -> float:
        """Share of the run that is done, by epochs or by the clock, whichever is further."""
        config = self.config
        by_epochs = (self.epoch + self.place / len(self.batches)) / config.epochs
        if config.budget_minutes <= 0:
            return by_epochs
        return max(by_epochs, self.seconds / (60.0 * config.budget_minutes))

    def _batches(self) -> list[Batch]:
        """The epoch's batches; seed and epoch fix which studies are shown, and in what order."""
        draw = np.random.default_rng([self.config.seed, self.epoch, 1])
        studies = self.material.training
        kept = draw.random(len(studies)) < self.config.normal_share
        self.shown = np.flatnonzero(kept | ~np.array([e.record.is_normal for e in studies]))
        return list(
            training_batches(
                [studies[place] for place in self.shown],
                self.config.batch_size,
                seed=self.config.seed,
                epoch=self.epoch,
                single_view=self.config.single_view,
            )
        )

    def _step(self, batch: Batch) -> tuple[float, float]:
        """One update; losses of words and of labels."""
        config = self.config
        factor = cosine_rate(self._progress(), warmup=config.warmup, floor=0.01)
        for group in self.optimizer.param_groups:
            group["lr"] = group["peak"] * factor
        self.model.train()
        with autocast():
            studies = self.shown[list(batch.studies)]
            memory = self.model.tell(self._reading(batch), self.told[studies])
            logits = self.model.logits(memory, self._read_words(batch.ids[:, :-1]))
        pad = self.model.configuration.pad_id
        words = captioning_loss(logits, batch.ids, pad, smoothing=config.smoothing)
        labels = torch.zeros(())
        if memory.labels is not None:
            labels = masked_loss(memory.labels.float(), self.targets[studies], self.mask[studies])
        total: Tensor = words + config.label_weight * labels
        total.backward()  # type: ignore[no-untyped-call] # torch leaves backward unannotated
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.average.update(self.model)
        return words.item(), labels.item()

    def _reading(self, batch: Batch) -> FilmReading:
        """What the films show, with gradients unless only the writing side learns."""
        if self.readings is not None:
            return self.readings.drawn(batch, self.generator)
        features = self.material.features.drawn(batch.films, self.generator)
        return self.model.read(features, batch.views)

    def _read_words(self, ids: Tensor) -> Tensor:
        """What the decoder reads of the report: some words hidden, special ids never."""
        hidden = torch.rand(ids.shape, generator=self.generator) < self.config.word_replacement
        unknown = self.material.vocabulary.words.index(UNK)
        return torch.where(hidden & (ids > EOS_ID), unknown, ids)

    def _report(self, losses: list[tuple[float, float]]) -> None:
        words, labels = np.mean(losses, axis=0).tolist()
        self.log.measure(
            "training",
            {
                "epoch": self.epoch + 1,
                "progress": self._progress(),
                "loss": words,
                "label_loss": labels,
                "training_minutes": self.seconds / 60.0,
            },
        )

    def _validate(self) -> None:
        """Write the validation studies with the averaged weights; keep the best weights."""
        began = time.monotonic()
        averaged = Cmcrl(self.model.configuration)
        averaged.load_state_dict(self.average.tensors)
        figures, texts = validate(averaged, self.material, self.config.validation_beam)
        self.log.measure("validation", {"epoch": self.epoch, **figures})
        facts = {"epochs": self.epoch, "training_minutes": round(self.seconds / 60.0, 1)}
        for name in ("last", *(["best"] if figures["selection"] > self.best else [])):
            folder = self.log.folder / name
            keep_model(folder, averaged, texts, self.config, self.material, facts)
        self.best = max(self.best, figures["selection"])
        self.seconds += time.monotonic() - began

    def _save(self) -> None:
        tensors = {
            **prefixed("model", dict(self.model.state_dict())),
            **prefixed("average", self.average.tensors),
            **prefixed("optimizer", optimizer_tensors(self.optimizer)),
            "generator": self.generator.get_state(),
            "rng": torch.get_rng_state(),
        }
        state = {
            "average_updates": self.average.updates,
            "epoch": self.epoch,
            "place": self.place,
            "seconds": self.seconds,
            "best": self.best,
        }
        step = self.average.updates
        save_checkpoint(self.log.checkpoints, Checkpoint(tensors=tensors, state=state), step)


def validate(model: Cmcrl, material: Material, beam: int) -> tuple[dict[str, float], list[str]]:
    """Write the validation studies and score what was written: figures and texts."""
    spec = DecodingSpec(beam=beam)
    texts = write_reports(model, material.validation, material.features, material.vocabulary, spec)
    return score_reports(texts, [example.record for example in material.validation]), texts


def keep_model(
    folder: Path,
    model: Cmcrl,
    texts: list[str],
    config: FinetuneConfig,
    material: Material,
    facts: dict[str, float],
) -> None:
    """Write a folder with everything that `train export` needs, and what the model wrote."""
    stored = StoredModel(
        configuration=model.configuration,
        tensors=model.state_dict(),
        preprocess=config.preprocess,
        labels=material.labels.names,
        facts=facts,
    )
    save_model(folder, stored)
    material.vocabulary.save(folder / TOKENIZER)
    shutil.copyfile(config.stem, folder / STEM)
    studies = [example.record.id for example in material.validation]
    written = dict(zip(studies, texts, strict=True))
    (folder / "validation.json").write_text(json.dumps(written, indent=1), encoding="utf-8")


def _take_over(model: Cmcrl, config: FinetuneConfig, labels: LabelVocabulary) -> frozenset[str]:
    """Put pre-trained weights and the stem's label head into the model; names of those taken.

    The study's own label head then begins at nothing, so that the stem's says all at first.
    """
    kept = {}
    if model.stem_head is not None:
        weights = stem_head_weights(config.stem, labels)
        kept = {f"stem_head.{name}": value for name, value in weights.items()}
    if config.initial is not None:
        kept |= load_model(config.initial).tensors
    if model.stem_head is not None and model.label_head is not None:
        nn.init.zeros_(model.label_head.weight)
    own = model.state_dict()
    fitting = {k: v for k, v in kept.items() if k in own and own[k].shape == v.shape}
    model.load_state_dict(fitting, strict=False)
    return frozenset(fitting)


def _optimizer(
    model: Cmcrl, transferred: frozenset[str], config: FinetuneConfig
) -> torch.optim.AdamW:
    """AdamW with a rate for new and one for transferred weights; no decay on norms and biases."""
    groups = []
    for taken, peak in ((False, config.rate), (True, config.transferred_rate)):
        named = [(n, p) for n, p in model.named_parameters() if p.requires_grad]
        chosen = [p for name, p in named if (name in transferred) is taken]
        wide = [p for p in chosen if p.ndim > 1]
        thin = [p for p in chosen if p.ndim <= 1]
        groups.append({"params": wide, "peak": peak, "weight_decay": config.weight_decay})
        groups.append({"params": thin, "peak": peak, "weight_decay": 0.0})
    return torch.optim.AdamW([g for g in groups if g["params"]], lr=config.rate, fused=True)
