"""Figures about labels: ranking quality of predicted ones, and what generated text claims.

The text side is the product's own reader of sentences (`engine.report.findings`: a lexicon with
scopes of negation and doubt), scored against the human MeSH codes of the study in the lexicon's
categories. It is called rule-label F1 everywhere, and the same figure of the radiologists' own
reports is printed beside it as its ceiling. Measured in docs/findings.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from engine.report.findings import categories, chexpert_of, coded, labels, mesh_heading
from training.data.report_text import sentences

UNCODED = "No Indexing"
"""The code of a study that nobody coded: it says nothing about what the film shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelScore:
    """Precision, recall and F1 of claimed labels, averaged in three ways.

    Attributes:
        precision: Micro, over all pairs of study and label; so are `recall` and `f1`.
        macro_precision: Mean over the labels with at least one coded study (0 for a label that is
            never claimed); so are `macro_recall` and `macro_f1`.
        example_precision: Mean over studies; so are `example_recall` and `example_f1`. A study in
            which nothing is coded and nothing claimed counts 1, one with only one of both 0.
        claimed: Labels claimed in all.
    """

    precision: float
    recall: float
    f1: float
    macro_precision: float
    macro_recall: float
    macro_f1: float
    example_precision: float
    example_recall: float
    example_f1: float
    claimed: int


def auroc(scores: NDArray[np.floating], targets: NDArray[np.bool_]) -> float:
    """Area under the ROC curve: the chance that a positive scores above a negative, ties half.

    Args:
        scores: `(n,)`.
        targets: `(n,)`.

    Returns:
        In [0, 1]; NaN without a positive or without a negative.
    """
    positives = int(targets.sum())
    negatives = targets.size - positives
    if positives == 0 or negatives == 0:
        return float("nan")
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    mean_rank = np.cumsum(counts) - (counts - 1) / 2.0
    rank_sum = float(mean_rank[inverse][targets].sum())
    return (rank_sum - positives * (positives + 1) / 2.0) / (positives * negatives)


def rule_labels(cleaned: str) -> frozenset[str]:
    """Categories that a cleaned text affirms, as the product's reader of sentences sees it.

    "no pleural effusion" affirms nothing; "no effusion but mild cardiomegaly" affirms
    Cardiomegaly. Doubt counts where the human coders count it (`engine.report.findings.labels`).
    Each sentence is read once a process: generated reports repeat their sentences.
    """
    return frozenset[str]().union(*map(_sentence_labels, sentences(cleaned)))


def rule_headings(cleaned: str) -> frozenset[str]:
    """`rule_labels` as main MeSH headings, for label heads that are trained on bare headings.

    Of headings that coders use for one thing only the first is named: "Aorta" and not
    "Aorta, Thoracic". `worded_headings` has all that can be.
    """
    return frozenset(map(mesh_heading, rule_labels(cleaned)))


@cache
def worded_headings() -> frozenset[str]:
    """Every heading that `rule_headings` can name."""
    return frozenset(map(mesh_heading, categories()))


def coded_labels(codes: Iterable[str]) -> frozenset[str]:
    """Categories of a study's human codes as written (`Record.headings`)."""
    return frozenset[str]().union(*map(_code_labels, codes))


def is_coded(codes: Iterable[str]) -> bool:
    """Whether somebody coded the study: a normal one has the code "normal", not none."""
    names = frozenset(codes)
    return bool(names) and UNCODED not in names


def score_labels(claimed: Sequence[Iterable[str]], coded: Sequence[Iterable[str]]) -> LabelScore:
    """Claimed categories against coded ones.

    Args:
        claimed: `rule_labels` of each text.
        coded: Human codes of each study as written, or their categories. Bare headings work where
            a heading says enough: "Lung" without "hypoinflation" names no category.
    """
    return score_label_tables(label_table(claimed), label_table(coded))


def label_table(rows: Sequence[Iterable[str]]) -> NDArray[np.bool_]:
    """`(n, categories)`: which categories each row names, by their names or by human codes."""
    return _table([_named(row) for row in rows], categories())


