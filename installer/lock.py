"""Writes installer/constraints.txt: each package with one version and the hashes of its files.

The lock holds for every Python of pyproject.toml and for Linux, Windows and macOS. Locked versions
stay unless they must change; `--upgrade` or `--upgrade-package NAME` asks for newer ones. Run the
tests before you keep the result. uv does the work: `pip install uv`.
"""

from __future__ import annotations

import re
import subprocess
import sys

from bootstrap import BUILDERS, LOCK, PYTHONS, ROOT

HEADER = "# Every version that was tested together. Written by installer/lock.py.\n"
# PyTorch's CPU build is not in the package index; a machine may have it as a file.
TORCH_FOR_CPU = "6746dbcbeb526eb61330b76b41ff1b4eb848951103a892eeb080dfa2b264667b"


def main(arguments: list[str]) -> int:
    """Write the lock."""
    oldest = ".".join(map(str, PYTHONS[-1]))
    command = [sys.executable, "-m", "uv", "pip", "compile", "pyproject.toml", "-"]
    command += ["--all-extras", "--universal", "--python-version", oldest, "--generate-hashes"]
    command += ["--no-annotate", "--no-header", "--quiet", "-o", str(LOCK), *arguments]
    builders = "\n".join(BUILDERS)
    done = subprocess.run(command, cwd=ROOT, input=builders, text=True, check=False)
    if done.returncode == 0:
        LOCK.write_text(HEADER + with_torch_for_cpu(LOCK.read_text("utf-8")), encoding="utf-8")
    return done.returncode


def with_torch_for_cpu(lock: str) -> str:
    """The lock with the CPU build's hash among those of torch."""
    if TORCH_FOR_CPU in lock:
        return lock
    added = rf"\1\\\n    --hash=sha256:{TORCH_FOR_CPU} "
    return re.sub(r"^(torch==\S+ )", added, lock, flags=re.MULTILINE)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
