"""All figures of an evaluation: one JSON file and one Markdown table.

Every row is one way of writing reports (a model, a baseline); every row is scored on all
studies, on the abnormal ones and on those whose reference is no training report.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from training.data.record import Record
from training.data.report_text import clean
from training.evaluate.intervals import interval
from training.evaluate.label_metrics import (
    is_coded,
    label_table,
    rule_labels,
    score_label_tables,
    score_labels,
)
from training.evaluate.text_metrics import (
    METEOR_ABSENT,
    bleu_counts,
    bleu_of_counts,
    has_java,
    score_texts,
)

PROTOCOL = (
    "References: findings cleaned as cmcrl.md 1.3, one per study, not truncated, rare words kept, "
    "no PTB tokenisation; sentences with removed words (xxxx) stay in the references. COCO "
    "scorers. Rule-label: categories that the product's sentence reader finds in the text, against "
    "the human MeSH codes; studies that nobody coded are left out of it. "
    "Intervals: 95 %, bootstrap over studies."
)
FEWEST_STUDIES = 5
COLUMNS = (
    ("B1", "bleu_1"),
    ("B2", "bleu_2"),
    ("B3", "bleu_3"),
    ("B4", "bleu_4"),
    ("METEOR", "meteor"),
    ("R-L", "rouge_l"),
    ("CIDEr", "cider"),
    ("label P", "label_precision"),
    ("label R", "label_recall"),
    ("label F1", "label_f1"),
    ("distinct", "distinct"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredSplit:
    """Studies that are scored, with their cleaned references.

    Attributes:
        records: Studies with a report.
        references: Cleaned, in the same order.
        subsets: Places of the studies of each subset, by name.
    """

    records: tuple[Record, ...]
    references: tuple[str, ...]
    subsets: dict[str, tuple[int, ...]]


def scored_split(records: Sequence[Record], training: Sequence[str]) -> ScoredSplit:
    """The studies of a split that can be scored, and their subsets.

    Args:
        records: The split; studies without report are left out.
        training: Cleaned training reports; empty if they are not at hand.
    """
    pairs = [(record, clean(record.report)) for record in records]
    kept = [(record, text) for record, text in pairs if text]
    known = frozenset(training)
    abnormal = tuple(i for i, (record, _) in enumerate(kept) if is_abnormal(record))
    unseen = tuple(i for i, (_, text) in enumerate(kept) if text not in known)
    subsets = {"all": tuple(range(len(kept))), "abnormal": abnormal}
    if training:
        subsets["reference not in training"] = unseen
    return ScoredSplit(
        records=tuple(record for record, _ in kept),
        references=tuple(text for _, text in kept),
        subsets={name: places for name, places in subsets.items() if len(places) >= FEWEST_STUDIES},
    )


def score_row(
    split: ScoredSplit, texts: Sequence[str], *, resamples: int = 500, seed: int = 1
) -> dict[str, dict[str, Any]]:
    """All figures of one way of writing reports, by subset.

    Args:
        split: What is scored.
        texts: Cleaned, generated, in the split's order.
        resamples: Bootstrap draws for the intervals on all studies; 0 for none.
        seed: Of the draws.
    """
    row = {}
    for name, places in split.subsets.items():
        part = [texts[place] for place in places]
        references = [split.references[place] for place in places]
        codes = [split.records[place].headings for place in places]
        row[name] = _figures(part, references, codes)
        if resamples and name == "all":
            row[name]["intervals"] = _intervals(part, references, codes, resamples, seed)
    return row


def is_abnormal(record: Record) -> bool:
    """Whether somebody coded the study, and as something else than normal."""
    return is_coded(record.headings) and not record.is_normal


def write_summary(
    folder: Path, rows: Mapping[str, Mapping[str, Mapping[str, Any]]], facts: Mapping[str, Any]
) -> Path:
    """Write `summary.json` and `summary.md`; the path of the latter.

    Args:
        folder: Created if needed.
        rows: By name of the row, then of the subset.
        facts: What was evaluated, on what.
    """
    folder.mkdir(parents=True, exist_ok=True)
    notes = [PROTOCOL] if has_java() else [PROTOCOL, METEOR_ABSENT]
    content = {"facts": dict(facts), "notes": notes, "rows": rows}
    text = json.dumps(content, indent=1, ensure_ascii=False)
    (folder / "summary.json").write_text(text + "\n", encoding="utf-8")
    table = folder / "summary.md"
    table.write_text(markdown(rows, facts, notes), encoding="utf-8")
    return table


def write_reports_file(folder: Path, name: str, split: ScoredSplit, texts: Sequence[str]) -> Path:
    """Write the texts of one row as JSON lines with study, reference and text; the path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"reports-{_file_name(name)}.jsonl"
    lines = [
        json.dumps({"id": record.id, "reference": reference, "text": text})
        for record, reference, text in zip(split.records, split.references, texts, strict=True)
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def markdown(
    rows: Mapping[str, Mapping[str, Mapping[str, Any]]],
    facts: Mapping[str, Any],
    notes: Sequence[str],
) -> str:
    """One table per subset, rows in the given order."""
    lines = ["# Evaluation", "", *(f"- {name}: {value}" for name, value in facts.items()), ""]
    lines += [line for note in notes for line in (note, "")]
    subsets = dict.fromkeys(subset for row in rows.values() for subset in row)
    for subset in subsets:
        count = max(row[subset]["studies"] for row in rows.values() if subset in row)
        lines += [f"## {subset} ({count} studies)", ""]
        lines.append("| output | " + " | ".join(title for title, _ in COLUMNS) + " |")
        lines.append("|---" * (len(COLUMNS) + 1) + "|")
        for name, row in rows.items():
            if subset in row:
                cells = [_cell(row[subset], key) for _, key in COLUMNS]
                lines.append(f"| {name} | " + " | ".join(cells) + " |")
        lines.append("")
    return "\n".join(lines)


def _figures(
    texts: Sequence[str], references: Sequence[str], codes: Sequence[Sequence[str]]
) -> dict[str, Any]:
    scores = score_texts(texts, references)
    places = [place for place, own in enumerate(codes) if is_coded(own)]
    labels = score_labels(
        [rule_labels(texts[place]) for place in places], [codes[place] for place in places]
    )
    return {
        "studies": len(texts),
        **{f"bleu_{order}": value for order, value in enumerate(scores.bleu, start=1)},
        "meteor": scores.meteor,
        "rouge_l": scores.rouge_l,
        "cider": scores.cider,
        "label_precision": labels.precision,
        "label_recall": labels.recall,
        "label_f1": labels.f1,
        "label_macro_f1": labels.macro_f1,
        "labels_claimed": labels.claimed,
        "distinct": len(set(texts)),
        "mean_words": float(np.mean([len(text.split()) for text in texts])),
    }


def _intervals(
    texts: Sequence[str],
    references: Sequence[str],
    codes: Sequence[Sequence[str]],
    resamples: int,
    seed: int,
) -> dict[str, tuple[float, float]]:
    scores = score_texts(texts, references, meteor=False)
    counts = bleu_counts(texts, references)
    said, true = label_table([rule_labels(text) for text in texts]), label_table(codes)
    known = np.array([is_coded(own) for own in codes])
    figures = {
        "bleu_1": lambda rows: float(bleu_of_counts(counts[rows].sum(axis=0))[0]),
        "bleu_4": lambda rows: float(bleu_of_counts(counts[rows].sum(axis=0))[3]),
        "rouge_l": lambda rows: float(scores.rouge_l_each[rows].mean()),
        "cider": lambda rows: float(scores.cider_each[rows].mean()),
        "label_f1": lambda rows: (
            score_label_tables(said[rows[known[rows]]], true[rows[known[rows]]]).f1
        ),
    }
    return {
        name: interval(figure, len(texts), resamples=resamples, seed=seed)
        for name, figure in figures.items()
    }


def _file_name(name: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in name.lower())


def _cell(figures: Mapping[str, Any], key: str) -> str:
    value = figures.get(key)
    if value is None:
        return "–"
    text = str(value) if isinstance(value, int) else _short(value)
    low_high = figures.get("intervals", {}).get(key)
    if low_high is None:
        return text
    return f"{text} [{_short(low_high[0])}, {_short(low_high[1])}]"


def _short(value: float) -> str:
    return f"{value:.3f}".removeprefix("0")
