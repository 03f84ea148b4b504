"""The model card: a template's prose around figures that come from files, none typed by hand.

The template has placeholders in double braces. `{{row: ROW | SUBSET | FIGURE}}` and
`{{section: SECTION | FIGURE}}` are figures of the evaluation, `{{manifest: FIELD}}` a field of the
bundle's manifest ("training.commit" for a nested one), `{{files}}` and its like whole tables.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from engine.domain.bundle import BundleManifest
from engine.domain.evidence import WINS_METRIC
from engine.errors import DamagedFileError, InputError
from training.evaluate.predict import bundle_identity
from training.evaluate.summary import plain, row_tables, section_table

ABSENT = "not measured"
FEWEST_TESTED = 30
"""Fewer tested sentences say nothing that the product may act on."""
MODEL_ROW, SHUFFLED_ROW = "bundle", "bundle, shuffled films"

_MARK = re.compile(r"\{\{(.+?)\}\}")
_FIGURES = (
    "bleu_1",
    "bleu_4",
    "meteor",
    "rouge_l",
    "cider",
    "label_precision",
    "label_recall",
    "label_f1",
    "label_macro_f1",
    "label_example_f1",
    "distinct",
)


def read_summary(path: Path) -> dict[str, Any]:
    """The `summary.json` of an evaluation of a bundle; raises `DamagedFileError`."""
    try:
        summary: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        is_usable = summary["rows"][MODEL_ROW]["all"] and summary["facts"]["bundle"]["sha256"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DamagedFileError(f"{path} is not the summary of a bundle's evaluation.") from error
    if not is_usable:
        raise DamagedFileError(f"{path} does not say which bundle was evaluated.")
    return summary


def require_same_bundle(summary: Mapping[str, Any], manifest: BundleManifest) -> None:
    """Raise `InputError` unless the evaluated bundle, files and search, is the manifest's."""
    if summary["facts"]["bundle"] != bundle_identity(manifest):
        raise InputError(
            "The evaluation is of another bundle than the one it shall describe.",
            what_to_do="Run train evaluate with this bundle first.",
        )


def manifest_metrics(summary: Mapping[str, Any], manifest: BundleManifest) -> dict[str, float]:
    """The manifest's figures: those of the export's parity check kept, all others replaced."""
    prefix = summary["facts"]["split"]
    own, other = (summary["rows"].get(name, {}) for name in (MODEL_ROW, SHUFFLED_ROW))
    found = {f"{prefix}_{name}": own["all"].get(name) for name in _FIGURES}
    found[f"{prefix}_studies"] = own["all"]["studies"]
    found[f"{prefix}_abnormal_label_f1"] = own.get("abnormal", {}).get("label_f1")
    found[f"{prefix}_cider_shuffled_films"] = other.get("all", {}).get("cider")
    found[f"{prefix}_label_f1_shuffled_films"] = other.get("all", {}).get("label_f1")
    # The product reads this figure to decide whether it draws cells; its name is fixed.
    evidence = summary["sections"].get("evidence", {})
    if evidence.get("sentences", 0) >= FEWEST_TESTED:
        found[WINS_METRIC] = evidence["wins"]
    kept = {name: value for name, value in manifest.metrics.items() if name.startswith("parity_")}
    return kept | {name: round(float(v), 4) for name, v in found.items() if v is not None}


def render(template: str, summary: Mapping[str, Any], manifest: BundleManifest) -> str:
    """The card.

    Args:
        template: Markdown with placeholders.
        summary: Of an evaluation of this bundle.
        manifest: With the metrics of the same evaluation.

    Raises:
        InputError: A placeholder is unknown.
    """
    tables = _tables(summary, manifest)

    def value(mark: re.Match[str]) -> str:
        kind, _, rest = mark[1].strip().partition(":")
        keys = [part.strip() for part in rest.split("|")]
        if kind == "row":
            return _inside(summary["rows"], keys)
        if kind == "best":
            return _best(summary["rows"], keys)
        if kind == "section":
            return _inside(summary["sections"], keys)
        if kind == "fact":
            return _inside(summary["facts"], keys)
        if kind == "manifest":
            return _inside(asdict(manifest), rest.strip().split("."), exact=True)
        if kind in tables:
            return "\n".join(tables[kind]())
        raise InputError(f"The model card's template asks for {mark[0]}, which has no meaning.")

    return _MARK.sub(value, template)


def _tables(
    summary: Mapping[str, Any], manifest: BundleManifest
) -> dict[str, Callable[[], Sequence[str]]]:
    name = f"**{manifest.bundle_id} {manifest.version}**"
    rows = {row.replace(MODEL_ROW, name): figures for row, figures in summary["rows"].items()}
    return {
        "files": lambda: [
            "| file | bytes | SHA-256 |",
            "|---|---|---|",
            *(f"| `{f.name}` | {f.size} | `{f.sha256}` |" for f in manifest.files),
        ],
        "metrics": lambda: _pairs(manifest.metrics),
        "training": lambda: _pairs(manifest.training),
        "rows": lambda: row_tables(rows, "###")[:-1],
        "sections": lambda: [
            line
            for section, figures in summary["sections"].items()
            for line in (f"### {section.capitalize()}", "", *section_table(figures), "")
        ][:-1],
        "notes": lambda: list(summary["notes"]),
    }


def _pairs(values: Mapping[str, object]) -> list[str]:
    return ["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in values.items())]


def _best(rows: Mapping[str, Any], keys: Sequence[str]) -> str:
    """The highest figure among the rows named in the first key, separated by semicolons."""
    names = (name.strip() for name in keys[0].split(";"))
    found = [rows.get(name, {}).get(keys[1], {}).get(keys[2]) for name in names]
    known = [figure for figure in found if figure is not None]
    return plain(max(known)) if known else ABSENT


def _inside(values: Mapping[str, Any], keys: Sequence[str], *, exact: bool = False) -> str:
    """A nested value, or `ABSENT` for what was not measured.

    Figures have three decimals, exact values three significant digits.
    """
    found: Any = values
    for key in keys:
        found = found.get(key) if isinstance(found, Mapping) else None
    if exact and isinstance(found, float):
        return f"{found:.3g}"
    return ABSENT if found is None else plain(found)
