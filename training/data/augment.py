"""Mild changes of training films, a whole batch at once.

A crop of 82 to 100 % of each side, a small rotation, contrast and brightness. No flips: a mirrored
film contradicts "left" and "right" in its report and puts the heart on the wrong side.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

from engine.domain.bundle import PreprocessSpec
from training.config import AugmentConfig


def augment(
    films: Tensor, config: AugmentConfig, spec: PreprocessSpec, generator: torch.Generator
) -> Tensor:
    """Random views of grey films.

    Args:
        films: `(B, S, S)` uint8.
        config: Ranges of the changes.
        spec: Size and normalisation of the result.
        generator: Source of every draw.

    Returns:
        `(B, 3, size, size)` float32, normalised.
    """
    count = films.shape[0]
    grey = films.to(torch.float32).div_(255.0).unsqueeze(1)
    grid = functional.affine_grid(
        _affine(count, config, generator), [count, 1, spec.size, spec.size], align_corners=False
    )
    warped = functional.grid_sample(grey, grid, padding_mode="border", align_corners=False)
    contrast = 1.0 + config.contrast * _signed(count, generator)
    shift = config.brightness * _signed(count, generator)
    changed = (warped - 0.5) * contrast[:, None, None, None] + 0.5 + shift[:, None, None, None]
    return normalise(changed.clamp_(0.0, 1.0), spec)


def normalise(grey: Tensor, spec: PreprocessSpec) -> Tensor:
    """`(B, 1, S, S)` in [0, 1] to `(B, 3, S, S)`: per channel, minus mean, over deviation."""
    mean = torch.tensor(spec.mean)[None, :, None, None]
    std = torch.tensor(spec.std)[None, :, None, None]
    return (grey - mean) / std


def _affine(count: int, config: AugmentConfig, generator: torch.Generator) -> Tensor:
    """`(B, 2, 3)`: from output to input coordinates in [-1, 1]."""
    smallest = config.smallest_crop
    scale = smallest + (1.0 - smallest) * torch.rand(count, 2, generator=generator)
    offset = (1.0 - scale) * (2.0 * torch.rand(count, 2, generator=generator) - 1.0)
    angle = math.radians(config.rotation) * _signed(count, generator)
    rotation = torch.stack(
        [torch.cos(angle), -torch.sin(angle), torch.sin(angle), torch.cos(angle)], dim=1
    ).reshape(count, 2, 2)
    return torch.cat([rotation * scale[:, None, :], offset[:, :, None]], dim=2)


def _signed(count: int, generator: torch.Generator) -> Tensor:
    return 2.0 * torch.rand(count, generator=generator) - 1.0
