"""The transformer decoder: words attend to earlier words and to the film (eq 15)."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

from training.model.attention import Attention, FeedForward, causal_mask
from training.model.configuration import ModelConfiguration


class DecoderLayer(nn.Module):
    """Masked self-attention, cross-attention, feed-forward; pre-norm.

    The parts can be called one by one: pre-training shares `attend_words` with a film branch
    (cmcrl.md 3.2).
    """

    def __init__(self, configuration: ModelConfiguration) -> None:
        super().__init__()
        width, heads, dropout = configuration.width, configuration.heads, configuration.dropout
        self.self_norm = nn.LayerNorm(width)
        self.self_attention = Attention(width, heads, configuration.attention_dropout)
        self.cross_norm = nn.LayerNorm(width)
        self.cross_attention = Attention(width, heads, configuration.attention_dropout)
        self.feed_forward_norm = nn.LayerNorm(width)
        self.feed_forward = FeedForward(width, configuration.feed_forward, dropout, nn.ReLU())
        self.dropout = nn.Dropout(dropout)

    def attend_words(self, x: Tensor, mask: Tensor | None) -> Tensor:
        """The self-attention part over a whole text; `mask` as in `Attention`."""
        normed = self.self_norm(x)
        query = self.self_attention.query(normed)
        attended, _ = self.self_attention(query, *self.self_attention.key_value(normed), mask)
        output: Tensor = x + self.dropout(attended)
        return output

    def attend_film(
        self, x: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None
    ) -> Tensor:
        """The cross-attention part; keys and values `(B, H, N, dh)`."""
        query = self.cross_attention.query(self.cross_norm(x))
        attended, _ = self.cross_attention(query, key, value, mask)
        output: Tensor = x + self.dropout(attended)
        return output

    def transform(self, x: Tensor) -> Tensor:
        """The feed-forward part."""
        transformed: Tensor = x + self.dropout(self.feed_forward(self.feed_forward_norm(x)))
        return transformed

    def extend_words(self, x: Tensor, past: Tensor) -> tuple[Tensor, Tensor]:
        """Self-attention of one new word to itself and the cached ones.

        Args:
            x: `(K, 1, D)`.
            past: Keys and values of the earlier words `(2, K, H, t - 1, dh)`.

        Returns:
            `(K, 1, D)` and the cache with the new word, `(2, K, H, t, dh)`.
        """
        normed = self.self_norm(x)
        newest = torch.stack(self.self_attention.key_value(normed))
        present = torch.cat([past, newest], dim=3)
        query = self.self_attention.query(normed)
        attended, _ = self.self_attention(query, present[0], present[1])
        return x + attended, present

    def attend_film_shared(self, x: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        """Cross-attention of K beams to one film, beams folded into the query axis.

        Args:
            x: `(K, 1, D)`.
            key: `(1, H, N, dh)`.
            value: `(1, H, N, dh)`.

        Returns:
            `(K, 1, D)` and weights `(K, N)`, mean over heads.
        """
        query = self.cross_attention.query(self.cross_norm(x).transpose(0, 1))
        attended, weights = self.cross_attention(query, key, value)
        return x + attended.transpose(0, 1), weights[0].mean(dim=0)


class Decoder(nn.Module):
    """The stack of layers and its last norm."""

    def __init__(self, configuration: ModelConfiguration) -> None:
        super().__init__()
        layers = range(configuration.decoder_layers)
        self.layers = nn.ModuleList(DecoderLayer(configuration) for _ in layers)
        self.norm = nn.LayerNorm(configuration.width)

    @property
    def stack(self) -> list[DecoderLayer]:
        """The layers, first to last."""
        return [cast("DecoderLayer", layer) for layer in self.layers]

    def memory(self, film: Tensor) -> Tensor:
        """Cross keys and values `(2 Ldec, B, H, N, dh)`: K of layer 0, V of layer 0, K of layer 1.

        Args:
            film: h_v `(B, N, D)`.
        """
        pairs = (layer.cross_attention.key_value(film) for layer in self.stack)
        return torch.stack([part for pair in pairs for part in pair])

    def forward(self, words: Tensor, memory: Tensor) -> Tensor:
        """Whole texts x~ `(B, L, D)` with `memory` to `(B, L, D)`."""
        mask = causal_mask(words.shape[1], words.device)
        for number, layer in enumerate(self.stack):
            words = layer.attend_words(words, mask)
            words = layer.attend_film(words, memory[2 * number], memory[2 * number + 1])
            words = layer.transform(words)
        normed: Tensor = self.norm(words)
        return normed

    def step(self, word: Tensor, memory: Tensor, past: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """One new word of K prefixes.

        Args:
            word: x~ of the newest word `(K, 1, D)`.
            memory: `(2 Ldec, 1, H, N, dh)`, shared by the prefixes.
            past: `(2 Ldec, K, H, t - 1, dh)`; t = 1 has length 0.

        Returns:
            `(K, D)`, cache `(2 Ldec, K, H, t, dh)`, cross-attention `(K, N)` averaged over heads
            and layers.
        """
        caches, maps = [], []
        for number, layer in enumerate(self.stack):
            pair = slice(2 * number, 2 * number + 2)
            word, present = layer.extend_words(word, past[pair])
            word, weights = layer.attend_film_shared(
                word, memory[2 * number], memory[2 * number + 1]
            )
            word = layer.transform(word)
            caches.append(present)
            maps.append(weights)
        return self.norm(word)[:, 0], torch.cat(caches), torch.stack(maps).mean(dim=0)
