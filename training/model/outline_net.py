"""A small U-Net that outlines lungs and heart (Ronneberger et al. 2015), fully convolutional.

Half a million parameters: the films are few, and the product runs it on a processor beside a reader
who waits. The first convolution halves the side, and the logits are enlarged back bilinearly, so
borders keep fractions of a pixel.
"""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

from engine.domain.outline import CLASSES
from engine.errors import DamagedFileError

OUTLINE = "outline.safetensors"
"""File of the weights in a run's folder."""
REDUCTION = 32
"""The side of the input is a multiple of this."""
_DOWN = (16, 24, 48, 80, 112)
_UP = (64, 40, 24, 16)
_DROPOUT = 0.1


class OutlineNet(nn.Module):
    """From grey films to logits of the classes."""

    def __init__(self) -> None:
        super().__init__()
        self.first = _convolution(1, _DOWN[0], stride=2)
        self.down = nn.ModuleList(
            nn.Sequential(
                _convolution(before, width, stride=1 if step == 0 else 2),
                _convolution(width, width),
            )
            for step, (before, width) in enumerate(zip((_DOWN[0], *_DOWN), _DOWN, strict=False))
        )
        self.dropout = nn.Dropout2d(_DROPOUT)
        below = (_DOWN[-1], *_UP)
        self.up = nn.ModuleList(
            _convolution(deep + skipped, width)
            for deep, skipped, width in zip(below, reversed(_DOWN[:-1]), _UP, strict=False)
        )
        self.last = nn.Conv2d(_UP[-1], len(CLASSES), 1)

    def forward(self, films: Tensor) -> Tensor:
        """`(n, 1, S, S)` in [0, 1] to logits `(n, classes, S, S)`."""
        maps = [self.first(films - 0.5)]
        for block in self.down:
            maps.append(block(maps[-1]))
        deep = self.dropout(maps.pop())
        for block in self.up:
            skipped = maps.pop()
            deep = block(torch.cat([_enlarged(deep), skipped], dim=1))
        return _enlarged(self.last(deep))


def read_weights(path: Path) -> dict[str, Tensor]:
    """Weights that a run kept.

    Raises:
        DamagedFileError: The file cannot be read, or holds another net.
    """
    try:
        tensors = load_file(path)
        fits = {name: value.shape for name, value in OutlineNet().state_dict().items()}
        if {name: value.shape for name, value in tensors.items()} == fits:
            return tensors
    except (OSError, SafetensorError) as error:
        raise DamagedFileError(f"The weights {path.name} cannot be read.") from error
    raise DamagedFileError(f"The weights {path.name} are not those of an outline net.")


def _convolution(before: int, width: int, *, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(before, width, 3, stride=stride, padding=1, bias=False),
        nn.BatchNorm2d(width),
        nn.ReLU(inplace=True),
    )


def _enlarged(maps: Tensor) -> Tensor:
    return functional.interpolate(maps, scale_factor=2.0, mode="bilinear", align_corners=False)
