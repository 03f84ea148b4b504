"""Recipe: the model card and the figures in the bundle's manifest, from one evaluation.

`train card --summary RUN/summary.json` after `train evaluate`. Nothing is typed by hand: the prose
is in `docs/model-card.template.md` and `docs/evaluation.template.md`, the figures come from the
evaluation, which is kept beside them as `docs/evaluation.json`, so that anybody can make the same
pages again.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.inference.manifest import verify_bundle, write_manifest
from training.config import CardConfig
from training.evaluate.model_card import (
    manifest_metrics,
    read_summary,
    render,
    require_same_bundle,
)

DIGITS = 6
TEMPLATE = ".template.md"


def run(config: CardConfig) -> Path:
    """Write the pages, the evaluation and the manifest's figures; returns the pages' folder.

    Raises:
        BundleError: The bundle is damaged.
        DamagedFileError: The summary cannot be read.
        InputError: The evaluation is of another bundle, or a template has an unknown placeholder.
    """
    summary = rounded(read_summary(config.summary))
    manifest = verify_bundle(config.bundle)
    require_same_bundle(summary, manifest)
    complete = replace(manifest, metrics=manifest_metrics(summary, manifest))
    pages = {
        path.with_name(path.name.replace(TEMPLATE, ".md")): render(
            path.read_text(encoding="utf-8"), summary, complete
        )
        for path in sorted(config.documents.glob(f"*{TEMPLATE}"))
    }
    write_manifest(config.bundle, complete)
    text = json.dumps(summary, indent=1, ensure_ascii=False)
    (config.documents / "evaluation.json").write_text(text + "\n", encoding="utf-8")
    for path, page in pages.items():
        path.write_text(page, encoding="utf-8")
    return config.documents


def rounded(value: Any) -> Any:
    """The same with floats rounded to six decimals: more is noise, and card and file must agree."""
    if isinstance(value, float):
        return round(value, DIGITS)
    if isinstance(value, dict):
        return {key: rounded(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [rounded(inner) for inner in value]
    return value
