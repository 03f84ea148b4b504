"""Recipe: tune a report model on rewards for its own reports (self-critical training).

Not in the paper. Teacher forcing rewards the commonest next word; here the model draws whole
reports and is moved towards those with more CIDEr, BLEU-4 and true labels than its other draws for
the same study (Rennie et al., CVPR 2017; leave-one-out baseline of Kool et al., 2019). The
decoder's prompt has the labels that the model itself finds, as in the product. A share of the
likelihood of the radiologist's report stays in the loss. Selection as in `finetune`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from pydantic import TypeAdapter
from torch import Tensor, nn

from engine.errors import InputError
from training.config import default_runs
from training.data.dataset import Batch, training_batches
from training.data.report_text import clean, without_marks
from training.data.vocabulary import UNK, load_vocabulary
from training.evaluate.label_metrics import coded_labels, rule_labels
from training.model.cmcrl import WRITING, Cmcrl, FilmMemory, FilmReading
from training.model.sampling import sample_reports
from training.model.stored import STEM, TOKENIZER, load_model
from training.objectives.captioning import captioning_loss
from training.objectives.rewards import OverlapReward, advantages, label_reward
from training.recipes.film_readings import FilmReadings
from training.recipes.finite import require_finite
from training.recipes.precision import autocast
from training.recipes.report_labels import prompt_labels
from training.recipes.report_material import (
    FinetuneConfig,
    Material,
    cached_features,
    keep_model,
    prepare,
    validate,
)
from training.recipes.run_log import RunLog, open_run, read_settings
from training.recipes.running import Keeper, RunProgress
from training.recipes.schedule import WeightAverage


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardTuningConfig:
    """Settings of reward tuning.

    Attributes:
        source: Folder of the fine-tuning run whose best model is tuned; data, stem and crops are
            that run's.
        runs: Folder for the run's folder and the caches.
        name: Name of the run's folder; empty for recipe and time.
        seed: Of order, draws and crops.
        epochs: Passes that the cosine spans.
        budget_minutes: Wall clock that the cosine spans if that is shorter; 0 for no limit.
        batch_size: Studies per step.
        samples: Reports drawn for each study.
        longest: Maximum ids of a drawn report, BOS and EOS included.
        versions: Versions of each film that are shown, the whole film first.
        rate: Peak learning rate.
        bleu_weight: Of BLEU-4 beside CIDEr.
        label_weight: Of the labels beside CIDEr.
        label_price: Cost of each asserted label; F1 / 2 is the best price.
        likelihood_weight: Of the radiologist's report in the loss.
        prompt_noise: Standard deviation of the noise on the label logits before the prompt: the
            model knows its training films better than those it will see.
        averaging: Decay of the exponential average of the weights.
        validate_every: Steps between two validations.
        validation_studies: Studies of the validation split that are written; 0 for all.
        threads: PyTorch threads; one if the cores are shared.
        checkpoint_minutes: Time between two checkpoints.
    """

    source: Path
    runs: Path = field(default_factory=default_runs)
    name: str = ""
    seed: int = 1
    epochs: int = 4
    budget_minutes: float = 0.0
    batch_size: int = 16
    samples: int = 4
    longest: int = 62
    versions: int = 1
    rate: float = 5e-5
    bleu_weight: float = 1.0
    label_weight: float = 1.0
    label_price: float = 0.2
    likelihood_weight: float = 0.2
    prompt_noise: float = 1.0
    averaging: float = 0.99
    validate_every: int = 100
    validation_studies: int = 0
    threads: int = 1
    checkpoint_minutes: float = 4.0


def run(config: RewardTuningConfig) -> Path:
    """Start or continue the tuning run that the settings name.

    Returns:
        The run's folder; `best/` in it holds what `train export` reads.
    """
    torch.set_num_threads(config.threads)
    torch.manual_seed(config.seed)
    log = open_run(config.runs, "tune", config, name=config.name)
    settings = _settings_of(config.source)
    # A stem that learned with the model stays as the run left it.
    if settings.stem_rate:
        settings = replace(settings, stem=config.source / "best" / STEM, stem_rate=0.0)
    report = replace(settings, runs=config.runs, validation_studies=config.validation_studies)
    material = prepare(report)
    stored = load_model(config.source / "best")
    if load_vocabulary(config.source / "best" / TOKENIZER) != material.vocabulary:
        raise InputError("The model was trained with other words than those of the data.")
    tuning = _Tuning(config, report, material, log, Cmcrl(stored.configuration))
    tuning.model.load_state_dict(stored.tensors)
    tuning.average.restore(stored.tensors, 0)
    tuning.resume()
    tuning.train()
    return log.folder


def _settings_of(source: Path) -> FinetuneConfig:
    facts = read_settings(source)
    if facts["recipe"] != "finetune":
        raise InputError(
            f"{source} is the folder of a {facts['recipe']} run, not of a finetune run."
        )
    try:
        return TypeAdapter(FinetuneConfig).validate_python(facts["settings"])
    except ValueError as error:
        raise InputError(f"The settings of {source} cannot be used: {error}") from error


class _Tuning:
    """The state of one run and its loop."""

    def __init__(
        self,
        config: RewardTuningConfig,
        report: FinetuneConfig,
        material: Material,
        log: RunLog,
        model: Cmcrl,
    ) -> None:
        self.config, self.report, self.material = config, report, material
        self.log, self.model = log, model
        self.average = WeightAverage(model, config.averaging)
        self.trained = [p for n, p in model.named_parameters() if n.startswith(WRITING)]
        self.optimizer = torch.optim.AdamW(
            [{"params": self.trained, "peak": config.rate}],
            lr=config.rate,
            weight_decay=0.01,
            fused=True,
        )
        self.generator = torch.Generator().manual_seed(config.seed)
        self.progress = RunProgress(budget_minutes=config.budget_minutes, warmup=0.05, floor=0.05)
        self.keeper = Keeper(
            folder=log.checkpoints,
            minutes=config.checkpoint_minutes,
            progress=self.progress,
            modules={"model": model},
            optimizer=self.optimizer,
            generator=self.generator,
            average=self.average,
        )
        records = [example.record for example in material.training]
        self.readings = FilmReadings(model, cached_features(material), config.versions)
        self.overlap = OverlapReward([without_marks(clean(r.report)) for r in records])
        self.affirmed = prompt_labels(records, material.labels)
        self.coded = [coded_labels(record.headings) for record in records]
        self.step, self.best = 0, float("-inf")
        self.epoch, self.batches = 0, self._epoch(0)
        self.steps_an_epoch = len(self.batches)

    def train(self) -> None:
        """Run steps until the cosine ends; validate the averaged weights."""
        measured: list[dict[str, float]] = []
        if self.step == 0:
            with self.progress.timed():
                self._validate()
        while self._done < 1.0:
            with self.progress.timed():
                self.progress.set_rates(self.optimizer, self._done)
                measured.append(self._update(self._batch()))
                self.step += 1
            if self.step % self.config.validate_every == 0 or self._done >= 1.0:
                self._report(measured)
                measured.clear()
                with self.progress.timed():
                    self._validate()
            self.keeper.save_if_due(self.step, self._state)
        self.keeper.save(self.step, self._state)

    def resume(self) -> None:
        """Continue from the run's checkpoint if there is one."""
        state = self.keeper.restore("step", "best")
        if state is not None:
            self.step, self.best = state["step"], state["best"]

    @property
    def _done(self) -> float:
        """Share of the run that is done."""
        return self.progress.done(self.step / (self.config.epochs * self.steps_an_epoch))

    @property
    def _state(self) -> dict[str, object]:
        return {"step": self.step, "best": self.best}

    def _epoch(self, number: int) -> list[Batch]:
        config = self.config
        return list(
            training_batches(
                self.material.training,
                config.batch_size,
                seed=config.seed,
                epoch=number,
                single_view=self.report.single_view,
            )
        )

    def _batch(self) -> Batch:
        epoch, index = divmod(self.step, self.steps_an_epoch)
        if epoch != self.epoch:
            self.epoch, self.batches = epoch, self._epoch(epoch)
        return self.batches[index]

    def _update(self, batch: Batch) -> dict[str, float]:
        reading = self.readings.drawn(batch, self.generator)
        prompt = self._prompt(reading)
        self.model.eval()
        ids = self._drawn(self.model.memory_of(reading, prompt))
        worth, parts = self._worth(ids, batch.studies)
        self.model.train()
        with autocast():
            memory = repeated(self.model.memory_of(reading, prompt), self.config.samples)
            drawn = self.model.logits(memory, ids[:, :-1])
            affirmed = self.affirmed[list(batch.studies)]
            words = self.model.logits(self.model.memory_of(reading, affirmed), batch.ids[:, :-1])
        pad = self.model.configuration.pad_id
        loss = sampled_loss(drawn, ids, worth, pad)
        loss = loss + self.config.likelihood_weight * captioning_loss(words, batch.ids, pad)
        require_finite((loss,), self.step)
        loss.backward()  # type: ignore[no-untyped-call] # torch leaves backward unannotated
        nn.utils.clip_grad_norm_(self.trained, 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.average.update(self.model)
        return parts

    def _prompt(self, reading: FilmReading) -> Tensor | None:
        """Labels of the decoder's prompt: the model's own, with noise."""
        prompt = self.model.label_prompt
        if prompt is None or reading.labels is None:
            return None
        noise = torch.randn(reading.labels.shape, generator=self.generator)
        return (reading.labels + self.config.prompt_noise * noise > prompt.thresholds).float()

    def _drawn(self, memory: FilmMemory) -> Tensor:
        unknown = self.material.vocabulary.words.index(UNK)
        return sample_reports(
            self.model,
            memory,
            self.config.samples,
            self.config.longest,
            {unknown},
            self.generator,
        )

    def _worth(self, ids: Tensor, studies: tuple[int, ...]) -> tuple[Tensor, dict[str, float]]:
        """Advantage of each drawn report `(B * S,)` and the mean rewards."""
        config = self.config
        ciders, bleus, labels = [], [], []
        for row, report in enumerate(ids.tolist()):
            study = studies[row // config.samples]
            text = self.material.vocabulary.text(report)
            ciders.append(self.overlap.cider(text, study))
            bleus.append(self.overlap.bleu(text, study))
            labels.append(label_reward(rule_labels(text), self.coded[study], config.label_price))
        rewards = [
            c + config.bleu_weight * b + config.label_weight * x
            for c, b, x in zip(ciders, bleus, labels, strict=True)
        ]
        means = {"cider": ciders, "bleu": bleus, "label_reward": labels}
        worth = torch.tensor(advantages(rewards, config.samples))
        return worth, {name: float(np.mean(values)) for name, values in means.items()}

    def _report(self, measured: list[dict[str, float]]) -> None:
        means = {name: float(np.mean([m[name] for m in measured])) for name in measured[0]}
        minutes = self.progress.minutes
        self.log.measure("training", {"step": self.step, "training_minutes": minutes, **means})

    def _validate(self) -> None:
        """Write the validation studies with the averaged weights; keep the best weights."""
        averaged = Cmcrl(self.model.configuration)
        averaged.load_state_dict(self.average.tensors)
        search = self.report.writing.decoding(self.report.validation_beam)
        figures, texts = validate(averaged, self.material, search)
        self.log.measure("validation", {"step": self.step, **figures})
        facts = {"steps": self.step, "training_minutes": round(self.progress.minutes, 1)}
        for name in ("last", *(["best"] if figures["selection"] > self.best else [])):
            keep_model(self.log.folder / name, averaged, texts, self.report, self.material, facts)
        self.best = max(self.best, figures["selection"])


def repeated(memory: FilmMemory, samples: int) -> FilmMemory:
    """The memory of B studies repeated for S reports each, the reports of a study in a row."""
    return memory._replace(
        mediator=memory.mediator.repeat_interleave(samples, dim=0),
        key_value=memory.key_value.repeat_interleave(samples, dim=1),
    )


def sampled_loss(logits: Tensor, ids: Tensor, worth: Tensor, pad_id: int) -> Tensor:
    """REINFORCE: minus advantage times log-likelihood, mean over the drawn words.

    Args:
        logits: `(R, L - 1, V)`.
        ids: `(R, L)` drawn reports.
        worth: `(R,)` advantages.
        pad_id: Positions with this id do not count.
    """
    wanted = ids[:, 1:]
    chosen = logits.float().log_softmax(dim=-1).gather(2, wanted[:, :, None])[:, :, 0]
    real = (wanted != pad_id).float()
    return -(worth[:, None] * chosen * real).sum() / real.sum()
