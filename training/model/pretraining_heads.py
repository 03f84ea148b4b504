"""CMCRL with the parts that only pre-training needs: RadCARE's multiway network (cmcrl.md 3.2).

Film and text share attention and norms. Text has feed-forward blocks of its own in the encoder, the
film a cross-attention and a feed-forward block of its own in the decoder. Both are dropped before
fine-tuning, with the mask token and the patch head. The causal modules are not used.
"""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

from training.model.attention import CrossLayer, FeedForward, causal_mask, initialise
from training.model.cmcrl import Cmcrl
from training.model.configuration import ModelConfiguration

TRANSFERRED = (
    "visual_embedding.",
    "text_embedding.",
    "encoder.",
    "visual_deconfounder.norm.",
    "decoder.",
    "head.",
)
"""Prefixes of the names of the weights that fine-tuning takes over (cmcrl.md 3.6)."""

RESTORATION_WIDTH = 128
HIDDEN_CELLS = 0.5
"""Share of the cells that are hidden behind the stem."""


class TextBlock(nn.Module):
    """Pre-norm feed-forward block for text in an encoder layer."""

    def __init__(self, configuration: ModelConfiguration) -> None:
        super().__init__()
        width, dropout = configuration.width, configuration.dropout
        self.norm = nn.LayerNorm(width)
        self.feed_forward = FeedForward(width, configuration.feed_forward, dropout, nn.ReLU())
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        """`(B, L, D)` to `(B, L, D)`."""
        transformed: Tensor = x + self.dropout(self.feed_forward(self.norm(x)))
        return transformed


