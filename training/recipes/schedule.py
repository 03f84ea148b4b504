"""Learning-rate schedule and the running average of weights."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn


def cosine_rate(progress: float, *, warmup: float = 0.0, floor: float = 0.0) -> float:
    """Factor of the peak learning rate.

    Args:
        progress: Share of the run that is done, 0 to 1.
        warmup: Share of the run in which the rate rises linearly from 0.
        floor: Factor at the end.
    """
    if progress < warmup:
        return progress / warmup
    done = min((progress - warmup) / max(1.0 - warmup, 1e-9), 1.0)
    return floor + (1.0 - floor) * 0.5 * (1.0 + math.cos(math.pi * done))


class WeightAverage:
    """Exponential average of a module's weights and BatchNorm statistics.

    The decay grows with the number of updates, `min(decay, (1 + n) / (10 + n))`, so that the first
    weights are forgotten early.
    """

    def __init__(self, module: nn.Module, decay: float) -> None:
        self.decay = decay
        self.updates = 0
        self.tensors = {key: value.detach().clone() for key, value in module.state_dict().items()}

    @torch.no_grad()
    def update(self, module: nn.Module) -> None:
        """Add the module's present weights to the average."""
        self.updates += 1
        decay = min(self.decay, (1.0 + self.updates) / (10.0 + self.updates))
        for key, value in module.state_dict().items():
            if value.is_floating_point():
                self.tensors[key].lerp_(value, 1.0 - decay)
            else:
                self.tensors[key].copy_(value)

    def restore(self, tensors: dict[str, Tensor], updates: int) -> None:
        """Continue an average from a checkpoint."""
        self.tensors = {key: value.clone() for key, value in tensors.items()}
        self.updates = updates
