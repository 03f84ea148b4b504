"""LDM: the linguistic mediator and the words re-read through it (eq 13, 14, 17).

Visual context decides which words of the whole vocabulary are salient (eq 13); each word is then
re-read through these anchors. The mediator does not depend on the words written so far, so it is
computed once per study.
"""

from __future__ import annotations

from torch import Tensor, nn

from training.model.attention import CrossLayer
from training.model.configuration import LinguisticForm, ModelConfiguration
from training.model.front_door import causal_front_door, front_door, newest_front_door


class LinguisticDeconfounder(nn.Module):
    """Cross-modal mediator and linguistic front door."""

    def __init__(self, configuration: ModelConfiguration) -> None:
        super().__init__()
        width = configuration.width
        self.form = configuration.linguistic
        self.scale = configuration.front_door_scale
        self.vocabulary_norm = nn.LayerNorm(width)
        self.local_norm = nn.LayerNorm(width)
        self.read_vocabulary = CrossLayer(configuration)
        self.read_film = CrossLayer(configuration)
        self.norm = nn.LayerNorm(width)

    def vocabulary_key_value(self, vocabulary: Tensor) -> tuple[Tensor, Tensor]:
        """Keys and values of z = LN(vocabulary), `(1, H, V, dh)`: constants of the weights."""
        return self.read_vocabulary.attention.key_value(self.vocabulary_norm(vocabulary))

    def mediator(self, local_tokens: Tensor, vocabulary: tuple[Tensor, Tensor]) -> Tensor:
        """M_l `(B, M, D)` (eq 13).

        Args:
            local_tokens: F_l `(B, M, D)`.
            vocabulary: From `vocabulary_key_value`.
        """
        film = self.local_norm(local_tokens)
        salient = self.read_vocabulary(film, *vocabulary)
        film_key_value = self.read_film.attention.key_value(film)
        mediator: Tensor = self.norm(self.read_film(salient, *film_key_value) + salient)
        return mediator

    def forward(self, words: Tensor, mediator: Tensor, seen: Tensor) -> Tensor:
        """x~ of a whole text `(B, L, D)`.

        Args:
            words: Embedded ids `(B, L, D)`.
            mediator: M_l `(B, M, D)`.
            seen: `(B, L)`, False on padding. Only the paper's form needs it: in the causal form
                padding comes after every real word.
        """
        if self.form is LinguisticForm.PAPER:
            return words + front_door(words, mediator, self.scale, seen)
        return words + causal_front_door(words, mediator, self.scale)

    def newest(self, words: Tensor, mediator: Tensor) -> Tensor:
        """x~ of the last word of K prefixes `(K, 1, D)`, causal form only."""
        return words[:, -1:] + newest_front_door(words, mediator, self.scale)
