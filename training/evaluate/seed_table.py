"""Figures of several seeds as one Markdown table: mean and 95 % interval of each."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence

COLUMNS = (
    ("BLEU-4", "all", "bleu_4"),
    ("ROUGE-L", "all", "rouge_l"),
    ("CIDEr", "all", "cider"),
    ("CIDEr, films shuffled", "shuffled", "cider"),
    ("label F1", "all", "label_f1"),
    ("example F1", "all", "label_example_f1"),
    ("label F1, abnormal", "abnormal", "label_f1"),
    ("distinct", "all", "distinct"),
    ("word loss", "all", "word_loss"),
    ("worth of the film", "all", "film_worth"),
)
STUDENT = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262)
"""97.5 % quantiles of Student's t for 1 to 9 degrees of freedom."""

Figures = Mapping[str, Mapping[str, float]]


def seed_table(rows: Mapping[str, Sequence[Figures]]) -> str:
    """A table with one row for each way of training.

    Args:
        rows: Figures of each seed, by subset and name, for each way. A way without figures is left
            out; a missing figure is a dash.
    """
    heads = ["", "seeds", *(title for title, _, _ in COLUMNS)]
    lines = [_line(heads), _line(["---", *["---:"] * (len(heads) - 1)])]
    for name, seeds in rows.items():
        if seeds:
            cells = [_cell(seeds, part, key) for _, part, key in COLUMNS]
            lines.append(_line([name, str(len(seeds)), *cells]))
    return "\n".join(lines) + "\n"


def _cell(seeds: Sequence[Figures], part: str, key: str) -> str:
    values = [run[part][key] for run in seeds if key in run.get(part, {})]
    return spread(values) if values else "–"


def spread(values: Sequence[float]) -> str:
    """Mean and half-width of Student's 95 % interval; the mean alone for a single seed.

    At most ten values.
    """
    digits = 0 if max(values) > 10 else 3
    mean = f"{statistics.fmean(values):.{digits}f}"
    if len(values) < 2:
        return mean
    half = STUDENT[len(values) - 2] * statistics.stdev(values) / len(values) ** 0.5
    return f"{mean} ± {half:.{digits}f}"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
