"""Runs modules of this kit as processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SUPPORT = Path(__file__).resolve().parents[1]


def output_of(module: str, *arguments: object) -> str:
    """Output of `python -m testkit.module arguments`, which must exit with 0."""
    command = [sys.executable, "-m", f"testkit.{module}", *map(str, arguments)]
    return subprocess.run(
        command, check=True, capture_output=True, text=True, env=environment()
    ).stdout


def environment() -> dict[str, str]:
    """Environment of such a process: pytest puts the kit on its own path, which none inherits."""
    return {**os.environ, "PYTHONPATH": str(SUPPORT)}
