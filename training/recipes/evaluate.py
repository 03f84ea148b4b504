"""Recipe: the figures of a model beside those of the baselines, on any split of that format.

A bundle is evaluated as the product runs it, from picture file to sentences; a kept model through
the same beam search in PyTorch. A row with the model's own reports assigned to other studies shows
what is left when the films are not looked at (cmcrl.md 7, pitfall 1).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from engine.errors import DamagedFileError, NotFoundError
from engine.inference.generated import Generated
from engine.language.agreement import SHUFFLES
from training.config import AugmentConfig, EvaluateConfig
from training.data.dataset import StudyExample, example_of
from training.data.films import open_films
from training.data.picture import film_samples
from training.data.record import Record
from training.data.report_text import clean
from training.data.studies import read_split
from training.data.vocabulary import load_vocabulary
from training.evaluate.baselines import (
    CONSTANTS,
    NEIGHBOURS,
    most_central,
    most_frequent,
    nearest,
    random_reports,
    retrieved,
    shuffled,
    study_features,
)
from training.evaluate.calibration import calibration, judged
from training.evaluate.figures import ScoredSplit, margins, score_row, scored_split
from training.evaluate.grounding import grounding, tested_drafts
from training.evaluate.label_metrics import by_category, is_coded, rule_labels
from training.evaluate.laterality import laterality
from training.evaluate.meteor import MeteorJar, has_java
from training.evaluate.predict import bundle_identity, cleaned_text, drafts, open_bundle
from training.evaluate.summary import write_reports_file, write_summary
from training.model.stem_file import read_stem
from training.model.stored import STEM, TOKENIZER, load_model
from training.recipes.film_features import open_features
from training.recipes.written_validation import write_reports

MAP_SPLIT = "extra"
"""Split on which the confidence map is fitted: never the one that is evaluated."""

PAPER_BEAMS = 3
"""Beams of the paper's search (cmcrl.md 5.1), scored beside draws."""

FEWEST_CODED = 5
"""Minimum number of coded studies for a category's recall to be given."""

Named = tuple[str, list[str]]


def run(config: EvaluateConfig) -> Path:
    """Score everything that was requested; returns the path of the Markdown table.

    Raises:
        NotFoundError: There is no such split.
        DamagedFileError: No study of the split has a report, or a film cannot be read.
        BundleError: The bundle is damaged.
    """
    torch.set_num_threads(config.threads)
    training = _training(config)
    reports = [text for text in (clean(record.report) for record in training) if text]
    whole = read_split(config.data, config.split)
    split = scored_split(whole[: config.studies or len(whole)], reports)
    if not split.records:
        raise DamagedFileError(f"No study of {config.split} has a report to compare with.")
    out = config.out or config.runs / f"evaluate-{datetime.now(UTC):%Y%m%d-%H%M%S}"
    # What cannot be read or written must fail before the hours of writing reports, not after.
    out.mkdir(parents=True, exist_ok=True)
    for record in split.records:
        for film in record.views:
            film_samples(film.path)
    facts: dict[str, Any] = {
        "split": config.split,
        "studies": len(split.records),
        "studies_of_split": len(whole),
        "studies_without_report": len(split.left_out),
        "studies_nobody_coded": split.uncoded,
        "seed": config.seed,
        "bootstrap_draws": config.resamples,
    }
    sections: dict[str, dict[str, Any]] = {}
    rows, written = {}, {}
    with MeteorJar() if has_java() else nullcontext() as jar:
        for name, texts in _rows(config, split, training, facts, sections):
            write_reports_file(out, name, split, texts)
            written[name] = texts
            rows[name] = score_row(
                split, texts, jar=jar, resamples=config.resamples, seed=config.seed
            )
            _print_line(f"{name}: scored")
    sections |= _margins(config, split, written)
    return write_summary(out, rows, facts, sections)


def _rows(
    config: EvaluateConfig,
    split: ScoredSplit,
    training: Sequence[Record],
    facts: dict[str, Any],
    sections: dict[str, dict[str, Any]],
) -> Iterator[Named]:
    """Every way of writing reports; the reference comes first, as the ceiling of the rule labels.

    What becomes known about the bundle on the way is added to `facts` and `sections`.
    """
    with_report = [record for record in training if clean(record.report)]
    reports = [clean(record.report) for record in with_report]
    yield "reference", list(split.references)
    if config.baselines:
        yield from _constants(reports, len(split.records), config.seed)
    if config.stem is not None and with_report:
        yield from _retrieval(config, config.stem, split, with_report, reports)
    if config.model is not None:
        yield from _with_shuffle("model", _model_texts(config, config.model, split), config.seed)
    if config.bundle is not None:
        yield from _bundle_rows(config, config.bundle, split, facts, sections)


