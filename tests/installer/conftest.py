"""The scripts of `installer/` are no package: a test loads one as it stands."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def bootstrap(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """`installer/bootstrap.py`, with environment and log in a folder of the test."""
    specification = importlib.util.spec_from_file_location(
        "bootstrap", ROOT / "installer" / "bootstrap.py"
    )
    assert specification
    assert specification.loader
    module = importlib.util.module_from_spec(specification)
    monkeypatch.setitem(sys.modules, "bootstrap", module)
    specification.loader.exec_module(module)
    monkeypatch.setattr(module, "VENV", tmp_path / "venv")
    monkeypatch.setattr(module, "LOG", tmp_path / "build" / "set-up.log")
    return module
