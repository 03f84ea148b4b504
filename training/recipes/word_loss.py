"""What the film is worth to the decoder, word by word, measured without any search."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch

from training.data.dataset import StudyExample, evaluation_batches
from training.model.cmcrl import Cmcrl, FilmMemory
from training.objectives.captioning import captioning_loss
from training.recipes.film_features import CleanFilms
from training.recipes.written_validation import STUDIES_AT_ONCE

MOST_IDS = 100


class WordLoss(NamedTuple):
    """Mean negative log-likelihood of the radiologists' words, in nats per word.

    Attributes:
        own: With the study's own films.
        other: With the films of the next study of the batch; a study alone in its batch keeps its
            own. The difference is what the films contribute.
    """

    own: float
    other: float


def word_loss(model: Cmcrl, examples: Sequence[StudyExample], films: CleanFilms) -> WordLoss:
    """Teacher-forced loss of the examples' words and EOS, at most 99, without smoothing.

    The words are those of the examples: without sentences that contain a removed word, and
    shortened as by `example_of`, to 58 words in validation.

    The paper's form sees the words that follow, so its figure is not the loss of a model that
    writes; compare it with nothing.

    Args:
        model: Put into evaluation mode.
        examples: Studies; all their views are shown.
        films: Features of their films.
    """
    model.eval()
    pad = model.configuration.pad_id
    sums, words = [0.0, 0.0], 0
    for batch in evaluation_batches(examples, STUDIES_AT_ONCE):
        ids = batch.ids[:, :MOST_IDS]
        count = int((ids[:, 1:] != pad).sum())
        with torch.no_grad():
            own = model.encode(films.clean(batch.films), batch.views)
            for index, memory in enumerate((own, _of_another(own))):
                mean = captioning_loss(model.logits(memory, ids[:, :-1]), ids, pad)
                sums[index] += count * float(mean)
        words += count
    return WordLoss(own=sums[0] / words, other=sums[1] / words)


def _of_another(memory: FilmMemory) -> FilmMemory:
    """The memory with each study's films exchanged for its neighbour's."""
    return FilmMemory(
        mediator=memory.mediator.roll(1, 0),
        key_value=memory.key_value.roll(1, 1),
        rollout=memory.rollout.roll(1, 0),
        local_cells=memory.local_cells.roll(1, 0),
        labels=None if memory.labels is None else memory.labels.roll(1, 0),
    )