def _bundle_rows(
    config: EvaluateConfig,
    folder: Path,
    split: ScoredSplit,
    facts: dict[str, Any],
    sections: dict[str, dict[str, Any]],
) -> Iterator[Named]:
    generator = open_bundle(folder)
    facts["bundle"] = bundle_identity(generator.manifest)
    explained = min(config.explained_studies, len(split.records))
    written = tested_drafts(generator, split.records[:explained], _print_count)
    facts["studies_explained"] = explained
    sections["evidence"] = grounding(written, resamples=config.resamples, seed=config.seed)
    written += drafts(generator, split.records[explained:], on_done=_print_count)
    texts = [cleaned_text(draft) for draft in written]
    yield from _with_shuffle("bundle", texts, config.seed)
    sections["labels by category"] = {"categories": _by_category(texts, split)}
    sections["laterality"] = laterality(texts, split.references)
    fitted_on, others = _other_drafts(config, folder)
    confidence = calibration(judged(written, split.records), judged(others, fitted_on))
    sections |= {f"confidence, {kind}": figures for kind, figures in confidence.items()}
    facts["studies_of_confidence_map"] = len(fitted_on)
    decoding = generator.manifest.decoding
    if decoding.assembly is not None:
        yield "bundle, most central draw", _searched(folder, split, assembly=None)
    if decoding.draws:
        name = f"bundle, beam {PAPER_BEAMS}"
        yield name, _searched(folder, split, beam=PAPER_BEAMS, draws=0, assembly=None)
    if decoding.draws or decoding.beam > 1:
        yield "bundle, greedy", _searched(folder, split, beam=1, draws=0, assembly=None)


def _margins(
    config: EvaluateConfig, split: ScoredSplit, written: dict[str, list[str]]
) -> dict[str, dict[str, Any]]:
    """How far the model is ahead of every other way, if intervals were requested."""
    own = next((name for name in ("bundle", "model") if name in written), None)
    if own is None or not config.resamples:
        return {}
    others = {name: texts for name, texts in written.items() if name not in {own, "reference"}}
    ahead = margins(split, written[own], others, resamples=config.resamples, seed=config.seed)
    return {"margins": {"margins": ahead}}


def _searched(folder: Path, split: ScoredSplit, **search: object) -> list[str]:
    """What the bundle writes with another search than its own."""
    written = drafts(open_bundle(folder, **search), split.records, on_done=_print_count)
    return [cleaned_text(draft) for draft in written]


def _by_category(texts: Sequence[str], split: ScoredSplit) -> list[dict[str, Any]]:
    pairs = [
        (rule_labels(text), record.headings)
        for text, record in zip(texts, split.records, strict=True)
        if is_coded(record.headings)
    ]
    asserted, codes = [one for one, _ in pairs], [other for _, other in pairs]
    return by_category(asserted, codes, FEWEST_CODED) if pairs else []


def _other_drafts(
    config: EvaluateConfig, folder: Path
) -> tuple[Sequence[Record], Sequence[Generated]]:
    """Coded studies outside the evaluated split, and what the bundle writes about them."""
    try:
        records = read_split(config.training, MAP_SPLIT)
    except NotFoundError:
        records = ()
    if config.split == MAP_SPLIT:
        records = ()
    chosen = [record for record in records if is_coded(record.headings) and record.report.strip()]
    chosen = chosen[: config.calibration_studies]
    return chosen, drafts(open_bundle(folder), chosen, on_done=_print_count)


def _with_shuffle(name: str, texts: list[str], seed: int) -> Iterator[Named]:
    yield name, texts
    yield f"{name}, shuffled films", shuffled(texts, seed, times=SHUFFLES)


def _constants(reports: list[str], count: int, seed: int) -> Iterator[Named]:
    yield from ((name, [text] * count) for name, text in CONSTANTS.items())
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
    stem = read_stem(stem_file).frozen()
    paths = [film.path for record in (*training, *split.records) for film in record.views]
    films = open_films(paths, config.preprocess, config.runs / "cache")
    known = study_features(stem, training, films)
    asked = study_features(stem, split.records, films)
    neighbours = nearest(asked, known, NEIGHBOURS)
    yield "nearest study, adapted stem", retrieved(neighbours, reports, consensus=False)
    yield "consensus of 30, adapted stem", retrieved(neighbours, reports, consensus=True)


def _model_texts(config: EvaluateConfig, folder: Path, split: ScoredSplit) -> list[str]:
    stored = load_model(folder)
    stem = read_stem(folder / STEM).frozen()
    vocabulary = load_vocabulary(folder / TOKENIZER)
    paths = [film.path for record in split.records for film in record.views]
    films = open_films(paths, stored.preprocess, config.runs / "cache")
    features = open_features(stem, films, AugmentConfig(), crops=1, folder=config.runs / "cache")
    examples: list[StudyExample] = [
        example_of(record, vocabulary, films.rows, most_views=stored.writing.most_views)
        for record in split.records
    ]
    spec = stored.writing.decoding(config.beam)
    return write_reports(stored.model(), examples, features, vocabulary, spec)


def _training(config: EvaluateConfig) -> tuple[Record, ...]:
    """The training studies; empty if they are not available."""
    try:
        return read_split(config.training, "train")
    except NotFoundError:
        _print_line("no training split at hand: what rests on it is left out")
        return ()


def _print_count(done: int) -> None:
    if done % 20 == 0:
        _print_line(f"{done} studies written")


def _print_line(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
