"""Runs of seconds: a model 16 wide on four made-up studies, and processes that can be killed.

Importing PyTorch takes longer than such a run, so processes are forked from one that has imported
it (`python -m testkit.small_runs JOBS`): each is a process of its own that ends as it likes.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from pydantic import TypeAdapter

from testkit.tiny_iu_xray import study, write_split
from training.config import ComputeConfig
from training.model.configuration import ModelConfiguration
from training.model.stem_file import write_stem
from training.model.visual_encoder import VisualStem
from training.recipes import finetune, pretrain
from training.recipes.pretrain import PretrainConfig
from training.recipes.report_material import FinetuneConfig
from training.recipes.run_log import jsonable

ROOT = Path(__file__).resolve().parents[3]
SIZES = ModelConfiguration(
    width=16,
    heads=2,
    feed_forward=16,
    encoder_layers=1,
    decoder_layers=1,
    token_pool=2,
    local_per_head=2,
    global_head_width=4,
    dropout=0.0,
    word_dropout=0.0,
)
RECIPES: dict[str, tuple[type[Any], Callable[[Any], Path]]] = {
    "finetune": (FinetuneConfig, finetune.run),
    "pretrain": (PretrainConfig, pretrain.run),
}


def write_small_data(folder: Path) -> Path:
    """Four training and two validation studies, one film each but the first with two."""
    base = folder / "iu_xray"
    both, frontal = ("frontal", "lateral"), ("frontal",)
    write_split(base, "train", [study(n, both if n == 0 else frontal) for n in range(4)])
    write_split(base, "val", [study(100, both), study(101, frontal)])
    return folder


def write_random_stem(path: Path) -> Path:
    """A stem that nothing has taught."""
    torch.manual_seed(0)
    write_stem(VisualStem(), path)
    return path


def small_finetune(data: Path, stem: Path, runs: Path, name: str) -> FinetuneConfig:
    """Two epochs of two steps, validated once."""
    return FinetuneConfig(
        data=data,
        runs=runs,
        stem=stem,
        name=name,
        with_extra=False,
        model=SIZES,
        epochs=2,
        batch_size=2,
        rate=1e-2,
        min_studies=1,
        min_count=1,
        crops=1,
        max_ids=24,
        validate_every=2,
        checkpoint_minutes=0.0,
    )


def small_pretrain(data: Path, stem: Path, runs: Path, name: str) -> PretrainConfig:
    """Two epochs of a few steps."""
    return PretrainConfig(
        data=data,
        runs=runs,
        stem=stem,
        name=name,
        model=SIZES,
        epochs=2,
        batch_size=3,
        rate=1e-2,
        min_count=1,
        max_ids=24,
        checkpoint_minutes=0.0,
    )


def curve(folder: Path) -> list[dict[str, float]]:
    """What a run measured of its training, epoch by epoch; of repeated epochs the last."""
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    timed = {"kind", "minutes", "training_minutes"}
    epochs = {
        line["epoch"]: {key: value for key, value in line.items() if key not in timed}
        for line in lines
        if line["kind"] == "training"
    }
    return [epochs[number] for number in sorted(epochs)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One process.

    Attributes:
        recipe: Which recipe it runs.
        settings: Of the recipe.
        killed_at: Kills itself with SIGKILL when it would begin this checkpoint; 0 for never.
    """

    recipe: str
    settings: FinetuneConfig | PretrainConfig
    killed_at: int = 0


def run_apart(*stages: Sequence[Job]) -> list[list[int]]:
    """Run each stage's jobs at the same time, one stage after the other; their exit codes.

    The jobs of a stage with more than one are the processes of one group (gloo).
    """
    told = [[jsonable(asdict(job)) for job in stage] for stage in stages]
    places = os.pathsep.join([str(ROOT), str(ROOT / "tests" / "support")])
    done = subprocess.run(
        [sys.executable, "-m", "testkit.small_runs", json.dumps(told)],
        env={**os.environ, "PYTHONPATH": places},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=800,
    )
    codes: list[list[int]] = json.loads(done.stdout.splitlines()[-1])
    return codes


def _run_stage(jobs: Sequence[Mapping[str, Any]]) -> list[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    fork = multiprocessing.get_context("fork")
    places = [(rank, len(jobs), port) for rank in range(len(jobs))]
    processes = [
        fork.Process(target=_run_job, args=(job, place))
        for job, place in zip(jobs, places, strict=True)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    return [process.exitcode or 0 for process in processes]


def _run_job(job: Mapping[str, Any], place: tuple[int, int, int]) -> None:
    rank, size, port = place
    config_type, run = RECIPES[job["recipe"]]
    config = TypeAdapter(config_type).validate_python(job["settings"])
    if size > 1:
        # What torchrun tells its processes.
        os.environ |= {
            "TORCHELASTIC_RUN_ID": "test",
            "MASTER_ADDR": "127.0.0.1",
            "MASTER_PORT": str(port),
            "RANK": str(rank),
            "LOCAL_RANK": str(rank),
            "GROUP_RANK": "0",
            "WORLD_SIZE": str(size),
            "LOCAL_WORLD_SIZE": str(size),
        }
        config = replace(config, compute=ComputeConfig(devices=size))
    if job["killed_at"]:
        _kill_at(job["killed_at"])
    run(config)


def _kill_at(count: int) -> None:
    """Let the process kill itself where it would write its checkpoint number `count`."""
    kept, left = finetune.save_checkpoint, count

    def save(*given: Any) -> Path:
        nonlocal left
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
        return kept(*given)

    finetune.save_checkpoint = save
    pretrain.save_checkpoint = save


if __name__ == "__main__":
    codes = [_run_stage(stage) for stage in json.loads(sys.argv[1])]
    sys.stdout.write(json.dumps(codes) + "\n")
