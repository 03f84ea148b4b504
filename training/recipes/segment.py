"""Recipe: teach a small net to outline lungs and heart, for the proposed cardiothoracic ratio.

Films with label maps (`training.data.film_masks`); cross-entropy and the soft Dice loss (Milletari
et al. 2016); the running average of the weights is kept. The fifth of the films that a hash of
their name holds out is never trained on and chooses nothing: the schedule is fixed beforehand and
its last weights are kept. Figures: `train export-outline`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional

from engine.domain.bundle import PreprocessSpec
from engine.domain.outline import CLASSES, OutlineClass
from engine.errors import InputError
from training.config import default_data, default_runs, require_positive
from training.data.augment_outline import OutlineAugmentConfig, augment_outline
from training.data.film_masks import MaskedFilm, label_map, mask_folder, read_film_masks
from training.data.films import SIDE, open_films
from training.model.outline_net import OUTLINE, REDUCTION, OutlineNet, read_weights
from training.recipes.finite import require_finite
from training.recipes.run_log import RunLog, open_run
from training.recipes.running import Keeper, RunProgress
from training.recipes.schedule import WeightAverage

REPORT_STEPS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentConfig:
    """Training of the outlines of lungs and heart.

    Attributes:
        data: Folder with the films' `index.jsonl`, or with `more_films/ctr_masks/` that holds it.
        runs: Folder for the run's folder.
        name: Name of the run's folder; empty for recipe and time.
        initial: Weights of an earlier run to start from, at any size; None for random ones.
        size: Side of the films in pixels, a multiple of 32 up to 256.
        seed: Of weights, sampling and augmentation.
        passes: Passes over the training films that the cosine spans.
        budget_minutes: Wall clock that the cosine spans if that is shorter; 0 for no limit.
        batch_size: Films per step.
        rate: Peak learning rate.
        weight_decay: AdamW.
        warmup: Share of the run in which the rate rises.
        averaging: Decay of the exponential average of the weights that is kept.
        threads: PyTorch threads; one if the cores are shared.
        checkpoint_minutes: Time between two checkpoints.
        augment: Changes of the films.
    """

    data: Path = field(default_factory=default_data)
    runs: Path = field(default_factory=default_runs)
    name: str = ""
    initial: Path | None = None
    size: int = 160
    seed: int = 1
    passes: float = 40.0
    budget_minutes: float = 0.0
    batch_size: int = 10
    rate: float = 3e-3
    weight_decay: float = 0.01
    warmup: float = 0.05
    averaging: float = 0.99
    threads: int = 1
    checkpoint_minutes: float = 3.0
    augment: OutlineAugmentConfig = field(default_factory=OutlineAugmentConfig)

    def __post_init__(self) -> None:
        """Refuse numbers with which a run would do nothing."""
        require_positive(self, "passes", "batch_size", "threads")
        if not REDUCTION <= self.size <= SIDE or self.size % REDUCTION:
            raise ValueError(f"size must be a multiple of {REDUCTION} up to {SIDE}")


def run(config: SegmentConfig) -> Path:
    """Start or continue the run that the settings name; returns its folder.

    Returns:
        The folder with `outline.safetensors`, `metrics.jsonl` and checkpoints.

    Raises:
        InputError: There are fewer training films than a step takes.
    """
    torch.set_num_threads(config.threads)
    torch.manual_seed(config.seed)
    films = [film for film in read_film_masks(mask_folder(config.data)) if not film.is_held_out]
    if len(films) < config.batch_size:
        raise InputError(f"There are only {len(films)} films to train on.")
    log = open_run(config.runs, "segment", config, name=config.name)
    log.measure("data", {"films": len(films)})
    training = _OutlineTraining(config, films, log)
    training.resume()
    training.train()
    return log.folder


class _OutlineTraining:
    """The state of one training run and its loop."""

    def __init__(self, config: SegmentConfig, films: list[MaskedFilm], log: RunLog) -> None:
        self.config = config
        self.log = log
        cache = open_films([film.film for film in films], PreprocessSpec(), config.runs / "cache")
        self.greys = np.stack([_reduced(cache.grey(film.film), config.size) for film in films])
        self.masks = np.stack([label_map(film.mask, config.size) for film in films])
        self.net = OutlineNet()
        if config.initial is not None:
            self.net.load_state_dict(read_weights(config.initial))
        self.net.to(memory_format=torch.channels_last)  # type: ignore[call-overload] # not in stubs
        self.average = WeightAverage(self.net, config.averaging)
        self.optimizer = torch.optim.AdamW(self.net.parameters(), weight_decay=config.weight_decay)
        for group in self.optimizer.param_groups:
            group["peak"] = config.rate
        self.generator = torch.Generator().manual_seed(config.seed)
        self.step = 0
        self.steps_a_pass = len(films) // config.batch_size
        self.steps = max(1, round(self.steps_a_pass * config.passes))
        self.progress = RunProgress(budget_minutes=config.budget_minutes, warmup=config.warmup)
        self.keeper = Keeper(
            folder=log.checkpoints,
            minutes=config.checkpoint_minutes,
            progress=self.progress,
            modules={"net": self.net},
            optimizer=self.optimizer,
            generator=self.generator,
            average=self.average,
        )

    def resume(self) -> None:
        """Continue from the run's checkpoint if there is one."""
        state = self.keeper.restore("step")
        if state is not None:
            self.step = state["step"]

    def train(self) -> None:
        """Run steps until the cosine ends, then keep the averaged weights."""
        losses: list[float] = []
        self.net.train()
        while self._done < 1.0:
            with self.progress.timed():
                self.progress.set_rates(self.optimizer, self._done)
                losses.append(self._step())
                self.step += 1
            if self.step % REPORT_STEPS == 0:
                self._report(losses)
                losses.clear()
            self.keeper.save_if_due(self.step, {"step": self.step})
        self.keeper.save(self.step, {"step": self.step})
        tensors = {name: value.contiguous() for name, value in self.average.tensors.items()}
        save_file(tensors, self.log.folder / OUTLINE)

    @property
    def _done(self) -> float:
        """Share of the run that is done."""
        return self.progress.done(self.step / self.steps)

    def _step(self) -> float:
        rows = self._rows()
        films, masks = augment_outline(
            torch.from_numpy(self.greys[rows]),
            torch.from_numpy(self.masks[rows]),
            self.config.augment,
            self.generator,
        )
        logits = self.net(films.contiguous(memory_format=torch.channels_last))
        loss = outline_loss(logits, masks)
        require_finite((loss,), self.step)
        loss.backward()  # type: ignore[no-untyped-call] # torch leaves backward unannotated
        nn.utils.clip_grad_norm_(self.net.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.average.update(self.net)
        return loss.item()

    def _rows(self) -> NDArray[np.int64]:
        """The step's films: each pass goes through its own permutation."""
        number, index = divmod(self.step, self.steps_a_pass)
        order = np.random.default_rng([self.config.seed, number]).permutation(len(self.greys))
        start = index * self.config.batch_size
        return order[start : start + self.config.batch_size]

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


def _reduced(grey: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """A cached film at the size of the run."""
    small = Image.fromarray(grey).resize((size, size), Image.Resampling.BILINEAR)
    return np.asarray(small, dtype=np.uint8)


def outline_loss(logits: Tensor, masks: Tensor) -> Tensor:
    """Cross-entropy plus one minus the mean soft Dice of lungs and heart, over the batch.

    Args:
        logits: `(n, classes, S, S)`.
        masks: `(n, S, S)`, classes.
    """
    truth = functional.one_hot(masks, len(CLASSES)).permute(0, 3, 1, 2).to(logits.dtype)
    shown = logits.softmax(dim=1)
    kept = slice(OutlineClass.LEFT_LUNG, None)
    common = (shown * truth).sum(dim=(0, 2, 3))[kept]
    whole = (shown + truth).sum(dim=(0, 2, 3))[kept]
    dice = (2.0 * common + 1.0) / (whole + 1.0)
    return functional.cross_entropy(logits, masks) + 1.0 - dice.mean()
