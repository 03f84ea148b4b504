"""Pixels of hidden cells from the convolutional stem's map: restoration without a decoder.

RadCARE's film-only task (cmcrl.md 3.2, task C), applied to the stem alone while it learns labels.
The stem has no attention that reaches distant cells, so half of the cells stay instead of 15 %.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

RESTORATION_WIDTH = 128
HIDDEN_CELLS = 0.5
"""Share of the cells that are hidden behind the stem."""


class RestorationHead(nn.Module):
    """Stem features with hidden cells to the pixels of every cell.

    Two 3x3 convolutions see 5 x 5 cells around each, the last 1x1 writes its pixels.
    """

    def __init__(self, channels: int, values: int) -> None:
        super().__init__()
        self.hidden = nn.Parameter(torch.zeros(1, channels, 1, 1))
        self.layers = nn.Sequential(
            nn.Conv2d(channels, RESTORATION_WIDTH, 3, padding=1),
            nn.GELU(),
            nn.Conv2d(RESTORATION_WIDTH, RESTORATION_WIDTH, 3, padding=1),
            nn.GELU(),
            nn.Conv2d(RESTORATION_WIDTH, values, 1),
        )

    def forward(self, features: Tensor, dropped: Tensor) -> Tensor:
        """Restored cells.

        Args:
            features: `(B, C, g, g)` of films at half or full resolution.
            dropped: `(B, g * g)` bool, cells that are hidden before restoration.

        Returns:
            `(B, g * g, values)`, row by row as in `objectives.masking.patches`.
        """
        side = features.shape[-1]
        behind = dropped.reshape(-1, 1, side, side)
        pixels: Tensor = self.layers(torch.where(behind, self.hidden.to(features.dtype), features))
        return pixels.flatten(2).transpose(1, 2)
