"""Recipe: the model card and the figures in the bundle's manifest, from one evaluation.

`train card --summary RUN/summary.json` after `train evaluate`. Nothing is typed by hand: prose
stands in `docs/model-card.template.md`, figures come from the evaluation, which is kept beside the
card as `docs/evaluation.json`, so that anybody can make the same card again.
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


def run(config: CardConfig) -> Path:
    """Write card, evaluation and the manifest's figures; the card's path.

    Raises:
        BundleError: The bundle is damaged.
        DamagedFileError: The summary cannot be read.
        InputError: The evaluation is of another bundle, or the template asks for the impossible.
    """
    summary = rounded(read_summary(config.summary))
    manifest = verify_bundle(config.bundle)
    require_same_bundle(summary, manifest)
    complete = replace(manifest, metrics=manifest_metrics(summary, manifest))
    template = config.template.read_text(encoding="utf-8")
    card = render(template, summary, complete)
    write_manifest(config.bundle, complete)
    text = json.dumps(summary, indent=1, ensure_ascii=False)
    config.evaluation.write_text(text + "\n", encoding="utf-8")
    config.target.write_text(card, encoding="utf-8")
    return config.target


def rounded(value: Any) -> Any:
    """The same with floats of six digits: more would be noise, and card and file must agree."""
    if isinstance(value, float):
        return round(value, DIGITS)
    if isinstance(value, dict):
        return {key: rounded(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [rounded(inner) for inner in value]
    return value
