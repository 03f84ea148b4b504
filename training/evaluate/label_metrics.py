"""Figures about labels: ranking quality of predicted labels, and what generated text asserts.

The text side is the product's own sentence reader (`engine.language.findings`: a lexicon with
scopes of negation and doubt), scored against the study's human MeSH codes in the lexicon's
categories. It is called rule-label F1 everywhere, and the figure of the radiologists' own reports
is printed beside it as its ceiling. Measured in docs/findings.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from engine.language.agreement import LabelScore, label_rows, score_label_tables
from engine.language.findings import categories, chexpert_of, coded, labels, mesh_heading
from training.data.report_text import sentences

UNCODED = "No Indexing"
"""The code of a study that nobody coded: it says nothing about the film."""


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
    """Categories that a cleaned text asserts, by the product's sentence reader.

    "no pleural effusion" asserts nothing; "no effusion but mild cardiomegaly" asserts Cardiomegaly.
    Doubt counts where the human coders count it (`engine.language.findings.labels`). Each distinct
    sentence is read once per process, since generated reports repeat their sentences.
    """
    return frozenset[str]().union(*map(_sentence_labels, sentences(cleaned)))


def coded_labels(codes: Iterable[str]) -> frozenset[str]:
    """Categories of a study's human codes as written (`Record.headings`)."""
    return frozenset[str]().union(*map(_code_labels, codes))


def is_coded(codes: Iterable[str]) -> bool:
    """Whether the study was coded: a normal one has the code "normal", not none."""
    names = frozenset(codes)
    return bool(names) and UNCODED not in names


def score_labels(claimed: Sequence[Iterable[str]], coded: Sequence[Iterable[str]]) -> LabelScore:
    """Asserted categories against coded ones.

    Args:
        claimed: `rule_labels` of each text.
        coded: Human codes of each study as written, or their categories. A bare heading works if it
            is specific enough: "Lung" without "hypoinflation" is no category.
    """
    return score_label_tables(label_table(claimed), label_table(coded))


def label_table(rows: Sequence[Iterable[str]]) -> NDArray[np.bool_]:
    """`(n, categories)`: the categories of each row, given by name or by human code."""
    return label_rows([_named(row) for row in rows], categories())


def heading_table(rows: Sequence[Iterable[str]]) -> NDArray[np.bool_]:
    """Like `label_table`, but coarser: `(n, headings)`, the main MeSH heading of each category.

    Headings that coders use for the same thing are one ("Aorta, Thoracic" is "Aorta").
    """
    names = tuple(dict.fromkeys(map(mesh_heading, categories())))
    return label_rows([frozenset(map(mesh_heading, _named(row))) for row in rows], names)


def chexpert_table(rows: Sequence[Iterable[str]]) -> NDArray[np.bool_]:
    """Like `label_table`, in CheXpert's categories, "No Finding" among them: `(n, 14)`."""
    names = tuple(sorted(chexpert_of(categories()) | chexpert_of(())))
    return label_rows([chexpert_of(_named(row)) for row in rows], names)


def by_category(
    claimed: Sequence[Iterable[str]], coded: Sequence[Iterable[str]], fewest: int
) -> list[dict[str, str | int | float | None]]:
    """Counts, precision and recall of each category with enough coded studies, commonest first.

    Args:
        claimed: As for `score_labels`.
        coded: As for `score_labels`.
        fewest: Minimum number of coded studies of a category.
    """
    asserted, true = label_table(claimed), label_table(coded)
    rows: list[dict[str, str | int | float | None]] = []
    for index in np.argsort(-true.sum(axis=0), kind="stable"):
        both = int((asserted[:, index] & true[:, index]).sum())
        claims, truths = int(asserted[:, index].sum()), int(true[:, index].sum())
        if truths >= fewest:
            rows.append(
                {
                    "category": categories()[index],
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
    """Categories of names that are categories or human codes; other names have none."""
    names = frozenset(row)
    return (names & frozenset(categories())) | coded_labels(names)
