"""A CMCRL model of a few thousand weights, and random features and words for it."""

from __future__ import annotations

import torch

from training.model.cmcrl import Cmcrl
from training.model.configuration import ModelConfiguration

TINY = {
    "vocabulary_rows": 53,
    "width": 32,
    "heads": 4,
    "feed_forward": 64,
    "encoder_layers": 2,
    "decoder_layers": 2,
    "stem_channels": 8,
    "stem_grid": 6,
    "local_per_head": 3,
    "global_head_width": 8,
    "longest": 40,
}


def tiny(**changes: object) -> Cmcrl:
    """A model with random weights in evaluation mode; `changes` are fields of its configuration."""
    torch.manual_seed(0)
    return Cmcrl(ModelConfiguration(**{**TINY, **changes})).eval()


def films(studies: int, views: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Features `(B, v, 8, 6, 6)` and view ids `(B, v)`."""
    generator = torch.Generator().manual_seed(7)
    features = torch.randn(studies, views, 8, 6, 6, generator=generator)
    return features, torch.arange(views).expand(studies, -1)


def words(studies: int, length: int) -> torch.Tensor:
    """Ids `(B, L)` that begin with BOS and hold no padding."""
    generator = torch.Generator().manual_seed(8)
    ids = torch.randint(3, 53, (studies, length), generator=generator)
    ids[:, 0] = 1
    return ids
