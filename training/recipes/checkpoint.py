"""Checkpoints that a run can be continued from: tensors in safetensors, the rest in JSON.

A checkpoint is a folder that appears whole or not at all (written beside and renamed); the one
before is removed only afterwards. No pickle.
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.optim import Optimizer

from engine.errors import DamagedFileError, NotFoundError

TENSORS = "tensors.safetensors"
STATE = "state.json"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Checkpoint:
    """What a run needs to continue.

    Attributes:
        tensors: By name, e.g. "model/first.0.weight".
        state: Everything else; JSON values only.
    """

    tensors: dict[str, Tensor]
    state: dict[str, Any]

    def group(self, prefix: str) -> dict[str, Tensor]:
        """Tensors whose names begin with `prefix/`, without the prefix."""
        start = f"{prefix}/"
        return {k.removeprefix(start): v for k, v in self.tensors.items() if k.startswith(start)}


def save_checkpoint(folder: Path, checkpoint: Checkpoint, step: int) -> Path:
    """Write `folder/step-N` and remove the checkpoints of earlier steps.

    Args:
        folder: The run's folder of checkpoints.
        checkpoint: What to store.
        step: Steps done.
    """
    target = folder / f"step-{step:07d}"
    unfinished = folder / f".{target.name}.part"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    tensors = {key: value.detach().contiguous() for key, value in checkpoint.tensors.items()}
    save_file(tensors, unfinished / TENSORS)
    (unfinished / STATE).write_text(json.dumps(checkpoint.state), encoding="utf-8")
    for name in (TENSORS, STATE):
        with (unfinished / name).open("rb") as file:
            os.fsync(file.fileno())
    if target.exists():
        shutil.rmtree(target)
    unfinished.rename(target)
    for older in folder.glob("step-*"):
        if older.name < target.name:
            shutil.rmtree(older)
    return target


def load_checkpoint(folder: Path) -> Checkpoint:
    """The newest checkpoint of a run.

    Raises:
        NotFoundError: The run has none.
        DamagedFileError: It cannot be read.
    """
    found = sorted(folder.glob("step-*"))
    if not found:
        raise NotFoundError("This run has no checkpoint to go on from.")
    try:
        state = json.loads((found[-1] / STATE).read_text(encoding="utf-8"))
        tensors = load_file(found[-1] / TENSORS)
    except Exception as error:  # safetensors raises an exception type of its own
        raise DamagedFileError(f"The checkpoint {found[-1].name} cannot be read.") from error
    return Checkpoint(tensors=tensors, state=state)


def prefixed(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Tensors under `prefix/`; the inverse of `Checkpoint.group`."""
    return {f"{prefix}/{key}": value for key, value in tensors.items()}


def optimizer_tensors(optimizer: Optimizer) -> dict[str, Tensor]:
    """The optimiser's moments and step counts by parameter number: "3/exp_avg"."""
    state = optimizer.state_dict()["state"]
    return {
        f"{index}/{name}": value if isinstance(value, Tensor) else torch.tensor(value)
        for index, moments in state.items()
        for name, value in moments.items()
    }


def restore_optimizer(optimizer: Optimizer, tensors: dict[str, Tensor]) -> None:
    """Put moments back into an optimiser that was built the same way; its rates stay.

    Moments get the memory layout of their parameter: the fused optimisers pair elements by memory
    position, while a checkpoint stores them in row order.
    """
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    state: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        index, name = key.split("/", 1)
        parameter = parameters[int(index)]
        moments = state.setdefault(int(index), {})
        moments[name] = value
        if value.shape == parameter.shape:
            moments[name] = torch.empty_like(parameter.detach(), dtype=value.dtype).copy_(value)
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": state, "param_groups": groups})
