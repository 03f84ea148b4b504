"""Words to vectors: table, position, normalisation (cmcrl.md 2)."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from training.model.configuration import ModelConfiguration


class TextEmbedding(nn.Module):
    """LN(dropout(sqrt(D) E[id] + position))."""

    positions: Tensor

    def __init__(self, configuration: ModelConfiguration) -> None:
        super().__init__()
        width = configuration.width
        self.scale = math.sqrt(width)
        self.table = nn.Embedding(configuration.vocabulary_rows, width)
        # With the released N(0, 1) words are initially about 22 times larger than positions.
        nn.init.normal_(self.table.weight, std=width**-0.5)
        self.dropout = nn.Dropout(configuration.word_dropout)
        self.norm = nn.LayerNorm(width)
        table = line_positions(configuration.longest, width)
        self.register_buffer("positions", table, persistent=False)

    def forward(self, ids: Tensor) -> Tensor:
        """`(B, L)` ids to `(B, L, D)`."""
        words = self.table(ids) * self.scale + self.positions[: ids.shape[1]]
        embedded: Tensor = self.norm(self.dropout(words))
        return embedded

    def vocabulary(self) -> Tensor:
        """The whole table as words without positions, detached: `(1, V, D)` (z of eq 13)."""
        return (self.table.weight.detach() * self.scale)[None]


def line_positions(length: int, width: int) -> Tensor:
    """Sin-cos position table `(length, width)`, sine and cosine interleaved, base 10000."""
    steps = torch.arange(length, dtype=torch.float64)[:, None]
    rates = torch.exp(torch.arange(0, width, 2, dtype=torch.float64) * (-math.log(1e4) / width))
    return torch.stack([(steps * rates).sin(), (steps * rates).cos()], dim=2).flatten(1).float()
