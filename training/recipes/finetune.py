"""Recipe: teach CMCRL to write reports (cmcrl.md 4.9 and 9, with B7, B8, B16 and B17 put right).

Films pass a frozen stem once, whole and in a few augmented crops (`film_features`), or, in the
paper's form, a stem that learns with the model. Teacher forcing over length-bucketed batches with
one or two views, an auxiliary label loss on the encoder, AdamW with a rate for new and one for
transferred weights, warm-up and cosine. The averaged weights are validated through the engine's
own beam search and the best of them kept: selection on the validation split by CIDEr + 2 x F1 of
rule-found labels, because BLEU and ROUGE-L alone reward a constant report.
"""

from __future__ import annotations

import time
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from lightning_fabric import Fabric
from torch import Tensor, nn

from engine.errors import InputError
from training.data.dataset import Batch, training_batches
from training.data.vocabulary import EOS_ID, UNK, Vocabulary, load_vocabulary
from training.model.cmcrl import WRITING, Cmcrl, FilmReading
from training.model.configuration import ModelConfiguration
from training.model.pretraining_heads import TRANSFERRED
from training.model.stem import Stem
from training.model.stem_file import stem_name
from training.model.stored import TOKENIZER, load_model
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
from training.recipes.film_features import LiveFeatures, read_films
from training.recipes.film_readings import FilmReadings
from training.recipes.processes import Share, agreed, launch, open_shared_run
from training.recipes.report_labels import (
    coded_targets,
    stem_head_weights,
    told_labels,
    told_thresholds,
)
from training.recipes.report_material import (
    FinetuneConfig,
    Material,
    cached_features,
    keep_model,
    prepare,
    validate,
)
from training.recipes.run_log import RunLog
from training.recipes.schedule import WeightAverage, cosine_rate


def run(config: FinetuneConfig) -> Path:
    """Train, or go on with, the run that the settings name.

    Returns:
        The run's folder; `best/` in it holds what `train export` reads.
    """
    torch.set_num_threads(config.threads)
    torch.manual_seed(config.seed)
    fabric = launch(config.compute)
    log = open_shared_run(fabric, config.runs, "finetune", config, config.name)
    with fabric.rank_zero_first():
        material = prepare(config)
    log.measure(
        "data",
        {
            "training": len(material.training),
            "validation": len(material.validation),
            "words": len(material.vocabulary),
            "labels": len(material.labels),
            "stem": stem_name(config.stem),
        },
    )
    try:
        settings = replace(
            config.model,
            vocabulary_rows=len(material.vocabulary),
            labels=len(material.labels) if config.label_weight else 0,
        )
    except ValueError as error:
        raise InputError(f"This model cannot be built: {error}.") from error
    fit = _Fit(config, settings, material, log, fabric)
    if fabric.global_rank:
        # Weights begin alike everywhere; dropout must not.
        torch.manual_seed(config.seed + 1000 * fabric.global_rank)
    fit.resume()
    fit.train()
    fabric.barrier()
    return log.folder


class TaughtModel(nn.Module):
    """Films and the words of their reports to scores, in one pass.

    One pass is what lets data-parallel training know which gradients to wait for.
    """

    def __init__(self, model: Cmcrl, stem: Stem | None) -> None:
        super().__init__()
        self.model = model
        self.stem = stem

    def forward(
        self, films: Tensor | FilmReading, views: Tensor, told: Tensor, read: Tensor
    ) -> tuple[Tensor, Tensor | None]:
        """Score the id after each prefix, and the labels.

        Args:
            films: Features `(B, v, C, g, g)`, films `(B, v, 3, S, S)` for a stem that learns, or
                what a model whose reading side does not learn has read in them.
            views: `(B, v)`.
            told: `(B, labels)`.
            read: Ids `(B, L)`.

        Returns:
            `(B, L, V)` and logits `(B, labels)`, None without label head.
        """
        if isinstance(films, Tensor):
            features = films if self.stem is None else read_films(self.stem, films)
            films = self.model.read(features, views)
        memory = self.model.tell(films, told)
        return self.model.logits(memory, read), memory.labels


