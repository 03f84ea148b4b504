"""Which labels the decoder is told in training: those that the report itself affirms.

The human codes of a study and the words of its report differ (a third of the codes is not in the
text). A decoder that is told codes learns that it may pass over what it is told; told what the
text affirms, it learns to say it. Headings without words of their own keep the human code.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from training.data.record import Record
from training.data.report_text import clean, without_marks
from training.evaluate.label_metrics import HEADING_PHRASES, rule_labels
from training.objectives.labels import LabelVocabulary, study_labels


def told_labels(records: Sequence[Record], labels: LabelVocabulary) -> Tensor:
    """Labels `(n, labels)`, 1 where the decoder is told it, float32."""
    rows = np.stack([study_labels(record, labels).targets for record in records])
    worded = np.array([name in HEADING_PHRASES for name in labels.names])
    for row, record in zip(rows, records, strict=True):
        said = rule_labels(without_marks(clean(record.report)))
        row[worded] = [name in said for name in labels.names if name in HEADING_PHRASES]
    return torch.from_numpy(rows)
