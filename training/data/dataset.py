"""Batches of studies for report training: which films, which views, which words.

Batches hold rows of the film cache instead of pixels, so that a recipe can fetch grey films or
stored stem features alike. Every batch has one number of views and reports of similar length.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from training.data.record import Record
from training.data.report_text import END, Marks, clean, target_text
from training.data.vocabulary import BOS_ID, EOS_ID, PAD_ID, Vocabulary

VIEW_IDS = {"frontal": 0, "lateral": 1}
BUCKET_BATCHES = 8
"""Number of batches that are sorted by length together; more would make the order less random."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyExample:
    """One study as numbers.

    Attributes:
        record: The study.
        films: Rows of the film cache, frontal before lateral; one or two.
        views: 0 for frontal and 1 for lateral, in the order of `films`.
        ids: BOS, the words of the target, EOS.
    """

    record: Record
    films: tuple[int, ...]
    views: tuple[int, ...]
    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Batch:
    """B studies with v views each.

    Attributes:
        studies: Indices into the list of examples, length B.
        films: `(B, v)` int64, rows of the film cache.
        views: `(B, v)` int64, 0 frontal, 1 lateral.
        ids: `(B, L)` int64: BOS, words, EOS, then PAD.
    """

    studies: tuple[int, ...]
    films: Tensor
    views: Tensor
    ids: Tensor


def build_examples(
    records: Sequence[Record],
    vocabulary: Vocabulary,
    rows: dict[Path, int],
    *,
    max_ids: int = 60,
    min_words: int = 3,
    marks: Marks = Marks.LEAVE_OUT,
) -> tuple[StudyExample, ...]:
    """Studies that can be trained on.

    Studies with fewer than `min_words` words in the target are left out.

    Args:
        records: Studies; those without a report are skipped.
        vocabulary: Words.
        rows: Row of each film in the cache.
        max_ids: Maximum ids of a target with BOS and EOS; EOS is always the last (cmcrl.md B7).
        min_words: Minimum words of a target.
        marks: What to do with sentences that have a removed word: nothing in the film explains it.
    """
    examples = (
        example_of(record, vocabulary, rows, max_ids=max_ids, marks=marks) for record in records
    )
    return tuple(example for example in examples if len(example.ids) >= min_words + 2)


def example_of(
    record: Record,
    vocabulary: Vocabulary,
    rows: dict[Path, int],
    *,
    max_ids: int = 60,
    most_views: int = 2,
    marks: Marks = Marks.LEAVE_OUT,
) -> StudyExample:
    """One study as numbers; a study without a usable report has the target BOS, EOS.

    Arguments as for `build_examples`; of its views, the first `most_views` are used.
    """
    words = vocabulary.ids(target_text(clean(record.report), marks))
    views = record.views[:most_views]
    return StudyExample(
        record=record,
        films=tuple(rows[film.path] for film in views),
        views=tuple(VIEW_IDS[film.view] for film in views),
        ids=(BOS_ID, *_shortened(words, max_ids - 2, vocabulary), EOS_ID),
    )


def training_batches(
    examples: Sequence[StudyExample],
    batch_size: int,
    *,
    seed: int,
    epoch: int,
    single_view: float = 0.15,
) -> Iterator[Batch]:
    """One shuffled pass in which every study comes once.

    Args:
        examples: Studies.
        batch_size: B; the last batch of each kind may be smaller.
        seed: Of the run.
        epoch: Number of the pass; seed and epoch fix the order.
        single_view: Share of the two-view studies shown with one randomly chosen view, so that the
            model also learns to use a single film.
    """
    draw = np.random.default_rng([seed, epoch])
    two = np.array([len(example.films) > 1 for example in examples])
    shown_whole = two & (draw.random(len(examples)) >= single_view)
    batches: list[tuple[int, ...]] = []
    for kind in (shown_whole, ~shown_whole):
        order = draw.permutation(np.flatnonzero(kind))
        batches += _bucketed(order, examples, batch_size)
    for number in draw.permutation(len(batches)):
        studies = batches[number]
        whole = bool(shown_whole[studies[0]])
        chosen = [
            (0, 1) if whole else (int(draw.integers(len(examples[study].films))),)
            for study in studies
        ]
        yield _collate(examples, studies, chosen)


def evaluation_batches(examples: Sequence[StudyExample], batch_size: int) -> Iterator[Batch]:
    """Every study once with all its views, sorted by number of views only."""
    for views in (1, 2):
        studies = [i for i, example in enumerate(examples) if len(example.films) == views]
        for start in range(0, len(studies), batch_size):
            part = tuple(studies[start : start + batch_size])
            yield _collate(examples, part, [tuple(range(views))] * len(part))


def _shortened(ids: tuple[int, ...], limit: int, vocabulary: Vocabulary) -> tuple[int, ...]:
    """At most `limit` ids, cut after the last sentence that fits if there is one."""
    if len(ids) <= limit:
        return ids
    cut = ids[:limit]
    end = vocabulary.words.index(END) if END in vocabulary.words else None
    if end is None or end not in cut:
        return cut
    return cut[: len(cut) - cut[::-1].index(end)]


def _bucketed(
    order: NDArray[np.int64], examples: Sequence[StudyExample], batch_size: int
) -> list[tuple[int, ...]]:
    batches = []
    span = batch_size * BUCKET_BATCHES
    for start in range(0, len(order), span):
        near = sorted(order[start : start + span].tolist(), key=lambda i: len(examples[i].ids))
        batches += [tuple(near[at : at + batch_size]) for at in range(0, len(near), batch_size)]
    return batches


def _collate(
    examples: Sequence[StudyExample],
    studies: tuple[int, ...],
    chosen: Sequence[tuple[int, ...]],
) -> Batch:
    taken = [examples[study] for study in studies]
    ids = torch.full((len(taken), max(len(e.ids) for e in taken)), PAD_ID, dtype=torch.int64)
    for row, example in enumerate(taken):
        ids[row, : len(example.ids)] = torch.tensor(example.ids)
    pairs = list(zip(taken, chosen, strict=True))
    return Batch(
        studies=studies,
        films=torch.tensor([[e.films[index] for index in indices] for e, indices in pairs]),
        views=torch.tensor([[e.views[index] for index in indices] for e, indices in pairs]),
        ids=ids,
    )