class RadcareModel(nn.Module):
    """A CMCRL model in pre-training.

    Attributes:
        cmcrl: The model that is kept.
    """

    def __init__(self, cmcrl: Cmcrl, film_size: int) -> None:
        super().__init__()
        configuration = cmcrl.configuration
        width = configuration.width
        values = 3 * (film_size // configuration.grid) ** 2
        self.cmcrl = cmcrl
        self.text_blocks = nn.ModuleList(TextBlock(configuration) for _ in cmcrl.encoder.stack)
        self.film_blocks = nn.ModuleList(CrossLayer(configuration) for _ in cmcrl.decoder.stack)
        self.mask_token = nn.Parameter(torch.randn(1, 1, width) * 0.02)
        self.patch_head = nn.Linear(width, values)
        for module in (self.text_blocks, self.film_blocks, self.patch_head):
            module.apply(initialise)

    def continue_text(
        self, features: Tensor | None, view_ids: Tensor, prefix: Tensor, postfix: Tensor
    ) -> Tensor:
        """Tasks A and D: words of the postfix from film and prefix, or from the prefix alone.

        Args:
            features: Degraded film `(B, 1, C, g, g)`; None for the text-only task.
            view_ids: `(B, 1)`.
            prefix: `(B, Lp)` ids.
            postfix: `(B, Lq)` ids, teacher-forced.

        Returns:
            Logits `(B, Lq - 1, V)`.
        """
        film = self._film(features, view_ids)
        # Without a film even CLS goes through the text blocks (cmcrl.md 3.4, task D).
        visual = 0 if features is None else film.shape[1]
        memory, seen = self._encode(film, prefix, visual)
        words = self.cmcrl.text_embedding(postfix[:, :-1])
        mask = causal_mask(words.shape[1], words.device)
        for layer in self.cmcrl.decoder.stack:
            words = layer.attend_words(words, mask)
            key, value = layer.cross_attention.key_value(memory)
            words = layer.transform(layer.attend_film(words, key, value, seen))
        logits: Tensor = self.cmcrl.head(self.cmcrl.decoder.norm(words))
        return logits

    def restore_film(
        self,
        features: Tensor,
        view_ids: Tensor,
        kept: Tensor,
        restore: Tensor,
        text: Tensor | None,
    ) -> Tensor:
        """Tasks B and C: pixels of every cell from the few that were kept, and from the report.

        Args:
            features: Degraded film `(B, 1, C, g, g)`.
            view_ids: `(B, 1)`.
            kept: `(B, K)` cells that are encoded.
            restore: `(B, P)` as in `CellMask`.
            text: The whole report `(B, L)`; None for the film-only task.

        Returns:
            `(B, P, values)`.
        """
        film = self._film(features, view_ids)
        chosen = kept[:, :, None].expand(-1, -1, film.shape[2])
        film = torch.cat([film[:, :1], film[:, 1:].gather(1, chosen)], dim=1)
        visual = film.shape[1]
        encoded, seen = self._encode(film, text, visual)
        cells = self._unshuffled(encoded[:, :visual], restore)
        memory = encoded[:, visual:]
        for layer, block in zip(self.cmcrl.decoder.stack, self._film_stack, strict=True):
            cells = layer.attend_words(cells, None)
            if text is not None:
                key, value = block.attention.key_value(memory)
                query = block.attention.query(block.attention_norm(cells))
                attended, _ = block.attention(query, key, value, seen[..., visual:])
                cells = cells + block.dropout(attended)
            cells = cells + block.dropout(block.feed_forward(block.feed_forward_norm(cells)))
        pixels: Tensor = self.patch_head(self.cmcrl.decoder.norm(cells)[:, 1:])
        return pixels

    def transferred(self) -> dict[str, Tensor]:
        """The weights that fine-tuning takes over, by their names in `Cmcrl`."""
        kept = self.cmcrl.state_dict()
        return {name: value for name, value in kept.items() if name.startswith(TRANSFERRED)}

    @property
    def _film_stack(self) -> list[CrossLayer]:
        return [cast("CrossLayer", block) for block in self.film_blocks]

    def _film(self, features: Tensor | None, view_ids: Tensor) -> Tensor:
        embedding = self.cmcrl.visual_embedding
        if features is None:
            return embedding.cls.expand(view_ids.shape[0], 1, -1)
        tokens: Tensor = embedding(features, view_ids)
        return tokens

    def _encode(self, film: Tensor, text: Tensor | None, visual: int) -> tuple[Tensor, Tensor]:
        """Film and text attend to each other; the first `visual` positions are the film.

        Returns:
            `(B, N + L, D)` and a mask `(B, 1, 1, N + L)`, False on padding.
        """
        x = film
        seen = torch.ones(film.shape[:2], dtype=torch.bool, device=film.device)
        if text is not None:
            x = torch.cat([film, self.cmcrl.text_embedding(text)], dim=1)
            seen = torch.cat([seen, text != self.cmcrl.configuration.pad_id], dim=1)
        mask = seen[:, None, None, :]
        for layer, block in zip(self.cmcrl.encoder.stack, self.text_blocks, strict=True):
            x, _ = layer.attend(x, mask)
            x = torch.cat([layer.transform(x[:, :visual]), block(x[:, visual:])], dim=1)
        encoded: Tensor = self.cmcrl.visual_deconfounder.norm(x)
        return encoded, mask

    def _unshuffled(self, encoded: Tensor, restore: Tensor) -> Tensor:
        """CLS, then every cell in its position: encoded if kept, else masked; plus positions."""
        cells = encoded[:, 1:]
        missing = restore.shape[1] - cells.shape[1]
        hidden = self.mask_token.expand(cells.shape[0], missing, -1).to(cells.dtype)
        both = torch.cat([cells, hidden], dim=1)
        ordered = both.gather(1, restore[:, :, None].expand(-1, -1, both.shape[2]))
        whole = torch.cat([encoded[:, :1], ordered], dim=1)
        return self.cmcrl.visual_embedding.add_positions(whole, views=1)


class RestorationHead(nn.Module):
    """Stem features with hidden cells to the pixels of every cell: restoration without a decoder.

    RadCARE's film-only task (cmcrl.md 3.2, task C), applied to the stem alone while it learns
    labels. The stem has no attention that reaches distant cells, so half of the cells stay instead
    of 15 %.

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
