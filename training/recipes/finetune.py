"""Recipe: teach CMCRL to write reports (cmcrl.md 4.9 and 9; fixes B7, B8, B16 and B17).

Films pass a frozen stem once, whole and in a few augmented crops (`film_features`), or, in the
paper's form, a stem that learns with the model. Teacher forcing over length-bucketed batches with
one or two views, an auxiliary label loss on the encoder, AdamW with separate rates for new and for
transferred weights, warm-up and cosine. The averaged weights are validated through the engine's own
search and the best of them kept. They are selected on the validation split by CIDEr + 2 x F1 of
rule-found labels, because BLEU and ROUGE-L alone reward a constant report.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from lightning_fabric import Fabric
from torch import Tensor, nn

from engine.domain.bundle import DecodingSpec
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
from training.recipes.film_features import LiveFeatures, read_films
from training.recipes.film_readings import FilmReadings
from training.recipes.finite import require_finite
from training.recipes.processes import BatchPart, agreed, launch, open_shared_run
from training.recipes.report_labels import (
    coded_targets,
    prompt_labels,
    prompt_thresholds,
    stem_head_weights,
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
from training.recipes.running import Keeper, RunProgress
from training.recipes.schedule import WeightAverage


def run(config: FinetuneConfig) -> Path:
    """Start or continue the training run that the settings name.

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
    fit = _ReportTraining(config, settings, material, log, fabric)
    if fabric.global_rank:
        # Weights start equal in all processes, but dropout must differ.
        torch.manual_seed(config.seed + 1000 * fabric.global_rank)
    fit.resume()
    fit.train()
    fabric.barrier()
    return log.folder


class TaughtModel(nn.Module):
    """Films and the words of their reports to scores, in one forward pass.

    One pass lets data-parallel training know which gradients to wait for.
    """

    def __init__(self, model: Cmcrl, stem: Stem | None) -> None:
        super().__init__()
        self.model = model
        self.stem = stem

    def forward(
        self, films: Tensor | FilmReading, views: Tensor, prompt: Tensor, read: Tensor
    ) -> tuple[Tensor, Tensor | None]:
        """Score the id after each prefix, and the labels.

        Args:
            films: Features `(B, v, C, g, g)`, films `(B, v, 3, S, S)` for a stem that learns, or
                the readings of a model whose reading side does not learn.
            views: `(B, v)`.
            prompt: `(B, labels)`, labels of the label prompt.
            read: Ids `(B, L)`.

        Returns:
            `(B, L, V)` and logits `(B, labels)`, None without a label head.
        """
        if isinstance(films, Tensor):
            features = films if self.stem is None else read_films(self.stem, films)
            films = self.model.read(features, views)
        memory = self.model.memory_of(films, prompt)
        return self.model.logits(memory, read), memory.labels


