"""Sizes and choices of a CMCRL model: everything needed to build it again from its weights.

Stored as JSON beside every checkpoint (cmcrl.md B11: weights without their configuration cannot be
loaded safely). The defaults are CMCRL-S (cmcrl.md 9).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any, Self


class VisualForm(StrEnum):
    """What the visual mediator M_v is made of (eq 10); all but FULL are ablations."""

    FULL = "full"
    LOCAL = "local"
    GLOBAL = "global"
    NONE = "none"


class LinguisticForm(StrEnum):
    """How the linguistic front door reads the words (cmcrl.md 4.6, 4.7); NONE is an ablation."""

    CAUSAL = "causal"
    PAPER = "paper"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelConfiguration:
    """A CMCRL model.

    Attributes:
        vocabulary_rows: Rows of the word table, special ids included; a recipe sets the size of its
            own table, the default is IU X-Ray's.
        pad_id: Fills batches; never seen and never scored.
        bos_id: First id of every prefix.
        eos_id: Ends a report.
        width: D.
        heads: H of all multi-head attention.
        feed_forward: Hidden width of feed-forward blocks.
        encoder_layers: Lenc.
        decoder_layers: Ldec.
        stem_channels: Channels of the stem's feature map.
        stem_grid: Side of the stem's feature map in cells.
        token_pool: Feature cells per side that are averaged into one token; 1 keeps them all.
        local_per_head: k of eq 7; k * H local tokens.
        global_head_width: Width of a head in the global sampler's relative attention (eq 9).
        view_embedding: Whether a learned vector tells frontal from lateral (not in the paper).
        visual: "full" (VDM as published), "local" or "global" (M_v from one kind of token alone),
            or "none" (no visual front door; h_v is the encoder's normed output).
        linguistic: "causal" (eq 17), "paper" (eq 14) or "none" (no LDM). Weights of one are not
            valid in another.
        front_door_scaled: Scores of the front door times 1/sqrt(D) (cmcrl.md B2) or as released.
        rollout_residual: Half identity in each factor of the roll-out (cmcrl.md B15).
        labels: Outputs of the auxiliary label head; 0 for no head.
        label_prompt: Whether the decoder gets the labels found (not in the paper).
        stem_head: Whether the label head of stem adaptation stays in the model and its logits are
            added to those of the auxiliary head (not in the paper).
        dropout: On sub-layer outputs and hidden feed-forward units.
        attention_dropout: On attention weights; costs a third of a step on a CPU with 393 tokens.
        word_dropout: On embedded words.
        longest: Maximum ids of a prefix, BOS included.
    """

    vocabulary_rows: int = 763
    pad_id: int = 0
    bos_id: int = 1
    eos_id: int = 2
    width: int = 256
    heads: int = 8
    feed_forward: int = 1024
    encoder_layers: int = 3
    decoder_layers: int = 3
    stem_channels: int = 112
    stem_grid: int = 14
    token_pool: int = 1
    local_per_head: int = 6
    global_head_width: int = 16
    view_embedding: bool = True
    visual: VisualForm = VisualForm.FULL
    linguistic: LinguisticForm = LinguisticForm.CAUSAL
    front_door_scaled: bool = True
    rollout_residual: bool = False
    labels: int = 0
    label_prompt: bool = False
    stem_head: bool = False
    dropout: float = 0.1
    attention_dropout: float = 0.0
    word_dropout: float = 0.2
    longest: int = 128

    def __post_init__(self) -> None:
        """Refuse sizes that do not fit together."""
        object.__setattr__(self, "visual", VisualForm(self.visual))
        object.__setattr__(self, "linguistic", LinguisticForm(self.linguistic))
        if self.width % self.heads or self.width % 4:
            raise ValueError(
                f"width {self.width} must be a multiple of 4 and of {self.heads} heads"
            )
        if self.stem_grid % self.token_pool:
            raise ValueError(f"a grid of {self.stem_grid} cannot be pooled by {self.token_pool}")
        if not 0 < self.local_per_head <= self.cells:
            raise ValueError(f"{self.local_per_head} of {self.cells} cells cannot be picked")
        if self.label_prompt and not self.labels:
            raise ValueError("a label prompt needs labels")
        if self.stem_head and not self.labels:
            raise ValueError("the stem's label head needs labels")
        if len({self.pad_id, self.bos_id, self.eos_id}) != 3:
            raise ValueError("pad, bos and eos need separate ids (cmcrl.md B6)")

    @property
    def grid(self) -> int:
        """Visual tokens per side and view."""
        return self.stem_grid // self.token_pool

    @property
    def cells(self) -> int:
        """Visual tokens per view."""
        return self.grid**2

    @property
    def head_width(self) -> int:
        """d_h = D / H."""
        return self.width // self.heads

    @property
    def mediator_tokens(self) -> int:
        """M = k * H."""
        return self.local_per_head * self.heads

    @property
    def has_exact_cache(self) -> bool:
        """Whether a word's keys and values stay the same when words follow (cmcrl.md 5.2)."""
        return self.linguistic is not LinguisticForm.PAPER

    @property
    def front_door_scale(self) -> float:
        """Factor s on the front door's scores (eq 11, 17)."""
        return float(self.width**-0.5) if self.front_door_scaled else 1.0

    def as_dict(self) -> dict[str, Any]:
        """JSON values by field name."""
        return {name: getattr(value, "value", value) for name, value in asdict(self).items()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Read what `as_dict` wrote; unknown or missing names raise `ValueError`."""
        unknown = set(values) - {field.name for field in fields(cls)}
        if unknown:
            raise ValueError(f"unknown model settings: {', '.join(sorted(unknown))}")
        return cls(**values)
