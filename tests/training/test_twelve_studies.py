"""Every verb of docs/training.md, in its order, on a hospital's folder of twelve studies."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from testkit.tiny_iu_xray import study, write_split

from engine.inference.manifest import read_manifest
from training.cli import main

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1800),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:onnxscript.*"),
]

SIZES = {
    "width": 16,
    "heads": 2,
    "feed_forward": 16,
    "encoder_layers": 1,
    "decoder_layers": 1,
    "token_pool": 2,
    "local_per_head": 2,
    "global_head_width": 4,
}
SAID = {"licence": "Of Hospital A only.", "intended_use": "Trials in Hospital A."}


def train(verb: str, *words: object, **settings: object) -> None:
    """Run one verb; it must succeed."""
    options = [w for name, value in settings.items() for w in (f"--{name}", value)]
    assert main([verb, *map(str, (*words, *options))]) == 0


def test_the_stages_run_in_the_order_of_the_guide(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.evaluate.meteor.shutil.which", lambda _name: None)
    data, runs = tmp_path / "data", tmp_path / "runs"
    for split, first, count in (("train", 0, 8), ("val", 100, 2), ("test", 200, 2)):
        write_split(data / "iu_xray", split, [study(first + n) for n in range(count)])
    monkeypatch.setenv("NEGATOSCOPE_DATA", str(data))
    monkeypatch.setenv("NEGATOSCOPE_RUNS", str(runs))
    sizes = {f"model.{name}": value for name, value in SIZES.items()}
    small = {"min_count": 1, "batch_size": 4, "epochs": 1, **sizes}

    train("prepare", min_count=1)
    train("adapt-stem", name="stem", passes=1, batch_size=4, min_studies=1, frozen_blocks=4)
    stem = runs / "stem" / "stem.safetensors"
    train("pretrain", name="radcare", stem=stem, **small)
    train(
        "finetune",
        name="reports",
        stem=stem,
        initial=runs / "radcare" / "last",
        with_extra="false",
        min_studies=1,
        crops=1,
        validate_every=1,
        marks="unmark",
        **small,
        **{"model.stem_head": "true", "model.label_prompt": "true", "model.labels": 1},
    )
    best = runs / "reports" / "best"
    train("evaluate", model=best, stem=stem, split="test", bundle="null", out=tmp_path / "a")
    train("export", source=best, target=tmp_path / "bundle", parity_studies=2, **SAID)
    train("assemble", bundle=tmp_path / "bundle", target=tmp_path / "assembled", draws=4)
    train("evaluate", bundle=tmp_path / "assembled", split="test", out=tmp_path / "b")

    manifest = read_manifest(tmp_path / "assembled")
    assert {"licence": manifest.licence, "intended_use": manifest.intended_use} == SAID
    assert manifest.labels[-1] == "normal"
    rows = json.loads((tmp_path / "b" / "summary.json").read_text(encoding="utf-8"))["rows"]
    assert {"bundle", "bundle, most central draw", "bundle, greedy"} <= set(rows)
