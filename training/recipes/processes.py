"""Several processes as one: lightning-fabric, started for a recipe.

Every process draws the batch of the whole group with the same generator and takes its share of the
rows, so that a group trains on what a single process would, batch by batch. Losses are weighted by
the number of items that they are means of, so that the mean over processes is the mean over the
batch.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from lightning_fabric import Fabric
from lightning_fabric.strategies.ddp import DDPStrategy
from torch import Tensor

from training.config import ComputeConfig
from training.recipes.precision import has_bfloat16
from training.recipes.run_log import RunLog, open_run

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def launch(config: ComputeConfig, *, has_unused: bool = False) -> Fabric:
    """Join or start the group of processes.

    Args:
        config: Processes, machines, precision.
        has_unused: Whether some updates leave some weights without a gradient.
    """
    is_group = config.devices * config.num_nodes > 1
    precision = config.precision
    if precision == "auto":
        can = torch.cuda.is_bf16_supported() if torch.cuda.is_available() else has_bfloat16()
        precision = "bf16-mixed" if can else "32-true"
    fabric = Fabric(
        accelerator="auto",
        devices=config.devices,
        num_nodes=config.num_nodes,
        strategy=DDPStrategy(find_unused_parameters=has_unused) if is_group else "auto",
        precision=precision,
    )
    fabric.launch()
    return fabric


def open_shared_run(
    fabric: Fabric, runs: Path, recipe: str, config: DataclassInstance, name: str
) -> RunLog:
    """The group's run folder; only the first process writes into it."""
    if fabric.world_size == 1:
        return open_run(runs, recipe, config, name=name)
    folder = runs
    if fabric.is_global_zero:
        folder = open_run(runs, recipe, config, name=name).folder
    return RunLog(fabric.broadcast(folder), is_silent=not fabric.is_global_zero)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BatchPart:
    """A process's part of a batch.

    Attributes:
        fabric: Of the group.
        rows: `(b,)` int64. A process with an empty part takes the first row with weight 0.
        is_empty: Whether the part is empty.
    """

    fabric: Fabric
    rows: Tensor
    is_empty: bool

    @classmethod
    def of(cls, fabric: Fabric, batch: int) -> BatchPart:
        """This process's part of `batch` rows."""
        rows = torch.arange(fabric.global_rank, batch, fabric.world_size)
        is_empty = len(rows) == 0
        return cls(fabric=fabric, rows=rows.new_zeros(1) if is_empty else rows, is_empty=is_empty)

    def take(self, values: Tensor) -> Tensor:
        """The part's rows of `(B, ...)`, on the process's device."""
        return values[self.rows].to(self.fabric.device)

    def weighted(self, mean: Tensor, count: Tensor | float) -> Tensor:
        """The part's mean over `count` items, weighted so that the group's mean is the batch's."""
        if self.fabric.world_size == 1:
            return mean
        own = torch.as_tensor(0.0 if self.is_empty else count, device=mean.device).float()
        whole = self.fabric.all_reduce(own.clone(), reduce_op="sum")
        assert isinstance(whole, Tensor)  # noqa: S101 - a tensor in, a tensor out
        return mean * (own * self.fabric.world_size / whole.clamp(min=1.0))

    def whole(self, weighted: Tensor) -> float:
        """The batch's loss from the parts' weighted ones."""
        if self.fabric.world_size == 1:
            return weighted.item()
        mean = self.fabric.all_reduce(weighted.detach().clone(), reduce_op="mean")
        assert isinstance(mean, Tensor)  # noqa: S101 - a tensor in, a tensor out
        return mean.item()


def agreed(fabric: Fabric, value: float) -> float:
    """The first process's value: clocks differ, and all processes must end at the same step."""
    return value if fabric.world_size == 1 else float(fabric.broadcast(value))