class _ReportTraining:
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
            cuts = prompt_thresholds(material.labels, config.told_above)
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
        self.epoch, self.batch_index = 0, 0
        self.batches = self._batches()
        self.progress = _progress(config, fabric)
        self.keeper = Keeper(
            folder=log.checkpoints,
            minutes=config.checkpoint_minutes,
            progress=self.progress,
            modules={"taught": self.taught},
            optimizer=self.optimizer,
            generator=self.generator,
            average=self.average,
            is_first=fabric.is_global_zero,
        )
        self.best = float("-inf")
        self.losses: list[tuple[float, float]] = []
        records = [example.record for example in material.training]
        self.prompts = prompt_labels(records, material.labels)
        self.targets, self.mask = coded_targets(records, material.labels)

    def train(self) -> None:
        """Run epochs until the cosine ends; validate the averaged weights."""
        while self._done < 1.0:
            with self.progress.timed():
                self.losses.append(self._step(self.batches[self.batch_index]))
                self.batch_index += 1
                is_epoch = self.batch_index == len(self.batches)
                if is_epoch:
                    self._report()
                    self.epoch, self.batch_index = self.epoch + 1, 0
                    self.batches = self._batches()
            is_over = self._done >= 1.0
            if is_over or (is_epoch and self.epoch % self.config.validate_every == 0):
                with self.progress.timed():
                    if self.fabric.is_global_zero:
                        self._validate()
            self.keeper.save_if_due(self.average.updates, self._state)
        self.keeper.save(self.average.updates, self._state)

    def resume(self) -> None:
        """Continue from the run's checkpoint if there is one."""
        state = self.keeper.restore("epoch", "place", "best", "losses")
        if state is None:
            return
        self.epoch, self.batch_index, self.best = state["epoch"], state["place"], state["best"]
        self.losses = [(words, labels) for words, labels in state["losses"]]
        self.batches = self._batches()
        # Changed settings may give the epoch fewer batches.
        self.batch_index = min(self.batch_index, len(self.batches) - 1)

    @property
    def _done(self) -> float:
        """Share of the run that is done."""
        passes = self.epoch + self.batch_index / len(self.batches)
        return self.progress.done(passes / self.config.epochs)

    @property
    def _state(self) -> dict[str, object]:
        return {
            "epoch": self.epoch,
            "place": self.batch_index,
            "best": self.best,
            "losses": self.losses,
        }

    def _batches(self) -> list[Batch]:
        """The epoch's batches; seed and epoch fix which studies are shown, and in what order."""
        draw = np.random.default_rng([self.config.seed, self.epoch, 1])
        studies = self.material.training
        kept = draw.random(len(studies)) < self.config.normal_share
        self.shown = np.flatnonzero(kept | ~np.array([e.record.is_normal for e in studies]))
        return list(
            training_batches(
                [studies[index] for index in self.shown],
                self.config.batch_size,
                seed=self.config.seed,
                epoch=self.epoch,
                single_view=self.config.single_view,
            )
        )

    def _step(self, batch: Batch) -> tuple[float, float]:
        """One update; returns the losses of words and of labels."""
        config = self.config
        self.progress.set_rates(self.optimizer, self._done)
        self.taught.train()
        part = BatchPart.of(self.fabric, len(batch.studies))
        films = self._films(batch, part)
        read = self._read_words(batch.ids[:, :-1])
        studies = torch.from_numpy(self.shown[list(batch.studies)])
        logits, found = self.network(
            films,
            part.take(batch.views),
            part.take(self.prompts[studies]),
            part.take(read),
        )
        pad, ids = self.model.configuration.pad_id, part.take(batch.ids)
        words = captioning_loss(logits, ids, pad, smoothing=config.smoothing)
        words = part.weighted(words, (ids[:, 1:] != pad).sum())
        labels = torch.zeros((), device=words.device)
        if found is not None and self.model.label_head is not None:
            mask = part.take(self.mask[studies])
            labels = masked_loss(found.float(), part.take(self.targets[studies]), mask)
            labels = part.weighted(labels, mask.sum())
        require_finite((words, labels), self.epoch * len(self.batches) + self.batch_index)
        self.fabric.backward(words + config.label_weight * labels)
        nn.utils.clip_grad_norm_(self.taught.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.average.update(self.taught)
        return part.whole(words), part.whole(labels)

    def _films(self, batch: Batch, part: BatchPart) -> Tensor | FilmReading:
        """This process's films, or their readings if only the writing side learns."""
        if self.readings is None:
            return part.take(self.material.features.drawn(batch.films, self.generator))
        reading = self.readings.drawn(batch, self.generator)
        labels = None if reading.labels is None else part.take(reading.labels)
        film, mediator, rollout, cells = (part.take(values) for values in reading[:4])
        return FilmReading(film, mediator, rollout, cells, labels)

    def _read_words(self, ids: Tensor) -> Tensor:
        """The decoder's input words: some are hidden, special ids never."""
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
                "progress": self._done,
                "loss": words,
                "label_loss": labels,
                "training_minutes": self.progress.minutes,
            },
        )

    def _validate(self) -> None:
        """Write the validation studies with the averaged weights; keep the best weights."""
        taught = deepcopy(self.taught).cpu()
        taught.load_state_dict(self.average.tensors)
        averaged, material, films = taught.model, self.material, None
        if taught.stem is not None:
            films = LiveFeatures(pixels=material.features, stem=taught.stem)
            material = replace(material, stem=taught.stem)
        figures, texts = validate(averaged, material, self._search, films)
        self.log.measure("validation", {"epoch": self.epoch, **figures})
        facts = {"epochs": self.epoch, "training_minutes": round(self.progress.minutes, 1)}
        facts |= {name: value for name, value in figures.items() if name.startswith("word_loss")}
        for name in ("last", *(["best"] if figures["selection"] > self.best else [])):
            folder = self.log.folder / name
            keep_model(folder, averaged, texts, self.config, material, facts)
        self.best = max(self.best, figures["selection"])

    @property
    def _search(self) -> DecodingSpec:
        return self.config.writing.decoding(self.config.validation_beam)


def _progress(config: FinetuneConfig, fabric: Fabric) -> RunProgress:
    return RunProgress(
        budget_minutes=config.budget_minutes,
        warmup=config.warmup,
        floor=0.01,
        agree=partial(agreed, fabric),
    )


def _take_over(
    model: Cmcrl, config: FinetuneConfig, labels: LabelVocabulary, words: Vocabulary
) -> frozenset[str]:
    """Put pre-trained weights and the stem's label head into the model; returns their names.

    The study's own label head then starts at zero, so that at first only the stem's counts.
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
    """Weights of an earlier run without those that start anew.

    Everything that both stages have must fit (cmcrl.md B12, B14): silently dropped weights would
    make the run a different one than its name says.

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
    """AdamW with separate rates for new and transferred weights; no decay on norms and biases."""
    groups = []
    for taken, peak in ((False, config.rate), (True, config.transferred_rate)):
        named = [(n, p) for n, p in model.named_parameters() if p.requires_grad]
        chosen = [p for name, p in named if (name in transferred) is taken]
        wide = [p for p in chosen if p.ndim > 1]
        thin = [p for p in chosen if p.ndim <= 1]
        groups.append({"params": wide, "peak": peak, "weight_decay": config.weight_decay})
        groups.append({"params": thin, "peak": peak, "weight_decay": 0.0})
    return torch.optim.AdamW([g for g in groups if g["params"]], lr=config.rate, fused=True)
