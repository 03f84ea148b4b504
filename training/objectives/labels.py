"""Multi-label training targets over several data sets, and their masked loss.

The labels are the MeSH headings with enough training studies, the further labels of ChestX-ray14,
COVID-19 and "normal". A data set says nothing about labels that it does not code: those are masked
out of the loss instead of counting as absent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from engine.domain.bundle import NORMAL
from training.data.record import LabelledFilm, Record

COVID = "COVID-19"
UNUSABLE_HEADINGS = frozenset({"No Indexing"})
"""A heading that says that nobody coded the study."""

NIH_HEADINGS = {
    "Atelectasis": "Pulmonary Atelectasis",
    "Cardiomegaly": "Cardiomegaly",
    "Consolidation": "Consolidation",
    "Edema": "Pulmonary Edema",
    "Effusion": "Pleural Effusion",
    "Emphysema": "Emphysema",
    "Fibrosis": "Pulmonary Fibrosis",
    "Hernia": "Hernia, Hiatal",
    "Infiltration": "Infiltrate",
    "Mass": "Mass",
    "Nodule": "Nodule",
    "Pleural_Thickening": "Thickening",
    "Pneumonia": "Pneumonia",
    "Pneumothorax": "Pneumothorax",
}
"""The 14 labels of ChestX-ray14 as MeSH headings."""

UNCLEAR_COVID_LABELS = frozenset({"todo", "Unknown"})


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelVocabulary:
    """Names of the labels, in the order of the outputs."""

    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.names)

    def row(self, present: Iterable[str], coded: Iterable[str]) -> LabelRow:
        """Targets of one film: `present` are 1, the rest of `coded` 0, all others masked."""
        wanted, known = frozenset(present), frozenset(coded)
        return LabelRow(
            targets=np.array([name in wanted for name in self.names], dtype=np.float32),
            mask=np.array([name in known or name in wanted for name in self.names]),
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LabelRow:
    """Targets `(labels,)` float32 and mask `(labels,)` bool, True where the label is coded."""

    targets: NDArray[np.float32]
    mask: NDArray[np.bool_]


def build_labels(records: Sequence[Record], min_studies: int) -> LabelVocabulary:
    """Labels from the training studies: frequent headings, then NIH's others, COVID, normal."""
    counts = Counter(heading for record in records for heading in record.main_headings)
    headings = sorted(
        name
        for name, count in counts.items()
        if count >= min_studies and name not in UNUSABLE_HEADINGS
    )
    others = sorted(set(NIH_HEADINGS.values()) - set(headings))
    return LabelVocabulary(names=(*headings, *others, COVID, NORMAL))


def study_labels(record: Record, labels: LabelVocabulary) -> LabelRow:
    """Targets of a coded study: every heading and "normal" are coded, COVID-19 is not.

    A study that nobody coded is masked entirely.
    """
    if not record.headings or record.main_headings & UNUSABLE_HEADINGS:
        return labels.row((), ())
    present = {NORMAL} if record.is_normal else record.main_headings
    return labels.row(present & frozenset(labels.names), frozenset(labels.names) - {COVID})


def film_labels(film: LabelledFilm, labels: LabelVocabulary) -> LabelRow:
    """Targets of a film of one of the label data sets."""
    if film.source == "nih":
        present = {NIH_HEADINGS[name] for name in film.labels} or {NORMAL}
        return labels.row(present, {*NIH_HEADINGS.values(), NORMAL})
    if film.source == "paediatric":
        return labels.row({"Pneumonia"} if film.labels else {NORMAL}, {"Pneumonia", NORMAL})
    return _covid_labels(film, labels)


def masked_loss(logits: Tensor, targets: Tensor, mask: Tensor) -> Tensor:
    """Binary cross-entropy averaged over the coded labels of the batch.

    Args:
        logits: `(B, labels)`.
        targets: `(B, labels)` 0 or 1.
        mask: `(B, labels)` 1 where coded.

    Returns:
        Scalar, natural logarithm; 0 if nothing in the batch is coded.
    """
    losses = functional.binary_cross_entropy_with_logits(logits, targets, reduction="none")
    return (losses * mask).sum() / mask.sum().clamp(min=1.0)


def _covid_labels(film: LabelledFilm, labels: LabelVocabulary) -> LabelRow:
    found = frozenset(film.labels) - {"No Finding"}
    if found & UNCLEAR_COVID_LABELS or not film.labels:
        return labels.row((), ())
    if not found:
        return labels.row({NORMAL}, {COVID, NORMAL})
    return labels.row({COVID} & found, {COVID, NORMAL})
