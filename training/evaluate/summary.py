"""The files of an evaluation: `summary.json`, its Markdown tables and the written reports."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from training.evaluate.figures import ScoredSplit
from training.evaluate.meteor import METEOR_ABSENT

SUMMARY = "summary.json"
PROTOCOL = (
    "References: findings cleaned as cmcrl.md 1.3, one per study, not truncated, rare words kept, "
    "no PTB tokenisation; sentences with removed words (xxxx) stay in the references. COCO "
    "scorers. Rule-label: categories that the product's sentence reader finds in the text, against "
    "the human MeSH codes; studies that nobody coded are left out of it. A study in which nothing "
    "is coded and nothing claimed counts 1 in the example-based figures. Macro: labels with at "
    "least one coded study. Intervals: 95 %, bootstrap over studies."
)
TEXT_COLUMNS = (
    ("B1", "bleu_1"),
    ("B2", "bleu_2"),
    ("B3", "bleu_3"),
    ("B4", "bleu_4"),
    ("METEOR", "meteor"),
    ("R-L", "rouge_l"),
    ("CIDEr", "cider"),
    ("distinct", "distinct"),
    ("words", "mean_words"),
)
LABEL_COLUMNS = (
    ("micro P", "label_precision"),
    ("micro R", "label_recall"),
    ("micro F1", "label_f1"),
    ("macro P", "label_macro_precision"),
    ("macro R", "label_macro_recall"),
    ("macro F1", "label_macro_f1"),
    ("example P", "label_example_precision"),
    ("example R", "label_example_recall"),
    ("example F1", "label_example_f1"),
    ("CheXpert micro F1", "chexpert_f1"),
    ("CheXpert macro F1", "chexpert_macro_f1"),
)

Rows = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""Figures by name of the row, then of the subset."""
Sections = Mapping[str, Mapping[str, Any]]
"""Further measurements of a bundle by name, each a table of plain values."""


def write_summary(
    folder: Path, rows: Rows, facts: Mapping[str, Any], sections: Sections | None = None
) -> Path:
    """Write `summary.json` and `summary.md`; returns the path of the latter.

    Args:
        folder: Created if needed.
        rows: Figures of each way of writing reports.
        facts: What was evaluated, and on what.
        sections: Further measurements.
    """
    folder.mkdir(parents=True, exist_ok=True)
    has_meteor = any(
        figures["meteor"] is not None for row in rows.values() for figures in row.values()
    )
    content = {
        "facts": dict(facts),
        "notes": [PROTOCOL] if has_meteor else [PROTOCOL, METEOR_ABSENT],
        "rows": rows,
        "sections": dict(sections or {}),
    }
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
    (folder / SUMMARY).write_text(text + "\n", encoding="utf-8")
    table = folder / "summary.md"
    table.write_text(markdown(content), encoding="utf-8")
    return table


def write_reports_file(folder: Path, name: str, split: ScoredSplit, texts: Sequence[str]) -> Path:
    """Write the texts of one row as JSON lines with study, reference and text; returns the path.

    If there are several texts per study, the first one of each is written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    first = texts[: len(split.records)]
    path = folder / f"reports-{_file_name(name)}.jsonl"
    lines = [
        json.dumps({"id": record.id, "reference": reference, "text": text})
        for record, reference, text in zip(split.records, split.references, first, strict=True)
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def markdown(summary: Mapping[str, Any]) -> str:
    """The whole summary as Markdown."""
    facts = [
        f"- {name.replace('_', ' ')}: {plain(value)}"
        for name, value in summary["facts"].items()
        if not isinstance(value, dict)
    ]
    notes = [line for note in summary["notes"] for line in (note, "")]
    lines = ["# Evaluation", "", *facts, "", *notes, *row_tables(summary["rows"])]
    for name, section in summary["sections"].items():
        lines += [f"## {name}", "", *section_table(section), ""]
    return "\n".join(lines)


def row_tables(rows: Rows, level: str = "##") -> list[str]:
    """Lines of two tables for each subset, text and labels, rows in the given order."""
    lines: list[str] = []
    for subset in dict.fromkeys(subset for row in rows.values() for subset in row):
        part = {name: row[subset] for name, row in rows.items() if subset in row}
        first = next(iter(part.values()))
        lines += [f"{level} {subset} ({first['studies']} studies)", ""]
        lines += [*_table(part, TEXT_COLUMNS), ""]
        lines += [f"Rule labels, {first['coded_studies']} coded studies:", ""]
        lines += [*_table(part, LABEL_COLUMNS), ""]
    return lines


def section_table(section: Mapping[str, Any]) -> list[str]:
    """Lines of a table of plain values; lists of records become tables of their own."""
    tables = {name: value for name, value in section.items() if _is_records(value)}
    lines = ["| | |", "|---|---|"] if len(tables) < len(section) else []
    lines += [
        f"| {name.replace('_', ' ')} | {plain(value)} |"
        for name, value in section.items()
        if name not in tables
    ]
    for name, records in tables.items():
        lines += ["", f"{name.replace('_', ' ').capitalize()}:", ""] if lines else []
        lines += ["| " + " | ".join(key.replace("_", " ") for key in records[0]) + " |"]
        lines += ["|---" * len(records[0]) + "|"]
        lines += ["| " + " | ".join(map(plain, record.values())) + " |" for record in records]
    return lines


def _table(rows: Mapping[str, Mapping[str, Any]], columns: Iterable[tuple[str, str]]) -> list[str]:
    titles, keys = zip(*columns, strict=True)
    return [
        "| output | " + " | ".join(titles) + " |",
        "|---" * (len(titles) + 1) + "|",
        *(
            f"| {name} | " + " | ".join(_cell(figures, key) for key in keys) + " |"
            for name, figures in rows.items()
        ),
    ]


def _is_records(value: object) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def plain(value: object) -> str:
    """A value as printed in a table: three decimals, a dash if it was not measured."""
    if value is None:
        return "–"
    if isinstance(value, float):
        return _short(value)
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(plain, value)) + "]"
    return str(value)


def _file_name(name: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in name.lower())


def _cell(figures: Mapping[str, Any], key: str) -> str:
    value = figures.get(key)
    text = plain(value) if key != "mean_words" else f"{value:.1f}"
    low_high = figures.get("intervals", {}).get(key)
    if low_high is None:
        return text
    return f"{text} [{_short(low_high[0])}, {_short(low_high[1])}]"


def _short(value: float) -> str:
    text = f"{value:.3f}"
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text
