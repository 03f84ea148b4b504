"""All figures of one way of writing reports: text overlap and labels, by subset, with intervals.

Every row is scored on all studies, on the abnormal ones and on those whose reference is no training
report.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.language.agreement import Figures, LabelScore, intervals, score_label_tables
from training.data.record import Record
from training.data.report_text import clean
from training.evaluate.label_metrics import (
    chexpert_table,
    heading_table,
    is_coded,
    label_table,
    rule_labels,
)
from training.evaluate.meteor import MeteorJar, meteor_of_counts
from training.evaluate.text_metrics import TextScores, bleu_counts, bleu_of_counts, score_texts

ALL, ABNORMAL, UNSEEN = "all", "abnormal", "reference not in training"
FEWEST_STUDIES = 5
MARGINS = ("bleu_4", "rouge_l", "cider", "label_f1", "label_example_f1")

LabelTables = Mapping[str, NDArray[np.bool_]]
_GRAINS = {"label": label_table, "heading": heading_table, "chexpert": chexpert_table}


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredSplit:
    """Studies to score, with their cleaned references.

    Attributes:
        records: Studies with a report.
        references: Cleaned, in the same order.
        subsets: Indices of the studies of each subset, by name.
        left_out: Ids of the studies without a report.
    """

    records: tuple[Record, ...]
    references: tuple[str, ...]
    subsets: dict[str, tuple[int, ...]]
    left_out: tuple[str, ...] = ()

    @property
    def uncoded(self) -> int:
        """Number of studies that nobody coded; they count for text and not for labels."""
        return sum(not is_coded(record.headings) for record in self.records)


def scored_split(records: Sequence[Record], training: Sequence[str]) -> ScoredSplit:
    """The studies of a split that can be scored, and their subsets.

    Args:
        records: The split; studies without a report are left out.
        training: Cleaned training reports; empty if they are not available.
    """
    pairs = [(record, clean(record.report)) for record in records]
    kept = [(record, text) for record, text in pairs if text]
    known = frozenset(training)
    abnormal = tuple(i for i, (record, _) in enumerate(kept) if is_abnormal(record))
    unseen = tuple(i for i, (_, text) in enumerate(kept) if text not in known)
    subsets = {ALL: tuple(range(len(kept))), ABNORMAL: abnormal}
    if training:
        subsets[UNSEEN] = unseen
    enough = {name: rows for name, rows in subsets.items() if len(rows) >= FEWEST_STUDIES}
    return ScoredSplit(
        records=tuple(record for record, _ in kept),
        references=tuple(text for _, text in kept),
        subsets={ALL: subsets[ALL], **enough} if kept else {},
        left_out=tuple(record.id for record, text in pairs if not text),
    )


def is_abnormal(record: Record) -> bool:
    """Whether the study was coded, and as something other than normal."""
    return is_coded(record.headings) and not record.is_normal


def score_row(
    split: ScoredSplit,
    texts: Sequence[str],
    *,
    jar: MeteorJar | None = None,
    resamples: int = 500,
    seed: int = 1,
) -> dict[str, dict[str, Any]]:
    """All figures of one way of writing reports, by subset.

    Args:
        split: The studies to score.
        texts: Cleaned and generated, in the split's order, once or several times over; with several
            texts a study is drawn with all of them, and the figures are over all.
        jar: For METEOR; None leaves it out.
        resamples: Bootstrap draws for the intervals; 0 for none.
        seed: Of the draws.
    """
    row = {}
    for name, indices in split.subsets.items():
        part = _part(split, texts, indices, jar)
        row[name] = part.figures()
        if resamples:
            count = len(indices)
            row[name]["intervals"] = intervals(
                part.resampled(), count, resamples=resamples, seed=seed
            )
    return row


def margins(
    split: ScoredSplit,
    texts: Sequence[str],
    others: Mapping[str, Sequence[str]],
    *,
    resamples: int = 500,
    seed: int = 1,
) -> list[dict[str, Any]]:
    """How far one way of writing reports is ahead of others, on the same drawn studies.

    Two intervals may overlap while one way is ahead in nearly every draw, since studies that are
    easy for one are easy for the other.

    Args:
        split: The studies to score.
        texts: Cleaned and generated, in the split's order.
        others: Texts of the other ways, by name.
        resamples: Bootstrap draws for the intervals.
        seed: Of the draws.

    Returns:
        For each subset and other way the difference of each figure and its 95 % interval, low and
        high.
    """
    found = []
    for subset, indices in split.subsets.items():
        own = _part(split, texts, indices).resampled()
        for name, theirs in others.items():
            other = _part(split, theirs, indices).resampled()

            def ahead(
                rows: NDArray[np.int64], own: Figures = own, other: Figures = other
            ) -> dict[str, float]:
                mine, yours = own(rows), other(rows)
                return {key: mine[key] - yours[key] for key in MARGINS if key in mine}

            count = len(indices)
            whole = ahead(np.arange(count))
            drawn = intervals(ahead, count, resamples=resamples, seed=seed)
            ways = {"studies": subset, "ahead of": name}
            found.append({**ways, **{key: [whole[key], *drawn[key]] for key in whole}})
    return found


def _part(
    split: ScoredSplit,
    texts: Sequence[str],
    indices: Sequence[int],
    jar: MeteorJar | None = None,
) -> _Part:
    times, rest = divmod(len(texts), len(split.records))
    if rest or not times:
        raise ValueError(f"{len(texts)} texts for {len(split.records)} studies")
    chosen = [texts[turn * len(split.records) + p] for turn in range(times) for p in indices]
    references = [split.references[place] for place in indices] * times
    return _Part(
        times=times,
        texts=chosen,
        references=references,
        scores=score_texts(chosen, references, meteor=False),
        codes=[split.records[place].headings for place in indices] * times,
        jar=jar,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """Texts of one subset, `times` per study, with what they are compared with."""

    times: int
    texts: list[str]
    references: list[str]
    scores: TextScores
    codes: list[tuple[str, ...]]
    jar: MeteorJar | None

    def figures(self) -> dict[str, Any]:
        scores = self.scores
        known = np.array([is_coded(codes) for codes in self.codes])
        asserted, true = self._tables()
        labels: dict[str, Any] = {}
        for grain in _GRAINS:
            labels |= _label_figures(
                grain, score_label_tables(asserted[grain][known], true[grain][known])
            )
        counts = self._meteor_counts()
        return {
            "studies": self._studies,
            "coded_studies": int(known.sum()) // self.times,
            **{f"bleu_{order}": value for order, value in enumerate(scores.bleu, start=1)},
            "meteor": None if counts is None else float(meteor_of_counts(counts.sum(axis=0))),
            "rouge_l": scores.rouge_l,
            "cider": scores.cider,
            **(labels if known.any() else dict.fromkeys(labels)),
            "labels_claimed": int(asserted["label"][known].sum()) / self.times,
            "distinct": len(set(self.texts)),
            "mean_words": float(np.mean([len(text.split()) for text in self.texts])),
        }

    def resampled(self) -> Figures:
        """The main figures as a function of the drawn studies."""
        scores = self.scores
        bleu, meteor = bleu_counts(self.texts, self.references), self._meteor_counts()
        asserted, true = self._tables()
        known = np.array([is_coded(codes) for codes in self.codes])
        turns = self._studies * np.arange(self.times)[:, None]

        def figures(studies: NDArray[np.int64]) -> dict[str, float]:
            rows = (turns + studies).ravel()
            bleus = bleu_of_counts(bleu[rows].sum(axis=0))
            found = {f"bleu_{order}": float(bleus[order - 1]) for order in (1, 2, 3, 4)}
            if meteor is not None:
                found["meteor"] = float(meteor_of_counts(meteor[rows].sum(axis=0)))
            found["rouge_l"] = float(scores.rouge_l_each[rows].mean())
            found["cider"] = float(scores.cider_each[rows].mean())
            coded = rows[known[rows]]
            for grain in ("label", "chexpert") if known.any() else ():
                score = score_label_tables(asserted[grain][coded], true[grain][coded])
                found |= _resampled_labels(grain, score)
            return found

        return figures

    @property
    def _studies(self) -> int:
        return len(self.texts) // self.times

    def _tables(self) -> tuple[LabelTables, LabelTables]:
        claimed = [rule_labels(text) for text in self.texts]
        asserted = {grain: table(claimed) for grain, table in _GRAINS.items()}
        true = {grain: table(self.codes) for grain, table in _GRAINS.items()}
        return asserted, true

    def _meteor_counts(self) -> NDArray[np.float64] | None:
        return None if self.jar is None else self.jar.counts(self.texts, self.references)


def _label_figures(grain: str, score: LabelScore) -> dict[str, float]:
    return {
        f"{grain}_precision": score.precision,
        f"{grain}_recall": score.recall,
        f"{grain}_f1": score.f1,
        f"{grain}_macro_precision": score.macro_precision,
        f"{grain}_macro_recall": score.macro_recall,
        f"{grain}_macro_f1": score.macro_f1,
        f"{grain}_example_precision": score.example_precision,
        f"{grain}_example_recall": score.example_recall,
        f"{grain}_example_f1": score.example_f1,
    }


def _resampled_labels(grain: str, score: LabelScore) -> dict[str, float]:
    """All label figures without the macro averages.

    Which labels occur changes from draw to draw, and with it what a macro average is over, so the
    draws would not surround the figure.
    """
    figures = _label_figures(grain, score)
    return {name: value for name, value in figures.items() if "_macro_" not in name}
