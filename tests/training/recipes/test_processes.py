"""Two processes train on what one would: the same losses at the same batch, to the last word."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from testkit.tiny_iu_xray import write_data

from training.model.stem_file import write_stem
from training.model.visual_encoder import VisualStem

pytestmark = pytest.mark.slow

SIZES = {
    "width": 16,
    "heads": 2,
    "feed_forward": 16,
    "encoder_layers": 1,
    "decoder_layers": 1,
    "token_pool": 2,
    "local_per_head": 2,
    "global_head_width": 4,
    "labels": 1,
    "label_prompt": True,
    "dropout": 0.0,
    "word_dropout": 0.0,
}
COMMON = {"batch_size": 5, "min_count": 1, "rate": 1e-2, "model": SIZES}
RECIPES = {
    "finetune": {
        **COMMON,
        "epochs": 3,
        "min_studies": 2,
        "crops": 2,
        "word_replacement": 0.2,
        "validate_every": 3,
    },
    "pretrain": {**COMMON, "epochs": 2, "model": {**SIZES, "labels": 0, "label_prompt": False}},
}


@pytest.mark.parametrize("recipe", list(RECIPES))
def test_the_losses_of_two_processes_are_those_of_one(recipe: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    write_stem(VisualStem(), tmp_path / "stem.safetensors")
    settings = {
        **RECIPES[recipe],
        "data": str(write_data(tmp_path / "data")),
        "runs": str(tmp_path / "runs"),
        "stem": str(tmp_path / "stem.safetensors"),
    }
    (tmp_path / "settings.yaml").write_text(json.dumps(settings), encoding="utf-8")
    train = ["-m", "training.cli", recipe, "--config", str(tmp_path / "settings.yaml")]
    group = ["-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2"]

    for name, command in (
        ("one", [*train, "--name", "one"]),
        ("two", [*group, *train, "--name", "two", "--compute.devices", "2"]),
    ):
        subprocess.run([sys.executable, *command], check=True, timeout=280)
        assert (tmp_path / "runs" / name / "last" / "model.safetensors").is_file()

    one, two = (_losses(tmp_path / "runs" / name) for name in ("one", "two"))
    assert len(one) == len(two) == RECIPES[recipe]["epochs"]
    for alone, together in zip(one, two, strict=True):
        assert together == pytest.approx(alone, rel=1e-4)


def _losses(folder: Path) -> list[dict[str, float]]:
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    timed = {"kind", "minutes", "training_minutes"}
    return [
        {key: value for key, value in line.items() if key not in timed}
        for line in lines
        if line["kind"] == "training"
    ]
