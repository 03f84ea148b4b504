"""What every training loop has besides its steps: progress, and checkpoints to continue from.

A loop owns one `RunProgress` and one `Keeper`; neither knows the loop.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Generator, nn
from torch.optim import Optimizer

from engine.errors import InputError
from training.recipes.checkpoint import (
    Checkpoint,
    load_checkpoint,
    optimizer_tensors,
    prefixed,
    restore_optimizer,
    save_checkpoint,
)
from training.recipes.schedule import WeightAverage, cosine_rate


@dataclass(kw_only=True, eq=False)
class RunProgress:
    """How far a run is, by its own count or by the clock, and the learning rates that follow.

    Attributes:
        budget_minutes: Wall clock of the whole run; 0 for no limit.
        warmup: Share of the run in which the rates rise.
        floor: Factor of the peak rates at the end.
        agree: Maps this process's seconds to those that all processes of the run use.
        seconds: Wall clock timed so far, earlier sittings included.
    """

    budget_minutes: float
    warmup: float = 0.0
    floor: float = 0.0
    agree: Callable[[float], float] = float
    seconds: float = 0.0

    @property
    def minutes(self) -> float:
        """Wall clock so far."""
        return self.seconds / 60.0

    def done(self, counted: float) -> float:
        """Share of the run that is done: the counted share, or the clock's if that is larger."""
        if self.budget_minutes <= 0:
            return counted
        return max(counted, self.minutes / self.budget_minutes)

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Count the time of the block."""
        began = time.monotonic()
        yield
        self.seconds = self.agree(self.seconds + time.monotonic() - began)

    def set_rates(self, optimizer: Optimizer, done: float) -> None:
        """Set the rates of an optimiser whose groups each have a `peak`."""
        factor = cosine_rate(done, warmup=self.warmup, floor=self.floor)
        for group in optimizer.param_groups:
            group["lr"] = group["peak"] * factor


@dataclass(kw_only=True, eq=False)
class Keeper:
    """Writes and restores a run's checkpoints: weights, moments, average, clock, random states.

    Attributes:
        folder: The run's folder of checkpoints.
        minutes: Time between two of them.
        modules: The modules that learn, by the name under which their tensors are stored.
        generator: Draws crops, masks and samples.
        is_first: Whether this process writes. The other processes of a group have random states of
            their own, which are not stored.
    """

    folder: Path
    minutes: float
    progress: RunProgress
    modules: Mapping[str, nn.Module]
    optimizer: Optimizer
    generator: Generator
    average: WeightAverage | None = None
    is_first: bool = True
    _saved: float = field(default_factory=time.monotonic, init=False)

    def save_if_due(self, step: int, state: Mapping[str, Any]) -> None:
        """Like `save`, but only if the last time was `minutes` ago."""
        if time.monotonic() - self._saved > 60.0 * self.minutes:
            self.save(step, state)
            self._saved = time.monotonic()

    def save(self, step: int, state: Mapping[str, Any]) -> None:
        """Write a checkpoint that replaces the one before.

        Args:
            step: Steps done.
            state: Where the loop is; JSON values.
        """
        if not self.is_first:
            return
        tensors = {"generator": self.generator.get_state(), "rng": torch.get_rng_state()}
        if torch.cuda.is_initialized():  # type: ignore[no-untyped-call] # not annotated by torch
            tensors["cuda_rng"] = torch.cuda.get_rng_state()
        for name, module in self.modules.items():
            tensors |= prefixed(name, dict(module.state_dict()))
        tensors |= prefixed("optimizer", optimizer_tensors(self.optimizer))
        kept = {**state, "seconds": self.progress.seconds}
        if self.average is not None:
            tensors |= prefixed("average", self.average.tensors)
            kept["average_updates"] = self.average.updates
        save_checkpoint(self.folder, Checkpoint(tensors=tensors, state=kept), step)

    def restore(self, *names: str) -> dict[str, Any] | None:
        """Restore everything from the newest checkpoint; None if the run has none.

        Args:
            names: Names that the loop needs of its state.

        Returns:
            The state that was given to `save`.

        Raises:
            InputError: The checkpoint is of another version or of other settings.
            DamagedFileError: It cannot be read.
        """
        if not any(self.folder.glob("step-*")):
            return None
        kept = load_checkpoint(self.folder)
        try:
            self._put_back(kept)
            return {name: kept.state[name] for name in names}
        except (IndexError, KeyError, RuntimeError, TypeError, ValueError) as error:
            raise InputError(
                f"The checkpoint in {self.folder} does not fit this run: another version or other "
                "settings wrote it.",
                what_to_do="Begin anew under another --name.",
            ) from error

    def _put_back(self, kept: Checkpoint) -> None:
        for name, module in self.modules.items():
            module.load_state_dict(kept.group(name))
        restore_optimizer(self.optimizer, kept.group("optimizer"))
        if self.average is not None:
            self.average.restore(kept.group("average"), int(kept.state["average_updates"]))
        self.progress.seconds = float(kept.state["seconds"])
        self.generator.set_state(kept.tensors["generator"])
        if self.is_first:
            torch.set_rng_state(kept.tensors["rng"])
            # Older checkpoints have none, and one from a graphics card may continue without it.
            if "cuda_rng" in kept.tensors and torch.cuda.is_available():
                torch.cuda.set_rng_state(kept.tensors["cuda_rng"])
