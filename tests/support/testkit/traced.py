"""System calls of a process, as strace tells them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from testkit.children import environment


def calls_of(code: str, watched: str, trace: Path) -> str:
    """What `python -c code` asked of the system, children included; skips where none may look."""
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is not installed, so system calls cannot be watched")
    tried = subprocess.run([strace, "-qq", sys.executable, "-c", ""], check=False)
    if tried.returncode:
        pytest.skip("this machine does not allow processes to be traced")
    command = [strace, "-f", "-qq", "-s", "4096", "-e", f"trace={watched}", "-o", str(trace)]
    subprocess.run([*command, sys.executable, "-c", code], check=True, env=environment())
    return trace.read_text("utf-8", "replace")
