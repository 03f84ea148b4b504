"""VDM: from encoded tokens to the visual mediator, and the visual front door (eq 7 to 12).

Local tokens are those that the roll-out of CLS points at; global tokens come from a down-sampling
attention block over each view; both are fused into the mediator M_v, and the encoder's tokens are
re-read through it.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from training.model.attention import Attention, FeedForward
from training.model.configuration import LinguisticForm, ModelConfiguration, VisualForm
from training.model.front_door import front_door


class VisualDeconfounder(nn.Module):
    """Local and global sampling, fusion, front door.

    Parts that the configuration does not use are None. The local tokens are kept as long as one of
    the mediators needs them.
    """

    def __init__(self, configuration: ModelConfiguration) -> None:
        super().__init__()
        form = configuration.visual
        self.form = form
        self.local_per_head = configuration.local_per_head
        self.scale = configuration.front_door_scale
        has_local = form in (VisualForm.FULL, VisualForm.LOCAL)
        is_read = has_local or configuration.linguistic is not LinguisticForm.NONE
        self.local_context = LocalContext(configuration) if is_read else None
        has_global = form in (VisualForm.FULL, VisualForm.GLOBAL)
        self.global_sampler = GlobalSampler(configuration) if has_global else None
        self.fusion = _fusion(configuration)
        self.norm = nn.LayerNorm(configuration.width)

    def forward(
        self, tokens: Tensor, rollout: Tensor, views: int
    ) -> tuple[Tensor, Tensor | None, Tensor]:
        """Correct the visual tokens.

        Args:
            tokens: h^ `(B, N, D)`, with positions.
            rollout: `(B, H, N - 1)`.
            views: v.

        Returns:
            h_v `(B, N, D)` (eq 12), local tokens F_l `(B, M, D)` (None if nothing uses them) and
            their cells `(B, M)`, 0 to N - 2.
        """
        cells = strongest_cells(rollout, self.local_per_head)
        local = None
        if self.local_context is not None:
            picked = cells[:, :, None].expand(-1, -1, tokens.shape[2])
            sampled = tokens[:, 1:].gather(1, picked)
            local = self.local_context(torch.cat([tokens[:, :1], sampled], dim=1))
        corrected = tokens
        if self.fusion is not None:
            sources = [local] if self.form in (VisualForm.FULL, VisualForm.LOCAL) else []
            if self.global_sampler is not None:
                sources.append(self.global_sampler(tokens[:, 1:], views))
            corrected = tokens + front_door(tokens, self.fusion(*sources), self.scale)
        return self.norm(corrected), local, cells


class LocalContext(nn.Module):
    """Local tokens in the context of similar and of dissimilar tokens (CaaM, eq 8)."""

    def __init__(self, configuration: ModelConfiguration) -> None:
        super().__init__()
        width, dropout = configuration.width, configuration.dropout
        self.attention_norm = nn.LayerNorm(width)
        self.attention = Attention(width, configuration.heads, configuration.attention_dropout)
        self.feed_forward_norm = nn.LayerNorm(width)
        self.feed_forward = FeedForward(width, configuration.feed_forward, dropout, nn.ReLU())
        self.dropout = nn.Dropout(dropout)

    def forward(self, tokens: Tensor) -> Tensor:
        """CLS and samples `(B, 1 + M, D)` to `(B, M, D)`: CLS takes part and is then dropped."""
        normed = self.attention_norm(tokens)
        key, value = self.attention.key_value(normed)
        scores = self.attention.scores(self.attention.query(normed), key)
        context = self.attention.mix((-scores).softmax(dim=-1), value)
        alike = self.attention.mix(scores.softmax(dim=-1), value)
        # Only the complementary branch keeps a residual (eq 8).
        both = self._transform(tokens + self.dropout(context)) + self._transform(alike)
        return both[:, 1:]

    def _transform(self, x: Tensor) -> Tensor:
        transformed: Tensor = x + self.dropout(self.feed_forward(self.feed_forward_norm(x)))
        return transformed


class GlobalSampler(nn.Module):
    """Each view's cells, reduced to half as many per side, by pooled relative attention (eq 9)."""

    def __init__(self, configuration: ModelConfiguration) -> None:
        super().__init__()
        width = configuration.width
        self.grid = configuration.grid
        self.pool = nn.MaxPool2d(3, stride=2, padding=1)
        self.shortcut = nn.Conv2d(width, width, 1, bias=False)
        self.attention_norm = nn.LayerNorm(width)
        self.attention = RelativeAttention(
            width, configuration.heads, configuration.global_head_width, (self.grid + 1) // 2
        )
        self.feed_forward_norm = nn.LayerNorm(width)
        self.feed_forward = FeedForward(
            width, configuration.feed_forward, configuration.dropout, nn.GELU()
        )

    def forward(self, cells: Tensor, views: int) -> Tensor:
        """`(B, v P, D)` to `(B, v ceil(g/2)^2, D)`."""
        batch = cells.shape[0]
        planes = cells.reshape(batch * views, self.grid, self.grid, -1)
        pooled = self.pool(planes.permute(0, 3, 1, 2))
        shortcut = self.shortcut(pooled).flatten(2).transpose(1, 2)
        tokens = pooled.flatten(2).transpose(1, 2)
        summed = shortcut + self.attention(self.attention_norm(tokens))
        output: Tensor = summed + self.feed_forward(self.feed_forward_norm(summed))
        return output.reshape(batch, -1, output.shape[-1])


