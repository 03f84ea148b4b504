"""Runs of seconds: a model 16 wide on four made-up studies, in processes that can be killed.

Importing PyTorch takes longer than such a run, so the processes are forked from one that has
imported it (`python -m testkit.small_runs JOBS`).
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
from training.recipes import finetune, pretrain, running
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
    """Four training and two validation studies; the first of each has two films, the others one."""
    base = folder / "iu_xray"
    both, frontal = ("frontal", "lateral"), ("frontal",)
    write_split(base, "train", [study(n, both if n == 0 else frontal) for n in range(4)])
    write_split(base, "val", [study(100, both), study(101, frontal)])
    return folder


def write_random_stem(path: Path) -> Path:
    """A stem with random weights."""
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
    """A run's training figures by epoch, without times; of a repeated epoch the last."""
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
        recipe: Key of `RECIPES`.
        settings: The recipe's configuration.
        killed_at: Number of the checkpoint at which it kills itself with SIGKILL; 0 for never.
    """

    recipe: str
    settings: FinetuneConfig | PretrainConfig
    killed_at: int = 0


def run_apart(*stages: Sequence[Job]) -> list[list[int]]:
    """Run each stage's jobs side by side, one stage after the other; returns their exit codes.

    The jobs of a stage with more than one are the processes of one group (gloo).
    """
    listed = [[jsonable(asdict(job)) for job in stage] for stage in stages]
    kit_path = os.pathsep.join([str(ROOT), str(ROOT / "tests" / "support")])
    done = subprocess.run(
        [sys.executable, "-m", "testkit.small_runs", json.dumps(listed)],
        env={**os.environ, "PYTHONPATH": kit_path},
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
    ranks = [(rank, len(jobs), port) for rank in range(len(jobs))]
    processes = [
        fork.Process(target=_run_job, args=(job, rank))
        for job, rank in zip(jobs, ranks, strict=True)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    return [process.exitcode or 0 for process in processes]


def _run_job(job: Mapping[str, Any], rank_of: tuple[int, int, int]) -> None:
    rank, size, port = rank_of
    config_type, run = RECIPES[job["recipe"]]
    config = TypeAdapter(config_type).validate_python(job["settings"])
    if size > 1:
        # The variables that torchrun sets.
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
    """Make the process kill itself instead of writing its checkpoint number `count`."""
    kept, left = running.save_checkpoint, count

    def save(*given: Any) -> Path:
        nonlocal left
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
        return kept(*given)

    running.save_checkpoint = save


if __name__ == "__main__":
    codes = [_run_stage(stage) for stage in json.loads(sys.argv[1])]
    sys.stdout.write(json.dumps(codes) + "\n")
