"""The CMCRL report generator, top down.

    features ─ visual embedding ─ encoder ─ VDM ─ h_v ──────────── decoder ─ head ─ words
                                     │       └─ F_l ─ LDM mediator ──┤
                                 roll-out             ids ─ words ─ LDM

After *Cross-Modal Causal Representation Learning for Radiology Report Generation*, Chen et al.,
IEEE TIP 34, 2025; equation numbers are those of our own specification of the method. The stem is
not part of the model: it is adapted beforehand, kept frozen, and put in front at export.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn

from training.model.attention import initialise
from training.model.configuration import LinguisticForm, ModelConfiguration
from training.model.decoder import Decoder
from training.model.encoder import Encoder, VisualEmbedding
from training.model.labels import LabelPrompt, StemHead
from training.model.linguistic_deconfounder import LinguisticDeconfounder
from training.model.visual_deconfounder import VisualDeconfounder

WRITING = ("text_embedding.", "decoder.", "head.", "label_prompt.")
"""Prefixes of the names of the writing weights; the others read the films."""


class FilmReading(NamedTuple):
    """What the model sees in the films of B studies, before the label prompt.

    Attributes:
        film: h_v `(B, N, D)`.
        mediator: M_l `(B, M, D)`.
        rollout: `(B, H, N - 1)`.
        local_cells: `(B, M)` int64, 0 to N - 2.
        labels: Logits of the auxiliary head `(B, labels)`; None without one.
    """

    film: Tensor
    mediator: Tensor
    rollout: Tensor
    local_cells: Tensor
    labels: Tensor | None


class FilmMemory(NamedTuple):
    """What the encoder hands to the decoder: computed once per study.

    Attributes:
        mediator: M_l `(B, M, D)`; zeros in a model without LDM, so that every model has one shape.
        key_value: Cross keys and values of all decoder layers `(2 Ldec, B, H, N, dh)`.
        rollout: `(B, H, N - 1)`.
        local_cells: `(B, M)` int64, 0 to N - 2.
        labels: Logits of the auxiliary head `(B, labels)`; None without one.
    """

    mediator: Tensor
    key_value: Tensor
    rollout: Tensor
    local_cells: Tensor
    labels: Tensor | None


class Step(NamedTuple):
    """One decoding step of K prefixes.

    Attributes:
        log_probs: `(K, V)`, natural.
        present: `(2 Ldec, K, H, t, dh)`.
        cross_attention: `(K, N)`, mean over heads and layers.
    """

    log_probs: Tensor
    present: Tensor
    cross_attention: Tensor


class TextEmbedding(nn.Module):
    """Words to vectors: LN(dropout(sqrt(D) E[id] + position)) (cmcrl.md 2)."""

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


class Cmcrl(nn.Module):
    """The trainable model, from stem features to words."""

    def __init__(self, configuration: ModelConfiguration) -> None:
        super().__init__()
        self.configuration = configuration
        self.visual_embedding = VisualEmbedding(configuration)
        self.encoder = Encoder(configuration)
        self.visual_deconfounder = VisualDeconfounder(configuration)
        self.text_embedding = TextEmbedding(configuration)
        has_linguistic = configuration.linguistic is not LinguisticForm.NONE
        self.linguistic_deconfounder = (
            LinguisticDeconfounder(configuration) if has_linguistic else None
        )
        self.decoder = Decoder(configuration)
        self.head = nn.Linear(configuration.width, configuration.vocabulary_rows)
        labels = configuration.labels
        self.label_head = nn.Linear(2 * configuration.width, labels) if labels else None
        self.label_prompt = LabelPrompt(configuration) if configuration.label_prompt else None
        self.stem_head = (
            StemHead(configuration.stem_channels, labels, configuration.word_dropout)
            if configuration.stem_head
            else None
        )
        self.apply(initialise)
        if self.label_prompt is not None:
            self.label_prompt.initialise()

    def encode(
        self,
        features: Tensor,
        view_ids: Tensor,
        vocabulary: tuple[Tensor, Tensor] | None = None,
        coded: Tensor | None = None,
    ) -> FilmMemory:
        """Encode the films of B studies.

        Args:
            features: `(B, v, C, g, g)` of the stem, v 1 or 2.
            view_ids: `(B, v)` int64, 0 frontal, 1 lateral.
            vocabulary: `vocabulary_key_value()` if it is kept as a constant.
            coded: `(B, labels)`, the studies' true labels for the label prompt in training; None
                for those that the label head finds.
        """
        return self.memory_of(self.read(features, view_ids, vocabulary), coded)

    def read(
        self,
        features: Tensor,
        view_ids: Tensor,
        vocabulary: tuple[Tensor, Tensor] | None = None,
    ) -> FilmReading:
        """The part of `encode` before the label prompt; arguments as there."""
        views = view_ids.shape[1]
        tokens, rollout = self.encoder(self.visual_embedding(features, view_ids))
        tokens = self.visual_embedding.add_positions(tokens, views)
        film, local, cells = self.visual_deconfounder(tokens, rollout, views)
        mediator = self._mediator(local, vocabulary, film)
        return FilmReading(film, mediator, rollout, cells, self._labels(film, features))

    def memory_of(self, reading: FilmReading, coded: Tensor | None = None) -> FilmMemory:
        """The part of `encode` after `read`: label prompt, then keys and values."""
        film, mediator, rollout, cells, labels = reading
        if self.label_prompt is not None and labels is not None:
            film = self.label_prompt(film, labels, coded)
        return FilmMemory(mediator, self.decoder.memory(film), rollout, cells, labels)

    def _labels(self, film: Tensor, features: Tensor) -> Tensor | None:
        """Logits `(B, labels)` of the study, plus those of the stem's head if there is one."""
        if self.label_head is None:
            return None
        summary = torch.cat([film[:, 0], film[:, 1:].mean(dim=1)], dim=-1)
        labels: Tensor = self.label_head(summary)
        return labels if self.stem_head is None else labels + self.stem_head.of_study(features)

    def _mediator(
        self, local: Tensor | None, vocabulary: tuple[Tensor, Tensor] | None, film: Tensor
    ) -> Tensor:
        """M_l `(B, M, D)` (eq 13)."""
        words = self.vocabulary_key_value() if vocabulary is None else vocabulary
        if self.linguistic_deconfounder is None or local is None or words is None:
            sizes = self.configuration
            return film.new_zeros(film.shape[0], sizes.mediator_tokens, sizes.width)
        return self.linguistic_deconfounder.mediator(local, words)

    def vocabulary_key_value(self) -> tuple[Tensor, Tensor] | None:
        """Keys and values of the whole vocabulary (eq 13), `(1, H, V, dh)`; None without LDM."""
        if self.linguistic_deconfounder is None:
            return None
        vocabulary = self.text_embedding.vocabulary()
        return self.linguistic_deconfounder.vocabulary_key_value(vocabulary)

    def logits(self, memory: FilmMemory, ids: Tensor) -> Tensor:
        """Scores of the id after each prefix, teacher-forced: `(B, L, V)` for ids `(B, L)`."""
        words = self.text_embedding(ids)
        if self.linguistic_deconfounder is not None:
            seen = ids != self.configuration.pad_id
            words = self.linguistic_deconfounder(words, memory.mediator, seen)
        scores: Tensor = self.head(self.decoder(words, memory.key_value))
        return scores

    def step(self, ids: Tensor, mediator: Tensor, memory: Tensor, past: Tensor) -> Step:
        """One exact cached step; not for the paper's form (cmcrl.md 5.2).

        Args:
            ids: Whole prefixes, BOS included, `(K, t)`.
            mediator: M_l `(1, M, D)`.
            memory: `(2 Ldec, 1, H, N, dh)`.
            past: `present` of the step before, `(2 Ldec, K, H, t - 1, dh)`.
        """
        if not self.configuration.has_exact_cache:
            raise ValueError("only the causal form has an exact cache; use `logits`")
        newest = self.newest_word(ids, mediator)
        state, present, attention = self.decoder.step(newest, memory, past)
        return Step(self.head(state).log_softmax(dim=-1), present, attention)

    def newest_word(self, ids: Tensor, mediator: Tensor) -> Tensor:
        """x~ of the last word of K prefixes `(K, t)`: `(K, 1, D)`; not for the paper's form."""
        words: Tensor = self.text_embedding(ids)
        if self.linguistic_deconfounder is None:
            return words[:, -1:]
        return self.linguistic_deconfounder.newest(words, mediator)

    def empty_past(self, beams: int) -> Tensor:
        """The cache before the first step, length 0."""
        sizes = self.configuration
        shape = (2 * sizes.decoder_layers, beams, sizes.heads, 0, sizes.head_width)
        return torch.zeros(shape, device=self.head.weight.device)
