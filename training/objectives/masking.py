"""Degraded films and masked restoration: the film side of RadCARE (cmcrl.md 3.1, eq 1 to 3)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CellMask:
    """Which cells of each film the encoder sees (eq 2).

    Attributes:
        kept: `(B, K)` cells that are seen, in the order in which they are encoded.
        restore: `(B, P)`: index of each cell among the kept cells followed by the dropped ones.
        dropped: `(B, P)` bool, True where a cell is to be restored.
    """

    kept: Tensor
    restore: Tensor
    dropped: Tensor


def degrade(images: Tensor) -> Tensor:
    """Half the resolution, brought back to size (eq 1): `(B, 3, S, S)` to `(B, 3, S, S)`.

    Max pooling keeps what is bright: a down-sampler biased to bone and metal, as released.
    """
    small = functional.max_pool2d(images, kernel_size=3, stride=2, padding=1)
    return functional.interpolate(small, scale_factor=2.0, mode="nearest")


def patches(images: Tensor, grid: int) -> Tensor:
    """Squares of a film, row by row: `(B, 3, S, S)` to `(B, P, p * p * 3)`, p = S / grid."""
    side = images.shape[-1] // grid
    squares = images.unfold(2, side, side).unfold(3, side, side)
    return squares.permute(0, 2, 3, 4, 5, 1).flatten(3).flatten(1, 2)


def draw_mask(films: int, cells: int, ratio: float, generator: torch.Generator) -> CellMask:
    """Keep `floor(cells * (1 - ratio))` random cells of each film (eq 2)."""
    # The small term keeps 20 * (1 - 0.85) at 3, which floats make 2.9999….
    count = int(cells * (1.0 - ratio) + 1e-6)
    order = torch.rand(films, cells, generator=generator).argsort(dim=1)
    restore = order.argsort(dim=1)
    return CellMask(kept=order[:, :count], restore=restore, dropped=restore >= count)


def restoration_loss(restored: Tensor, target: Tensor, dropped: Tensor) -> Tensor:
    """Mean squared error of the dropped cells alone (eq 3).

    Args:
        restored: `(B, P, F)`.
        target: `(B, P, F)`, the sharp film.
        dropped: `(B, P)` bool.
    """
    by_cell = (restored.float() - target).square().mean(dim=-1)
    return (by_cell * dropped).sum() / dropped.sum()
