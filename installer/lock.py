"""Writes installer/constraints.txt from the packages of the present environment.

Run it in an environment that has every extra of pyproject.toml and passes the tests. The GPU
runtime cannot be installed beside the CPU one, so pip's resolver is asked for its versions.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

LOCK = Path(__file__).resolve().parent / "constraints.txt"
HEADER = "# Every version that was tested together. Written by installer/lock.py.\n"
OURSELVES = {"negatoscope", "pip", "setuptools", "wheel"}


def main() -> None:
    """Write the lock."""
    pins = installed() | gpu_runtime()
    lines = [f"{name}=={version}\n" for name, version in sorted(pins.items())]
    LOCK.write_text(HEADER + "".join(lines), encoding="utf-8")


def installed() -> dict[str, str]:
    """Name and version of each installed package, without build tags (torch's +cpu)."""
    output = pip("list", "--format", "json")
    return {
        package["name"].lower(): package["version"].split("+")[0]
        for package in json.loads(output)
        if package["name"].lower() not in OURSELVES
    }


def gpu_runtime() -> dict[str, str]:
    """The same for onnxruntime-gpu with its CUDA libraries, resolved but not installed."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        wanted = f"onnxruntime-gpu[cuda,cudnn]=={installed()['onnxruntime']}"
        pip("install", "--dry-run", "--ignore-installed", "--report", str(report), wanted)
        items = json.loads(report.read_text("utf-8"))["install"]
    found = {item["metadata"]["name"].lower(): item["metadata"]["version"] for item in items}
    return {
        name: version
        for name, version in found.items()
        if name.startswith("nvidia-") or name == "onnxruntime-gpu"
    }


def pip(*arguments: str) -> str:
    """Run pip and return what it prints."""
    command = [sys.executable, "-m", "pip", *arguments, "--disable-pip-version-check"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    main()
