"""`make bench`: every benchmark in turn, each in a fresh process.

Leave the machine otherwise idle.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main() -> int:
    """Run every benchmark; returns 1 if one failed."""
    failed = False
    for script in sorted(HERE.glob("[a-z]*.py")):
        if script.name == "measure.py":
            continue
        print(f"\n== {script.stem.replace('_', ' ')}", flush=True)
        finished = subprocess.run([sys.executable, "-m", f"benchmarks.{script.stem}"], check=False)
        failed = failed or finished.returncode != 0
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
