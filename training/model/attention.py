"""Multi-head attention and the feed-forward block, the two bricks of every layer.

Attention is written out instead of `scaled_dot_product_attention` because the roll-out (eq 6) and
the evidence maps need its weights. Shapes: B batch, H heads, T queries, S keys, dh = D / H.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from training.model.configuration import ModelConfiguration


class FeedForward(nn.Module):
    """Two linear maps with an activation and dropout between them."""

    def __init__(self, width: int, hidden: int, dropout: float, activation: nn.Module) -> None:
        super().__init__()
        self.expand = nn.Linear(width, hidden)
        self.activation = activation
        self.dropout = nn.Dropout(dropout)
        self.contract = nn.Linear(hidden, width)

    def forward(self, x: Tensor) -> Tensor:
        """`(..., D)` to `(..., D)`."""
        hidden: Tensor = self.dropout(self.activation(self.expand(x)))
        contracted: Tensor = self.contract(hidden)
        return contracted


class Attention(nn.Module):
    """Four linear maps with bias around softmax(q k^T / sqrt(dh)) v."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.scale = (width // heads) ** -0.5
        self.to_query = nn.Linear(width, width)
        self.to_key = nn.Linear(width, width)
        self.to_value = nn.Linear(width, width)
        self.to_output = nn.Linear(width, width)
        self.dropout = nn.Dropout(dropout)

    def query(self, x: Tensor) -> Tensor:
        """`(B, T, D)` to `(B, H, T, dh)`."""
        return split_heads(self.to_query(x), self.heads)

    def key_value(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """`(B, S, D)` to keys and values `(B, H, S, dh)`."""
        return split_heads(self.to_key(x), self.heads), split_heads(self.to_value(x), self.heads)

    def scores(self, query: Tensor, key: Tensor) -> Tensor:
        """Scaled products `(B, H, T, S)`."""
        # Scaling the smaller factor saves a pass over the (T, S) map.
        scores: Tensor = (query * self.scale) @ key.transpose(-2, -1)
        return scores

    def mix(self, weights: Tensor, value: Tensor) -> Tensor:
        """Weighted values, heads joined and mapped to the output: `(B, T, D)`."""
        mixed: Tensor = self.to_output(join_heads(self.dropout(weights) @ value))
        return mixed

    def forward(
        self, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Attend.

        Args:
            query: `(B, H, T, dh)` from `query`.
            key: `(B, H, S, dh)` from `key_value`.
            value: `(B, H, S, dh)` from `key_value`.
            mask: True where a key may be seen, broadcast to `(B, H, T, S)`; None shows all.

        Returns:
            Output `(B, T, D)` and weights `(B, H, T, S)` before dropout (cmcrl.md B15).
        """
        scores = self.scores(query, key)
        if mask is not None:
            scores = scores.masked_fill(~mask, -1e9)
        weights = scores.softmax(dim=-1)
        return self.mix(weights, value), weights

    def attend(self, x: Tensor, memory: Tensor) -> Tensor:
        """Rows of `x` `(B, T, D)` attend to all of `memory` `(B, S, D)`; the output alone."""
        output: Tensor = self(self.query(x), *self.key_value(memory))[0]
        return output


class CrossLayer(nn.Module):
    """Pre-norm cross-attention and feed-forward; the norms are on the query side only (eq 13)."""

    def __init__(self, configuration: ModelConfiguration) -> None:
        super().__init__()
        width, dropout = configuration.width, configuration.dropout
        self.attention_norm = nn.LayerNorm(width)
        self.attention = Attention(width, configuration.heads, configuration.attention_dropout)
        self.feed_forward_norm = nn.LayerNorm(width)
        self.feed_forward = FeedForward(width, configuration.feed_forward, dropout, nn.ReLU())
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, key: Tensor, value: Tensor) -> Tensor:
        """`(B, T, D)` attending to keys and values of `attention.key_value`."""
        query = self.attention.query(self.attention_norm(x))
        attended, _ = self.attention(query, key, value)
        x = x + self.dropout(attended)
        output: Tensor = x + self.dropout(self.feed_forward(self.feed_forward_norm(x)))
        return output


def split_heads(x: Tensor, heads: int) -> Tensor:
    """`(B, T, H * dh)` to `(B, H, T, dh)`."""
    return x.reshape(*x.shape[:-1], heads, -1).transpose(1, 2)


def join_heads(x: Tensor) -> Tensor:
    """`(B, H, T, dh)` to `(B, T, H * dh)`."""
    return x.transpose(1, 2).flatten(2)


def causal_mask(length: int, device: torch.device) -> Tensor:
    """`(L, L)`, True where key j <= query t."""
    return torch.ones(length, length, dtype=torch.bool, device=device).tril()


def initialise(module: nn.Module) -> None:
    """Xavier-uniform linear maps with zero biases (cmcrl.md 2), for `nn.Module.apply`."""
    if isinstance(module, nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