def heading_table(rows: Sequence[Iterable[str]]) -> NDArray[np.bool_]:
    """As `label_table`, coarser: `(n, headings)`, the main MeSH heading of each category.

    Headings that coders use for one thing are one ("Aorta, Thoracic" is "Aorta").
    """
    names = tuple(dict.fromkeys(map(mesh_heading, categories())))
    return _table([frozenset(map(mesh_heading, _named(row))) for row in rows], names)


def chexpert_table(rows: Sequence[Iterable[str]]) -> NDArray[np.bool_]:
    """As `label_table`, in CheXpert's categories, "No Finding" among them: `(n, 14)`."""
    names = tuple(sorted(chexpert_of(categories()) | chexpert_of(())))
    return _table([chexpert_of(_named(row)) for row in rows], names)


def score_label_tables(said: NDArray[np.bool_], true: NDArray[np.bool_]) -> LabelScore:
    """As `score_labels`, of two tables `(n, labels)`."""
    by_label = _rates((said & true).sum(axis=0), said.sum(axis=0), true.sum(axis=0))
    by_study = _rates((said & true).sum(axis=1), said.sum(axis=1), true.sum(axis=1))
    both_empty = ~(said | true).any(axis=1)
    occurring = true.any(axis=0)
    micro = _rates((said & true).sum(), said.sum(), true.sum())
    macro = [_mean(rate[occurring]) for rate in by_label]
    example = [_mean(np.where(both_empty, 1.0, rate)) for rate in by_study]
    return LabelScore(
        precision=float(micro[0]),
        recall=float(micro[1]),
        f1=float(micro[2]),
        macro_precision=macro[0],
        macro_recall=macro[1],
        macro_f1=macro[2],
        example_precision=example[0],
        example_recall=example[1],
        example_f1=example[2],
        claimed=int(said.sum()),
    )


def by_category(
    claimed: Sequence[Iterable[str]], coded: Sequence[Iterable[str]], fewest: int
) -> list[dict[str, str | int | float | None]]:
    """Counts, precision and recall of each category with enough coded studies, commonest first.

    Args:
        claimed: As for `score_labels`.
        coded: As for `score_labels`.
        fewest: Coded studies that a category needs.
    """
    said, true = label_table(claimed), label_table(coded)
    rows: list[dict[str, str | int | float | None]] = []
    for place in np.argsort(-true.sum(axis=0), kind="stable"):
        both = int((said[:, place] & true[:, place]).sum())
        claims, truths = int(said[:, place].sum()), int(true[:, place].sum())
        if truths >= fewest:
            rows.append(
                {
                    "category": categories()[place],
                    "coded": truths,
                    "claimed": claims,
                    "both": both,
                    "precision": both / claims if claims else None,
                    "recall": both / truths,
                }
            )
    return rows


@lru_cache(maxsize=1 << 18)
def _sentence_labels(sentence: str) -> frozenset[str]:
    return labels(sentence)


@cache
def _code_labels(code: str) -> frozenset[str]:
    return coded((code,))


def _named(row: Iterable[str]) -> frozenset[str]:
    """Categories of names that are categories or human codes; others name none."""
    names = frozenset(row)
    return (names & frozenset(categories())) | coded_labels(names)


def _table(rows: Sequence[frozenset[str]], names: Sequence[str]) -> NDArray[np.bool_]:
    return np.array([[name in row for name in names] for row in rows], dtype=bool)


def _rates(hits: NDArray[np.int64], said: NDArray[np.int64], true: NDArray[np.int64]) -> _Rates:
    """Precision, recall and F1 of counts; 0 where there is nothing to divide by."""
    precision = hits / np.maximum(said, 1)
    recall = hits / np.maximum(true, 1)
    return precision, recall, 2.0 * hits / np.maximum(said + true, 1)


def _mean(values: NDArray[np.floating]) -> float:
    return float(values.mean()) if values.size else 0.0


_Rates = tuple[NDArray[np.floating], NDArray[np.floating], NDArray[np.floating]]