class _Fit:
    """The state of one training run and its loop."""

    def __init__(
        self,
        config: FinetuneConfig,
        settings: ModelConfiguration,
        material: Material,
        log: RunLog,
        fabric: Fabric,
    ) -> None:
        self.config = config
        self.material = material
        self.log = log
        self.fabric = fabric
        self.model = Cmcrl(settings)
        self.stem = material.stem if config.stem_rate else None
        transferred = _take_over(self.model, config, material.labels, material.vocabulary)
        if self.model.label_prompt is not None:
            cuts = told_thresholds(material.labels, config.told_above)
            self.model.label_prompt.thresholds.copy_(cuts)
        self.readings = None
        if config.writing_only:
            shown = config.versions or config.crops
            self.readings = FilmReadings(self.model, cached_features(material), shown)
            for name, parameter in self.model.named_parameters():
                parameter.requires_grad_(name.startswith(WRITING))
        self.taught = TaughtModel(self.model, self.stem)
        self.network = fabric.setup_module(self.taught)
        self.average = WeightAverage(self.taught, config.averaging)
        self.optimizer = _optimizer(self.model, transferred, config)
        if self.stem is not None:
            group = {"params": list(self.stem.parameters()), "peak": config.stem_rate}
            self.optimizer.add_param_group({**group, "weight_decay": config.weight_decay})
        self.generator = torch.Generator().manual_seed(config.seed)
        self.epoch, self.place = 0, 0
        self.batches = self._batches()
        self.seconds = 0.0
        self.best = float("-inf")
        self.losses: list[tuple[float, float]] = []
        records = [example.record for example in material.training]
        self.told = told_labels(records, material.labels)
        self.targets, self.mask = coded_targets(records, material.labels)

    def train(self) -> None:
        """Epochs until the cosine has come to its end; the averaged weights are validated."""
        saved = time.monotonic()
        while self._progress() < 1.0:
            began = time.monotonic()
            self.losses.append(self._step(self.batches[self.place]))
            self.place += 1
            is_epoch = self.place == len(self.batches)
            if is_epoch:
                self._report()
                self.epoch, self.place = self.epoch + 1, 0
                self.batches = self._batches()
            self.seconds = agreed(self.fabric, self.seconds + time.monotonic() - began)
            is_over = self._progress() >= 1.0
            if is_over or (is_epoch and self.epoch % self.config.validate_every == 0):
                if self.fabric.is_global_zero:
                    self._validate()
                self.seconds = agreed(self.fabric, self.seconds)
            if time.monotonic() - saved > 60.0 * self.config.checkpoint_minutes:
                self._save()
                saved = time.monotonic()
        self._save()

    def resume(self) -> None:
        """Go on from the run's checkpoint if it has one."""
        if not any(self.log.checkpoints.glob("step-*")):
            return
        kept = load_checkpoint(self.log.checkpoints)
        self.taught.load_state_dict(kept.group("taught"))
        self.average.restore(kept.group("average"), int(kept.state["average_updates"]))
        restore_optimizer(self.optimizer, kept.group("optimizer"))
        self.generator.set_state(kept.tensors["generator"])
        if self.fabric.is_global_zero:
            torch.set_rng_state(kept.tensors["rng"])
        self.epoch, self.place = int(kept.state["epoch"]), int(kept.state["place"])
        self.batches = self._batches()
        # Other settings than before may give the epoch fewer batches.
        self.place = min(self.place, len(self.batches) - 1)
        self.seconds, self.best = float(kept.state["seconds"]), float(kept.state["best"])
        self.losses = [(words, labels) for words, labels in kept.state["losses"]]

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
        self.taught.train()
        share = Share.of(self.fabric, len(batch.studies))
        films = self._films(batch, share)
        read = self._read_words(batch.ids[:, :-1])
        studies = torch.from_numpy(self.shown[list(batch.studies)])
        logits, found = self.network(
            films,
            share.take(batch.views),
            share.take(self.told[studies]),
            share.take(read),
        )
        pad, ids = self.model.configuration.pad_id, share.take(batch.ids)
        words = captioning_loss(logits, ids, pad, smoothing=config.smoothing)
        words = share.weighted(words, (ids[:, 1:] != pad).sum())
        labels = torch.zeros((), device=words.device)
        if found is not None and self.model.label_head is not None:
            mask = share.take(self.mask[studies])
            labels = masked_loss(found.float(), share.take(self.targets[studies]), mask)
            labels = share.weighted(labels, mask.sum())
        self.fabric.backward(words + config.label_weight * labels)
        nn.utils.clip_grad_norm_(self.taught.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.average.update(self.taught)
        return share.whole(words), share.whole(labels)

    def _films(self, batch: Batch, share: Share) -> Tensor | FilmReading:
        """This process's films, or what they show where only the writing side learns."""
        if self.readings is None:
            return share.take(self.material.features.drawn(batch.films, self.generator))
        reading = self.readings.drawn(batch, self.generator)
        labels = None if reading.labels is None else share.take(reading.labels)
        film, mediator, rollout, cells = (share.take(part) for part in reading[:4])
        return FilmReading(film, mediator, rollout, cells, labels)

    def _read_words(self, ids: Tensor) -> Tensor:
        """What the decoder reads of the report: some words hidden, special ids never."""
        hidden = torch.rand(ids.shape, generator=self.generator) < self.config.word_replacement
        unknown = self.material.vocabulary.words.index(UNK)
        return torch.where(hidden & (ids > EOS_ID), unknown, ids)

    def _report(self) -> None:
        words, labels = np.mean(self.losses, axis=0).tolist()
        self.losses.clear()
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
        taught = deepcopy(self.taught).cpu()
        taught.load_state_dict(self.average.tensors)
        averaged, material, films = taught.model, self.material, None
        if taught.stem is not None:
            films = LiveFeatures(pixels=material.features, stem=taught.stem)
            material = replace(material, stem=taught.stem)
        figures, texts = validate(averaged, material, self.config.validation_beam, films)
        self.log.measure("validation", {"epoch": self.epoch, **figures})
        facts = {"epochs": self.epoch, "training_minutes": round(self.seconds / 60.0, 1)}
        facts |= {name: value for name, value in figures.items() if name.startswith("word_loss")}
        for name in ("last", *(["best"] if figures["selection"] > self.best else [])):
            folder = self.log.folder / name
            keep_model(folder, averaged, texts, self.config, material, facts)
        self.best = max(self.best, figures["selection"])
        self.seconds += time.monotonic() - began

    def _save(self) -> None:
        if not self.fabric.is_global_zero:
            return
        tensors = {
            **prefixed("taught", dict(self.taught.state_dict())),
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
            "losses": self.losses,
        }
        step = self.average.updates
        save_checkpoint(self.log.checkpoints, Checkpoint(tensors=tensors, state=state), step)


def _take_over(
    model: Cmcrl, config: FinetuneConfig, labels: LabelVocabulary, words: Vocabulary
) -> frozenset[str]:
    """Put pre-trained weights and the stem's label head into the model; names of those taken.

    The study's own label head then begins at nothing, so that the stem's says all at first.
    """
    kept = {}
    if model.stem_head is not None and config.stem is not None:
        weights = stem_head_weights(config.stem, labels)
        kept = {f"stem_head.{name}": value for name, value in weights.items()}
    if config.initial is not None:
        kept |= _initial(model, config.initial, config.begun_anew, words)
    if model.stem_head is not None and model.label_head is not None:
        nn.init.zeros_(model.label_head.weight)
    own = model.state_dict()
    fitting = {k: v for k, v in kept.items() if k in own and own[k].shape == v.shape}
    model.load_state_dict(fitting, strict=False)
    return frozenset(fitting)


def _initial(
    model: Cmcrl, folder: Path, begun_anew: tuple[str, ...], words: Vocabulary
) -> dict[str, Tensor]:
    """Weights of an earlier run without those that begin anew.

    What both stages have must fit (cmcrl.md B12, B14): weights left out in silence would make the
    run another one than it is called.

    Raises:
        InputError: They are of a model of other sizes, or of other words.
    """
    before = load_model(folder).tensors
    kept = {k: v for k, v in before.items() if not k.startswith(begun_anew)}
    shared = {
        name: value.shape
        for name, value in model.state_dict().items()
        if name.startswith(TRANSFERRED) and not name.startswith(begun_anew)
    }
    if any(name not in kept or kept[name].shape != shape for name, shape in shared.items()):
        raise InputError(
            f"The model in {folder} has other sizes, words or parts than this one.",
            what_to_do="Use the same settings of `model` and the same words in both runs.",
        )
    is_read = "text_embedding.table.weight" in shared
    if is_read and load_vocabulary(folder / TOKENIZER) != words:
        raise InputError(f"The model in {folder} was trained with other words.")
    return kept


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
