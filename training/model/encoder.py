"""Film features to visual tokens, and the transformer that relates them to each other.

Layers are pre-norm. The encoder's last norm is not here: it follows the visual front door (eq 12)
and belongs to `visual_deconfounder`.
"""

from __future__ import annotations

import math
from typing import cast

import torch
from torch import Tensor, nn

from training.model.attention import Attention, FeedForward
from training.model.configuration import ModelConfiguration


class VisualEmbedding(nn.Module):
    """Stem features of one or two views to CLS and one token per cell (cmcrl.md 2)."""

    positions: Tensor

    def __init__(self, configuration: ModelConfiguration) -> None:
        super().__init__()
        width = configuration.width
        self.pool = nn.AvgPool2d(configuration.token_pool)
        self.project = nn.Linear(configuration.stem_channels, width)
        # Both views share their positions; without this vector the model cannot tell them apart.
        self.view = nn.Parameter(torch.zeros(2, width)) if configuration.view_embedding else None
        self.norm = nn.LayerNorm(width)
        self.dropout = nn.Dropout(configuration.dropout)
        self.cls = nn.Parameter(torch.randn(width) * 0.02)
        table = plane_positions(configuration.grid, width)
        self.register_buffer("positions", table, persistent=False)

    def forward(self, features: Tensor, view_ids: Tensor) -> Tensor:
        """Embed the features.

        Args:
            features: `(B, v, C, g, g)` of the stem.
            view_ids: `(B, v)`, 0 frontal, 1 lateral.

        Returns:
            `(B, 1 + v P, D)`: CLS, then the cells of the first view row by row, then the second's.
        """
        pooled = self.pool(features.flatten(0, 1)).flatten(2).transpose(1, 2)
        tokens = self.project(pooled).reshape(*view_ids.shape, *self.positions.shape)
        tokens = tokens + self.positions
        if self.view is not None:
            tokens = tokens + self.view[view_ids][:, :, None]
        tokens = self.dropout(self.norm(tokens))
        cls = self.cls.expand(view_ids.shape[0], 1, -1)
        return torch.cat([cls, tokens.flatten(1, 2)], dim=1)

    def add_positions(self, tokens: Tensor, views: int) -> Tensor:
        """h^: the position table added once more, for each view; the CLS row has none (eq 7)."""
        cells = tokens[:, 1:].reshape(-1, views, *self.positions.shape) + self.positions
        return torch.cat([tokens[:, :1], cells.flatten(1, 2)], dim=1)


class EncoderLayer(nn.Module):
    """Self-attention, then a feed-forward block.

    The halves can be called one by one: pre-training shares `attend` between film and text and
    sends text through a feed-forward block of its own (cmcrl.md 3.2).
    """

    def __init__(self, configuration: ModelConfiguration) -> None:
        super().__init__()
        width, dropout = configuration.width, configuration.dropout
        self.attention_norm = nn.LayerNorm(width)
        self.attention = Attention(width, configuration.heads, configuration.attention_dropout)
        self.feed_forward_norm = nn.LayerNorm(width)
        self.feed_forward = FeedForward(width, configuration.feed_forward, dropout, nn.ReLU())
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """`(B, N, D)` to `(B, N, D)` and attention weights `(B, H, N, N)`."""
        x, weights = self.attend(x)
        return self.transform(x), weights

    def attend(self, x: Tensor, mask: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """The self-attention half; `mask` as in `Attention`."""
        normed = self.attention_norm(x)
        query = self.attention.query(normed)
        attended, weights = self.attention(query, *self.attention.key_value(normed), mask)
        return x + self.dropout(attended), weights

    def transform(self, x: Tensor) -> Tensor:
        """The feed-forward half."""
        transformed: Tensor = x + self.dropout(self.feed_forward(self.feed_forward_norm(x)))
        return transformed


class Encoder(nn.Module):
    """The stack of layers, and the roll-out of CLS through their attention (eq 6)."""

    def __init__(self, configuration: ModelConfiguration) -> None:
        super().__init__()
        layers = range(configuration.encoder_layers)
        self.layers = nn.ModuleList(EncoderLayer(configuration) for _ in layers)
        self.rollout_residual = configuration.rollout_residual

    @property
    def stack(self) -> list[EncoderLayer]:
        """The layers, first to last."""
        return [cast("EncoderLayer", layer) for layer in self.layers]

    def forward(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """`(B, N, D)` to `(B, N, D)`, not normed, and the roll-out `(B, H, N - 1)`."""
        maps = []
        for layer in self.stack:
            tokens, weights = layer(tokens)
            maps.append(weights.detach())
        return tokens, rollout(maps, residual=self.rollout_residual)


def rollout(maps: list[Tensor], *, residual: bool) -> Tensor:
    """How much CLS attends to each cell through all layers, per head (eq 6).

    The CLS row of A(L) ... A(2) A(1), kept as a row vector: O(N^2) instead of O(N^3).

    Args:
        maps: Attention weights `(B, H, N, N)` of each layer, first layer first.
        residual: Use (A + I) / 2 in place of A.

    Returns:
        `(B, H, N - 1)`.
    """
    row = torch.zeros_like(maps[0][:, :, :1])
    row[..., 0] = 1.0
    for weights in reversed(maps):
        passed = row @ weights
        row = (row + passed) / 2 if residual else passed
    return row[:, :, 0, 1:]


def plane_positions(grid: int, width: int) -> Tensor:
    """2-D sin-cos table `(grid * grid, width)`: half for the column, half for the row."""
    quarter = width // 4
    rates = torch.exp(torch.arange(quarter, dtype=torch.float64) * (-math.log(1e4) / quarter))
    angles = torch.arange(grid, dtype=torch.float64)[:, None] * rates
    line = torch.cat([angles.sin(), angles.cos()], dim=1)
    columns = line[None].expand(grid, -1, -1)
    rows = line[:, None].expand(-1, grid, -1)
    return torch.cat([columns, rows], dim=2).flatten(0, 1).float()