class RelativeAttention(nn.Module):
    """Self-attention over a square of cells with a learned bias per relative offset."""

    offsets: Tensor

    def __init__(self, width: int, heads: int, head_width: int, side: int) -> None:
        super().__init__()
        self.heads, self.scale = heads, head_width**-0.5
        self.to_query_key_value = nn.Linear(width, 3 * heads * head_width, bias=False)
        self.to_output = nn.Linear(heads * head_width, width)
        self.bias = nn.Parameter(torch.zeros((2 * side - 1) ** 2, heads))
        self.register_buffer("offsets", relative_offsets(side), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """`(B, side^2, D)` to `(B, side^2, D)`."""
        query, key, value = (
            self.to_query_key_value(x)
            .reshape(*x.shape[:2], 3, self.heads, -1)
            .permute(2, 0, 3, 1, 4)
        )
        bias = self.bias[self.offsets].permute(2, 0, 1)
        weights = (query @ key.transpose(-2, -1) * self.scale + bias).softmax(dim=-1)
        output: Tensor = self.to_output((weights @ value).transpose(1, 2).flatten(2))
        return output


class Fusion(nn.Module):
    """Local tokens attend to themselves and to the global ones: the visual mediator M_v (eq 10)."""

    def __init__(self, configuration: ModelConfiguration) -> None:
        super().__init__()
        width, heads, dropout = configuration.width, configuration.heads, configuration.dropout
        self.local_norm = nn.LayerNorm(width)
        self.global_norm = nn.LayerNorm(width)
        self.local_attention = Attention(width, heads, configuration.attention_dropout)
        self.global_attention = Attention(width, heads, configuration.attention_dropout)
        self.merge = nn.Linear(2 * width, width)
        self.norm = nn.LayerNorm(width)
        # The release declares this GELU but does not apply it (cmcrl.md B3).
        self.feed_forward = FeedForward(width, configuration.feed_forward, dropout, nn.GELU())

    def forward(self, local_tokens: Tensor, global_tokens: Tensor) -> Tensor:
        """`(B, M, D)` and `(B, G, D)` to `(B, M, D)`."""
        parts, whole = self.local_norm(local_tokens), self.global_norm(global_tokens)
        within = parts + self.local_attention.attend(parts, parts)
        across = parts + self.global_attention.attend(parts, whole)
        merged = self.norm(self.merge(torch.cat([within, across], dim=-1)))
        mediator: Tensor = merged + self.feed_forward(merged)
        return mediator


class OneSidedFusion(nn.Module):
    """Eq 10 without one of its halves, for ablations: one kind of token attends to itself."""

    def __init__(self, configuration: ModelConfiguration) -> None:
        super().__init__()
        width, dropout = configuration.width, configuration.dropout
        self.source_norm = nn.LayerNorm(width)
        self.attention = Attention(width, configuration.heads, configuration.attention_dropout)
        self.merge = nn.Linear(width, width)
        self.norm = nn.LayerNorm(width)
        self.feed_forward = FeedForward(width, configuration.feed_forward, dropout, nn.GELU())

    def forward(self, tokens: Tensor) -> Tensor:
        """`(B, T, D)` to `(B, T, D)`."""
        normed = self.source_norm(tokens)
        merged = self.norm(self.merge(normed + self.attention.attend(normed, normed)))
        mediator: Tensor = merged + self.feed_forward(merged)
        return mediator


def _fusion(configuration: ModelConfiguration) -> Fusion | OneSidedFusion | None:
    match configuration.visual:
        case VisualForm.FULL:
            return Fusion(configuration)
        case VisualForm.LOCAL | VisualForm.GLOBAL:
            return OneSidedFusion(configuration)
        case VisualForm.NONE:
            return None


def strongest_cells(rollout: Tensor, per_head: int) -> Tensor:
    """Cells of the k highest roll-out values of each head, duplicates kept: `(B, H k)` (eq 7)."""
    return rollout.topk(per_head, dim=-1).indices.flatten(1)


def relative_offsets(side: int) -> Tensor:
    """Row of the bias table for each pair of cells, `(side^2, side^2)`."""
    steps = torch.arange(side)
    rows, columns = torch.meshgrid(steps, steps, indexing="ij")
    positions = torch.stack([rows.flatten(), columns.flatten()])
    difference = positions[:, :, None] - positions[:, None, :] + side - 1
    return difference[0] * (2 * side - 1) + difference[1]
