"""The labels of report training: categories of the sentence reader, as targets and as prompt.

The label head is trained on the human codes of a study, in the categories that generated text is
scored in. The decoder's label prompt is what the *report* asserts: codes and words differ (a third
of the codes is not in the text), and a decoder prompted with codes learns to ignore them.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor

from engine.domain.bundle import NORMAL
from engine.language.findings import mesh_heading
from training.data.record import Record
from training.data.report_text import clean, without_marks
from training.evaluate.label_metrics import coded_labels, is_coded, rule_labels
from training.model.stored import STEM_HEAD
from training.objectives.labels import LabelVocabulary

NEVER = 1e9
"""A logit that no label reaches: "normal" is learnt but never in the prompt."""


def report_labels(records: Sequence[Record], min_studies: int) -> LabelVocabulary:
    """Categories coded in enough studies, and "normal" as the last."""
    counts = Counter(name for record in records for name in coded_labels(record.headings))
    frequent = sorted(name for name, count in counts.items() if count >= min_studies)
    return LabelVocabulary(names=(*frequent, NORMAL))


def coded_targets(records: Sequence[Record], labels: LabelVocabulary) -> tuple[Tensor, Tensor]:
    """Human codes and mask, both `(n, labels)` float32; a study that nobody coded is masked."""
    targets = np.zeros((len(records), len(labels)), dtype=np.float32)
    mask = np.zeros_like(targets)
    for row, record in enumerate(records):
        present = coded_labels(record.headings) | ({NORMAL} if record.is_normal else frozenset())
        targets[row] = [name in present for name in labels.names]
        mask[row] = is_coded(record.headings)
    return torch.from_numpy(targets * mask), torch.from_numpy(mask)


def prompt_labels(records: Sequence[Record], labels: LabelVocabulary) -> Tensor:
    """Labels that the report asserts, `(n, labels)` float32; "normal" is never among them."""
    asserted = [rule_labels(without_marks(clean(record.report))) for record in records]
    rows = [[name in names for name in labels.names] for names in asserted]
    return torch.tensor(rows, dtype=torch.float32)


def prompt_thresholds(labels: LabelVocabulary, probability: float) -> Tensor:
    """Logits above which a label goes into the prompt, `(labels,)`."""
    cut = float(np.log(probability / (1.0 - probability)))
    return torch.tensor([NEVER if name == NORMAL else cut for name in labels.names])


def stem_head_weights(stem: Path, labels: LabelVocabulary) -> dict[str, Tensor]:
    """The label head that stem adaptation wrote beside its stem, its outputs put in our order.

    Each category starts from the output of its MeSH heading; one without gets zero weights and the
    bias of a probability of 2 %.
    """
    weights = load_file(stem.with_name(STEM_HEAD))
    names = json.loads(stem.with_name("labels.json").read_text(encoding="utf-8"))
    rows = {name: row for row, name in enumerate(names)}
    last, bias = weights["6.weight"], weights["6.bias"]
    found_rows = [rows.get(name if name == NORMAL else mesh_heading(name)) for name in labels.names]
    zero, rare = torch.zeros_like(last[0]), torch.tensor(-3.9)
    weights["6.weight"] = torch.stack([zero if p is None else last[p] for p in found_rows])
    weights["6.bias"] = torch.stack([rare if p is None else bias[p] for p in found_rows])
    return weights
