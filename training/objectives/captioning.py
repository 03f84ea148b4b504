"""Teacher-forced likelihood of the report (eq 16)."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional


def captioning_loss(logits: Tensor, ids: Tensor, pad_id: int, *, smoothing: float = 0.0) -> Tensor:
    """Mean negative log-likelihood in nats per word, over w_1 to EOS.

    Args:
        logits: `(B, L - 1, V)`, scores after each of the first L - 1 ids.
        ids: `(B, L)`: BOS, words, EOS, then PAD.
        pad_id: Positions with this id are not scored.
        smoothing: Share of each target that is spread over the whole vocabulary.
    """
    return functional.cross_entropy(
        logits.float().flatten(0, 1),
        ids[:, 1:].flatten(),
        ignore_index=pad_id,
        label_smoothing=smoothing,
    )
