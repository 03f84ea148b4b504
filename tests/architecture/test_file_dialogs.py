"""Files and folders are asked for in one place, which keeps Qt from writing their names down."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_only_one_module_opens_file_dialogs() -> None:
    modules = (ROOT / "viewer").rglob("*.py")
    users = [path.name for path in modules if "QFileDialog" in path.read_text(encoding="utf-8")]
    assert users == ["file_choice.py"]
