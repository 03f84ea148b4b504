"""Recipe: the figures of a model beside those of the baselines, on any split of that format.

A bundle is evaluated the product's way, picture file to sentences; a kept model through the same
beam search in PyTorch. A row with the model's own reports handed to other studies shows what is
left when the films are not looked at (cmcrl.md 7, pitfall 1).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import torch

from engine.domain.bundle import DecodingSpec
from engine.errors import NotFoundError
from training.config import AugmentConfig, EvaluateConfig
from training.data.dataset import StudyExample, example_of
from training.data.films import open_films
from training.data.iu_xray import read_split
from training.data.record import Record
from training.data.report_text import clean
from training.data.vocabulary import load_vocabulary
from training.evaluate.baselines import (
    FOUR_NORMAL_SENTENCES,
    NEIGHBOURS,
    most_central,
    most_frequent,
    nearest,
    random_reports,
    retrieved,
    shuffled,
    study_features,
)
from training.evaluate.predict import with_bundle
from training.evaluate.summary import (
    ScoredSplit,
    score_row,
    scored_split,
    write_reports_file,
    write_summary,
)
from training.model.stored import STEM, TOKENIZER, load_model
from training.model.visual_encoder import load_stem
from training.recipes.film_features import open_features
from training.recipes.written_validation import write_reports

Named = tuple[str, list[str]]


def run(config: EvaluateConfig) -> Path:
    """Score everything that was asked for; the path of the Markdown table.

    Raises:
        NotFoundError: There is no such split.
        BundleError: The bundle is damaged.
    """
    torch.set_num_threads(config.threads)
    training = _training(config)
    reports = [clean(record.report) for record in training]
    split = scored_split(read_split(config.data, config.split), reports)
    out = config.out or config.runs / f"evaluate-{datetime.now(UTC):%Y%m%d-%H%M%S}"
    rows = {}
    for name, texts in _rows(config, split, training, reports):
        write_reports_file(out, name, split, texts)
        rows[name] = score_row(split, texts, resamples=config.resamples, seed=config.seed)
        _tell(f"{name}: scored")
    facts = {"split": config.split, "studies": len(split.records), "seed": config.seed}
    return write_summary(out, rows, facts)


def _rows(
    config: EvaluateConfig, split: ScoredSplit, training: Sequence[Record], reports: list[str]
) -> Iterator[Named]:
    """Every way of writing reports, the reference first: the ceiling of the rule labels."""
    yield "reference", list(split.references)
    if config.baselines:
        yield from _constants(reports, len(split.records), config.seed)
    if config.stem is not None and training:
        yield from _retrieval(config, config.stem, split, training, reports)
    if config.model is not None:
        yield from _with_shuffle("model", _model_texts(config, config.model, split), config.seed)
    if config.bundle is not None:
        texts = with_bundle(config.bundle, split.records, _tell_count)
        yield from _with_shuffle("bundle", texts, config.seed)


def _with_shuffle(name: str, texts: list[str], seed: int) -> Iterator[Named]:
    yield name, texts
    yield f"{name}, shuffled films", shuffled(texts, seed)


def _constants(reports: list[str], count: int, seed: int) -> Iterator[Named]:
    yield "constant C1", [FOUR_NORMAL_SENTENCES] * count
    if not reports:
        return
    yield "most frequent training report", [most_frequent(reports)] * count
    yield "most central training report", [most_central(reports, seed)] * count
    yield "random training report", random_reports(reports, count, seed)


def _retrieval(
    config: EvaluateConfig,
    stem_file: Path,
    split: ScoredSplit,
    training: Sequence[Record],
    reports: list[str],
) -> Iterator[Named]:
    stem = load_stem(stem_file).frozen()
    paths = [film.path for record in (*training, *split.records) for film in record.views]
    films = open_films(paths, config.preprocess, config.runs / "cache")
    known = study_features(stem, training, films)
    asked = study_features(stem, split.records, films)
    neighbours = nearest(asked, known, NEIGHBOURS)
    yield "nearest study, adapted stem", retrieved(neighbours, reports, consensus=False)
    yield "consensus of 30, adapted stem", retrieved(neighbours, reports, consensus=True)


def _model_texts(config: EvaluateConfig, folder: Path, split: ScoredSplit) -> list[str]:
    stored = load_model(folder)
    stem = load_stem(folder / STEM).frozen()
    vocabulary = load_vocabulary(folder / TOKENIZER)
    paths = [film.path for record in split.records for film in record.views]
    films = open_films(paths, stored.preprocess, config.runs / "cache")
    features = open_features(stem, films, AugmentConfig(), crops=1, folder=config.runs / "cache")
    examples: list[StudyExample] = [
        example_of(record, vocabulary, films.rows) for record in split.records
    ]
    spec = replace(DecodingSpec(), beam=config.beam)
    return write_reports(stored.model(), examples, features, vocabulary, spec)


def _training(config: EvaluateConfig) -> tuple[Record, ...]:
    """The training studies, or none where they are not at hand."""
    try:
        return read_split(config.training, "train")
    except NotFoundError:
        _tell("no training split at hand: baselines from it and the unseen subset are left out")
        return ()


def _tell_count(done: int) -> None:
    if done % 20 == 0:
        _tell(f"{done} studies written")


def _tell(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
