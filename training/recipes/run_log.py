"""The folder of a run: settings, data, and results step by step.

`run.json` (recipe, resolved settings, commit, seed, environment), `metrics.jsonl` (one line per
measurement) and whatever the recipe exports. Nothing in it names a patient.
"""

from __future__ import annotations

import json
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from engine.errors import DamagedFileError, InputError, NotFoundError
from training.config import CHECKOUT

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

PACKAGES = ("torch", "numpy", "pillow", "safetensors", "pycocoevalcap", "onnxruntime")


class RunLog:
    """An open run folder.

    Attributes:
        folder: The run's folder.
        checkpoints: Where its checkpoints go.
        is_silent: Whether nothing is written, because another process of the group keeps the log.
    """

    def __init__(self, folder: Path, *, is_silent: bool = False) -> None:
        self.folder = folder
        self.is_silent = is_silent
        self.checkpoints = folder / "checkpoints"
        self._began = time.monotonic()

    def measure(self, kind: str, values: Mapping[str, float | int | str]) -> None:
        """Append one measurement to `metrics.jsonl` and print it as a line."""
        if self.is_silent:
            return
        line = {
            "kind": kind,
            "minutes": round((time.monotonic() - self._began) / 60.0, 3),
            **{key: _rounded(value) for key, value in values.items()},
        }
        with (self.folder / "metrics.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        sys.stdout.write(" ".join(f"{key}={value}" for key, value in line.items()) + "\n")
        sys.stdout.flush()


def open_run(runs: Path, recipe: str, config: DataclassInstance, *, name: str = "") -> RunLog:
    """A new run folder with `run.json`, or the existing one of that name to continue.

    Args:
        runs: Folder of all runs.
        recipe: Name of the recipe.
        config: Its settings; must have a `seed`.
        name: Name of the folder; empty for the recipe and the time.

    Raises:
        InputError: The folder has checkpoints of another recipe, or of another model.
    """
    stamp = datetime.now(UTC)
    folder = runs / (name or f"{recipe}-{stamp:%Y%m%d-%H%M%S}")
    folder.mkdir(parents=True, exist_ok=True)
    facts = {
        "recipe": recipe,
        "started": stamp.isoformat(timespec="seconds"),
        "commit": _commit(),
        "environment": _environment(),
        "settings": jsonable(asdict(config)),
    }
    previous = folder / "run.json"
    if previous.exists():
        if any(folder.glob("checkpoints/step-*")):
            _require_same_run(read_settings(folder), facts, folder)
        shutil.copyfile(previous, folder / f"run-before-{stamp:%Y%m%d-%H%M%S}.json")
    unfinished = folder / "run.json.part"
    unfinished.write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
    unfinished.replace(previous)
    return RunLog(folder)


def _require_same_run(before: dict[str, Any], now: dict[str, Any], folder: Path) -> None:
    """A continued run must have the same recipe and model; other rates and lengths are allowed."""
    is_same = before["recipe"] == now["recipe"]
    model, wanted = (facts["settings"].get("model") or {} for facts in (before, now))
    # A switch that is newer than the run had its default value.
    if not is_same or any(wanted.get(name) != value for name, value in model.items()):
        other = "with another model" if is_same else f"of the recipe {before['recipe']}"
        raise InputError(
            f"The folder {folder} holds a run {other}.", what_to_do="Choose another --name."
        )


def read_settings(folder: Path) -> dict[str, Any]:
    """`run.json` of a run folder as plain values.

    Raises:
        NotFoundError: The folder is not a run's.
        DamagedFileError: The file cannot be read.
    """
    if not (folder / "run.json").is_file():
        raise NotFoundError(f"{folder} is not the folder of a run.")
    try:
        facts: dict[str, Any] = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        is_whole = isinstance(facts["recipe"], str) and isinstance(facts["settings"], dict)
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedFileError(f"The settings of the run {folder.name} cannot be read.") from error
    if not is_whole:
        raise DamagedFileError(f"The settings of the run {folder.name} cannot be read.")
    return facts


def jsonable(value: Any) -> Any:
    """The value with paths as text and tuples as lists."""
    if isinstance(value, Path):
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        return jsonable(asdict(value))
    if isinstance(value, Mapping):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [jsonable(item) for item in value]
    return value


def _commit() -> str:
    """Commit of the checkout, with "+" if tracked files differ; "unknown" outside git."""
    git = shutil.which("git")
    if git is None:
        return "unknown"
    try:
        head = _git(git, "rev-parse", "HEAD")
        return head + ("+" if _git(git, "status", "--porcelain", "-uno") else "")
    except (OSError, subprocess.SubprocessError):
        return "unknown"


def _git(git: str, *arguments: str) -> str:
    result = subprocess.run(
        [git, "-C", str(CHECKOUT), *arguments],
        capture_output=True,
        text=True,
        check=True,
        timeout=20,
    )
    return result.stdout.strip()


def _environment() -> dict[str, str]:
    found = {"python": platform.python_version(), "machine": platform.machine()}
    found["threads"] = str(torch.get_num_threads())
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "absent"
    return found


def _rounded(value: float | str) -> float | int | str:
    return round(value, 6) if isinstance(value, float) else value
