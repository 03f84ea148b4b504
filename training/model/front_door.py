"""The front-door intervention: features re-read through mediators (eq 11, 14, 17).

Front-door adjustment `P(R|do(X)) = sum_m P(m|X) sum_x' P(x') P(R|m,x')` (eq 5) with both
expectations approximated by attention: mediators attend to the sample's own features, then the
features attend to the mediators. Single head, no projections. `scale` s is 1 as released, where the
softmax is almost one-hot, or 1/sqrt(D) (cmcrl.md B2).
"""

from __future__ import annotations

import torch
from torch import Tensor

from training.model.attention import causal_mask


def front_door(
    features: Tensor, mediator: Tensor, scale: float, seen: Tensor | None = None
) -> Tensor:
    """FDI(X, M) = softmax(s X M^T) softmax(s M X^T) X (eq 11).

    Args:
        features: X `(B, T, D)`.
        mediator: M `(B, M, D)`.
        scale: s.
        seen: `(B, T)`, False where a feature is padding that no mediator may attend to.

    Returns:
        `(B, T, D)`, to be added to X.
    """
    scores = (mediator @ features.transpose(1, 2)) * scale
    if seen is not None:
        scores = scores.masked_fill(~seen[:, None, :], -1e9)
    expected = scores.softmax(dim=-1) @ features
    return mediator_weights(features, mediator, scale) @ expected


def causal_front_door(features: Tensor, mediator: Tensor, scale: float) -> Tensor:
    """The front door in which position t attends to positions j <= t only (eq 17).

    In the released form every position sees the words after it (cmcrl.md 4.7). Here the softmax of
    each prefix is computed directly, `(B, L, M, L)`: with reports of about 40 words this is cheaper
    than running sums and cannot underflow, even with s = 1. The mediators are summed out before the
    words are mixed, so that nothing of size `L * M * D` arises.

    Args:
        features: X `(B, L, D)`.
        mediator: M `(B, M, D)`.
        scale: s.

    Returns:
        `(B, L, D)`, to be added to X.
    """
    scores = (mediator @ features.transpose(1, 2)) * scale
    prefix = causal_mask(features.shape[1], features.device)
    by_prefix = scores[:, None].masked_fill(~prefix[:, None, :], -1e9).softmax(dim=-1)
    reading = mediator_weights(features, mediator, scale)
    words = torch.einsum("btm,btmj->btj", reading, by_prefix)
    return words @ features


def newest_front_door(features: Tensor, mediator: Tensor, scale: float) -> Tensor:
    """Eq 17 for the last position alone: what a decoding step needs.

    Args:
        features: X of the whole prefix `(K, t, D)`.
        mediator: M `(1, M, D)`, shared by the K beams.
        scale: s.

    Returns:
        `(K, 1, D)`, to be added to the last row of X.
    """
    newest = features[:, -1:]
    expected = ((mediator @ features.transpose(1, 2)) * scale).softmax(dim=-1) @ features
    return mediator_weights(newest, mediator, scale) @ expected


def mediator_weights(features: Tensor, mediator: Tensor, scale: float) -> Tensor:
    """softmax(s X M^T): how much each feature attends to each mediator, `(B, T, M)`."""
    return ((features @ mediator.transpose(1, 2)) * scale).softmax(dim=-1)
