"""Figures about labels: ranking quality of predicted ones, and what generated text claims.

The text side is deliberately small: a word list per MeSH heading with a plain rule for negation,
scored against the human MeSH codes of the study. It is called rule-label F1 everywhere, and the
same figure of the radiologists' own reports is printed beside it as its ceiling.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.data.report_text import sentences

HEADING_PHRASES: dict[str, tuple[str, ...]] = {
    "Airspace Disease": ("airspace disease", "air space disease"),
    "Aorta": ("tortuous aorta", "aorta is tortuous", "tortuosity of the aorta", "ectatic aorta"),
    "Aorta, Thoracic": (
        "tortuous thoracic aorta",
        "thoracic aorta is tortuous",
        "thoracic aortic tortuosity",
    ),
    "Atherosclerosis": ("atherosclerotic", "atherosclerosis"),
    "Calcified Granuloma": ("calcified granuloma", "calcified granulomas", "calcified nodule"),
    "Cardiomegaly": (
        "cardiomegaly",
        "heart is enlarged",
        "heart size is enlarged",
        "enlarged heart",
        "heart is mildly enlarged",
        "heart size is mildly enlarged",
        "cardiac silhouette is enlarged",
        "cardiac silhouette is mildly enlarged",
        "cardiac enlargement",
        "enlarged cardiac silhouette",
    ),
    "Catheters, Indwelling": ("catheter", "picc", "port-a-cath", "central venous line"),
    "Cicatrix": ("scar", "scarring", "scars"),
    "Consolidation": ("consolidation", "consolidations"),
    "Emphysema": ("emphysema", "emphysematous"),
    "Fractures, Bone": ("fracture", "fractures"),
    "Granulomatous Disease": ("granulomatous disease", "granulomatous"),
    "Hernia, Hiatal": ("hiatal hernia",),
    "Infiltrate": ("infiltrate", "infiltrates"),
    "Nodule": ("nodule", "nodules"),
    "Opacity": ("opacity", "opacities"),
    "Osteophyte": ("osteophyte", "osteophytes"),
    "Pleural Effusion": ("pleural effusion", "pleural effusions", "effusion", "effusions"),
    "Pneumonia": ("pneumonia",),
    "Pneumothorax": ("pneumothorax",),
    "Pulmonary Atelectasis": ("atelectasis", "atelectatic"),
    "Pulmonary Congestion": ("vascular congestion", "pulmonary congestion"),
    "Pulmonary Disease, Chronic Obstructive": ("copd", "chronic obstructive"),
    "Pulmonary Edema": ("edema",),
    "Scoliosis": ("scoliosis",),
    "Spondylosis": ("spondylosis",),
    "Surgical Instruments": ("surgical clips", "sternotomy", "clips"),
    "Thoracic Vertebrae": ("degenerative changes", "degenerative change"),
    "Thickening": ("thickening",),
}

# Words that deny everything after them up to the end of the sentence or an exception.
_DENIAL = re.compile(r"\b(no|without|not|negative for|free of|clear of|absence of|resolved)\b")
_EXCEPTION = re.compile(r"\b(but|however|although|except|other than)\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelScore:
    """Micro-averaged precision, recall and F1 over studies and headings.

    Attributes:
        claimed: Headings claimed in all.
        macro_f1: Mean F1 of the headings with at least one coded study.
    """

    precision: float
    recall: float
    f1: float
    macro_f1: float
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
    """Headings that a cleaned text affirms, by word list and negation rule.

    "no pleural effusion" affirms nothing; "no effusion but mild cardiomegaly" affirms
    Cardiomegaly. Doubt ("may represent pneumonia") counts as affirmed.
    """
    found: set[str] = set()
    for sentence in sentences(cleaned):
        for clause in _EXCEPTION.split(sentence):
            denial = _DENIAL.search(clause)
            affirmed = clause if denial is None else clause[: denial.start()]
            found |= {heading for heading, pattern in _PATTERNS.items() if pattern.search(affirmed)}
    return frozenset(found)


def score_labels(claimed: Sequence[Iterable[str]], coded: Sequence[Iterable[str]]) -> LabelScore:
    """Claimed headings against coded ones, over the headings of the word list.

    Args:
        claimed: Headings of each generated text.
        coded: Human headings of each study; those without a word list are left out.
    """
    return score_label_tables(label_table(claimed), label_table(coded))


def label_table(rows: Sequence[Iterable[str]]) -> NDArray[np.bool_]:
    """`(n, headings)`: which headings of the word list each row names."""
    sets = [frozenset(row) for row in rows]
    return np.array([[name in row for name in HEADING_PHRASES] for row in sets], dtype=bool)


def score_label_tables(said: NDArray[np.bool_], true: NDArray[np.bool_]) -> LabelScore:
    """As `score_labels`, of two tables `(n, headings)`."""
    hits_each = (said & true).sum(axis=0)
    said_each, true_each = said.sum(axis=0), true.sum(axis=0)
    hits, claims, truths = int(hits_each.sum()), int(said_each.sum()), int(true_each.sum())
    occurring = true_each > 0
    macro = 2.0 * hits_each[occurring] / (said_each + true_each)[occurring]
    return LabelScore(
        precision=hits / claims if claims else 0.0,
        recall=hits / truths if truths else 0.0,
        f1=2.0 * hits / (claims + truths) if claims + truths else 0.0,
        macro_f1=float(macro.mean()) if macro.size else 0.0,
        claimed=claims,
    )


def _pattern(phrases: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(r"(?<![\w-])(" + "|".join(map(re.escape, phrases)) + r")(?![\w-])")


_PATTERNS = {heading: _pattern(phrases) for heading, phrases in HEADING_PHRASES.items()}
