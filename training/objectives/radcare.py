"""The four tasks of RadCARE: which is drawn, and how a report is split (cmcrl.md 3.3 to 3.5)."""

from __future__ import annotations

from enum import StrEnum

import torch
from torch import Tensor


class Task(StrEnum):
    """What the model has to do."""

    CONTINUE_FROM_FILM_AND_TEXT = "vt2t"
    RESTORE_WITH_TEXT = "vt2v"
    RESTORE_FILM = "v2v"
    CONTINUE_FROM_TEXT = "t2t"


def draw_tasks(generator: torch.Generator) -> tuple[Task, ...]:
    """Tasks of one batch, each with an update of its own: A and B with .5, C and D with .25."""
    draw = float(torch.rand((), generator=generator))
    if draw <= 0.5:
        return (Task.CONTINUE_FROM_FILM_AND_TEXT, Task.RESTORE_WITH_TEXT)
    return (Task.RESTORE_FILM,) if draw <= 0.75 else (Task.CONTINUE_FROM_TEXT,)


def split_reports(ids: Tensor, pad_id: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Cut each report at a random word.

    With Lr = n + 1 ids (BOS and n words) the cut is at t = int(u (Lr - 3) + 2). Unlike in the
    release the second part keeps its last word and EOS, so that the end of a report is learnt
    (cmcrl.md B5).

    Args:
        ids: `(B, L)`: BOS, at least three words, EOS, then PAD.
        pad_id: PAD.
        generator: Source of u.

    Returns:
        Prefixes `(B, Lp)`: BOS and t - 1 words; postfixes `(B, Lq)`: BOS, the rest, EOS.
    """
    prefixes, postfixes = [], []
    for row in ids:
        report = row[row != pad_id]
        length = len(report) - 1
        cut = int(float(torch.rand((), generator=generator)) * (length - 3) + 2)
        prefixes.append(report[:cut])
        postfixes.append(torch.cat([report[:1], report[cut:]]))
    return _padded(prefixes, pad_id), _padded(postfixes, pad_id)


def _padded(rows: list[Tensor], pad_id: int) -> Tensor:
    return torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=pad_id)
