"""Labels by rule of the radiologists' own findings, scored as `train evaluate` does: the ceiling.

`python -m benchmarks.rule_label_ceiling [train|val|extra ...]`; by default val and extra, then both
together by category. Unlike `benchmarks.finding_labels` it scores the text that a generated report
is compared with: the findings alone, cleaned to lower-case words. Needs `data/iu_xray`.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from benchmarks.finding_labels import data_folder, print_table
from engine.language.findings import categories, chexpert_of
from training.data.iu_xray import read_split
from training.data.record import Record
from training.data.report_text import clean
from training.evaluate.label_metrics import (
    LabelScore,
    chexpert_table,
    coded_labels,
    heading_table,
    is_coded,
    label_table,
    rule_labels,
    score_label_tables,
)

TABLES = {"categories": label_table, "headings": heading_table, "CheXpert": chexpert_table}


def main() -> int:
    """Print the figures of each split, and the categories of all of them."""
    folder = data_folder()
    names = sys.argv[1:] or ("val", "extra")
    records: list[Record] = []
    for name in names:
        part = [r for r in read_split(folder, name) if is_coded(r.headings) and r.report.strip()]
        records += part
        _figures(name, part)
    found = [rule_labels(clean(record.report)) for record in records]
    true = [coded_labels(record.headings) for record in records]
    print(f"\n{' and '.join(names)}: {len(records)} studies, findings against human codes")
    print_table(categories(), found, true)
    print("\nthe same as CheXpert's categories")
    found14, true14 = [chexpert_of(row) for row in found], [chexpert_of(row) for row in true]
    print_table(sorted({name for row in found14 + true14 for name in row}), found14, true14)
    return 0


def _figures(name: str, records: Sequence[Record]) -> None:
    print(f"\n{name}: {len(records)} coded studies with findings")
    for grain, table in TABLES.items():
        found = table([rule_labels(clean(record.report)) for record in records])
        true = table([record.headings for record in records])
        print(f"{grain:12}" + _line(score_label_tables(found, true)))


def _line(score: LabelScore) -> str:
    averages = {
        "micro": (score.precision, score.recall, score.f1),
        "macro": (score.macro_precision, score.macro_recall, score.macro_f1),
        "example": (score.example_precision, score.example_recall, score.example_f1),
    }
    return "".join(
        f"  {name} " + " / ".join(f"{value:.3f}" for value in values)
        for name, values in averages.items()
    )


if __name__ == "__main__":
    raise SystemExit(main())
