"""Reports sampled from the model word by word, many at once, for reward tuning."""

from __future__ import annotations

from collections.abc import Collection

import torch
from torch import Tensor

from training.model.cmcrl import Cmcrl, FilmMemory


@torch.no_grad()
def sample_reports(
    model: Cmcrl,
    memory: FilmMemory,
    samples: int,
    longest: int,
    forbidden: Collection[int],
    generator: torch.Generator,
) -> Tensor:
    """Sample reports from the model's own distribution, with the exact cache of the causal form.

    Args:
        model: In evaluation mode, causal form.
        memory: Of B studies.
        samples: S, reports per study.
        longest: Maximum ids of a report, BOS and EOS included.
        forbidden: Ids that are never drawn.
        generator: Source of every draw.

    Returns:
        `(B * S, L)` ids, the samples of a study in a row: BOS, words, EOS, then PAD. A report that
        did not end by then has no EOS.
    """
    sizes = model.configuration
    rows = memory.mediator.shape[0] * samples
    mediator = memory.mediator.repeat_interleave(samples, dim=0)
    past = model.empty_past(rows)
    ids = torch.full((rows, 1), sizes.bos_id)
    is_done = torch.zeros(rows, dtype=torch.bool)
    banned = torch.tensor(sorted({sizes.pad_id, sizes.bos_id, *forbidden}))
    while ids.shape[1] < longest and not bool(is_done.all()):
        newest = model.newest_word(ids, mediator)
        state, past = _step(model, newest, memory.key_value, past)
        scores = model.head(state).index_fill(1, banned, float("-inf"))
        drawn = torch.multinomial(scores.softmax(dim=-1), 1, generator=generator)
        drawn = drawn.masked_fill(is_done[:, None], sizes.pad_id)
        ids = torch.cat([ids, drawn], dim=1)
        is_done |= drawn[:, 0] == sizes.eos_id
    return ids


def _step(model: Cmcrl, word: Tensor, memory: Tensor, past: Tensor) -> tuple[Tensor, Tensor]:
    """One word of B * S reports: state `(B * S, D)` and the cache, one longer.

    A study's samples are in the query axis of the cross-attention, so that its keys and values are
    not copied.
    """
    studies = memory.shape[1]
    caches = []
    for number, layer in enumerate(model.decoder.stack):
        word, present = layer.extend_words(word, past[2 * number : 2 * number + 2])
        together = word.reshape(studies, -1, word.shape[-1])
        together = layer.attend_film(together, memory[2 * number], memory[2 * number + 1])
        word = layer.transform(together).reshape(-1, 1, word.shape[-1])
        caches.append(present)
    return model.decoder.norm(word)[:, 0], torch.cat(caches)
