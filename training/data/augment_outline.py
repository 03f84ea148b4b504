"""Changes of a film together with its label map, a whole batch at once; never a flip.

Wider than what report training uses: few films of two sources have to stand for every house's
exposure, collimation and positioning.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True, slots=True, kw_only=True)
class OutlineAugmentConfig:
    """How far a training film is changed.

    Attributes:
        zoom: Largest relative change of the scale, both sides together.
        aspect: Largest relative change of one side against the other.
        shift: Largest shift to either side, as a share of the side.
        rotation: Largest rotation to either side, degrees.
        gamma: Largest natural logarithm of the exponent of the greys.
        contrast: Largest relative change of contrast about mid-grey.
        brightness: Largest shift of grey, as a share of full scale.
        noise: Largest standard deviation of added noise.
        blurred: Share of the films shown at half or a quarter of their resolution.
        covered: Share of the films with a bar of one grey along an edge, as collimation leaves.
    """

    zoom: float = 0.2
    aspect: float = 0.12
    shift: float = 0.08
    rotation: float = 8.0
    gamma: float = 0.5
    contrast: float = 0.3
    brightness: float = 0.15
    noise: float = 0.04
    blurred: float = 0.3
    covered: float = 0.3


_WIDEST_BAR = 0.12


def augment_outline(
    films: Tensor, masks: Tensor, config: OutlineAugmentConfig, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Random views of grey films and of their label maps.

    Args:
        films: `(n, S, S)` uint8.
        masks: `(n, S, S)` uint8, classes.
        config: Ranges of the changes.
        generator: Source of every draw.

    Returns:
        Films `(n, 1, S, S)` float32 in [0, 1], label maps `(n, S, S)` int64.
    """
    count, size = films.shape[0], films.shape[-1]
    grey = films.to(torch.float32).div_(255.0).unsqueeze(1)
    grid = functional.affine_grid(
        _affine(count, config, generator), [count, 1, size, size], align_corners=False
    )
    warped = functional.grid_sample(grey, grid, padding_mode="zeros", align_corners=False)
    labels = functional.grid_sample(
        masks.to(torch.float32).unsqueeze(1), grid, mode="nearest", align_corners=False
    )
    shown = _coarse(
        _covered(_exposed(warped, config, generator), config, generator), config, generator
    )
    deviation = config.noise * torch.rand(count, 1, 1, 1, generator=generator)
    noise = torch.randn(shown.shape, generator=generator) * deviation
    return (shown + noise).clamp_(0.0, 1.0), labels.squeeze(1).to(torch.int64)


def _affine(count: int, config: OutlineAugmentConfig, generator: torch.Generator) -> Tensor:
    """`(n, 2, 3)`: from output to input coordinates in [-1, 1]."""
    zoom = 1.0 + config.zoom * _signed(count, generator)
    aspect = 1.0 + config.aspect * _signed(count, generator)
    scale = torch.stack([zoom * aspect.sqrt(), zoom / aspect.sqrt()], dim=1)
    offset = 2.0 * config.shift * torch.stack([_signed(count, generator) for _ in range(2)], dim=1)
    angle = math.radians(config.rotation) * _signed(count, generator)
    rotation = torch.stack(
        [torch.cos(angle), -torch.sin(angle), torch.sin(angle), torch.cos(angle)], dim=1
    ).reshape(count, 2, 2)
    return torch.cat([rotation * scale[:, None, :], offset[:, :, None]], dim=2)


def _exposed(films: Tensor, config: OutlineAugmentConfig, generator: torch.Generator) -> Tensor:
    """Gamma, contrast and brightness."""
    count = len(films)
    gamma = torch.exp(config.gamma * _signed(count, generator))[:, None, None, None]
    contrast = 1.0 + config.contrast * _signed(count, generator)[:, None, None, None]
    shift = config.brightness * _signed(count, generator)[:, None, None, None]
    return ((films.clamp(0.0, 1.0) ** gamma - 0.5) * contrast + 0.5 + shift).clamp(0.0, 1.0)


def _covered(films: Tensor, config: OutlineAugmentConfig, generator: torch.Generator) -> Tensor:
    """A bar along one edge of some films."""
    size = films.shape[-1]
    for film in films:
        share, width, edge, grey = torch.rand(4, generator=generator).tolist()
        if share < config.covered:
            bar = film if edge < 0.5 else film.transpose(-1, -2)
            rows = 1 + int(width * _WIDEST_BAR * size)
            bar[..., (slice(rows) if (edge * 4.0) % 2.0 < 1.0 else slice(-rows, None)), :] = round(
                grey
            )
    return films


def _coarse(films: Tensor, config: OutlineAugmentConfig, generator: torch.Generator) -> Tensor:
    """Some films at half or a quarter of their resolution."""
    size = films.shape[-1]
    shares = torch.rand(len(films), generator=generator).tolist()
    for number, share in enumerate(shares):
        if share < config.blurred:
            factor = 2 if share < config.blurred * 2.0 / 3.0 else 4
            small = functional.interpolate(films[number, None], size=size // factor, mode="area")
            films[number] = functional.interpolate(small, size=size, mode="bilinear")[0]
    return films


def _signed(count: int, generator: torch.Generator) -> Tensor:
    return 2.0 * torch.rand(count, generator=generator) - 1.0
