"""The lock: one version and hashes for everything that the project asks for, on every Python."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
LOCK = (ROOT / "installer" / "constraints.txt").read_text("utf-8")
PINS = dict(re.findall(r"^([a-z][\w.-]*)==(\S+)", LOCK, re.MULTILINE))


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_every_package_has_a_hash() -> None:
    entries = re.split(r"\n(?=\S)", LOCK.split("\n", 1)[1])
    assert len(entries) == len(PINS)
    assert not [entry for entry in entries if "--hash=sha256:" not in entry]


def test_everything_the_project_asks_for_is_locked(bootstrap: ModuleType) -> None:
    asked = [*bootstrap.BUILDERS, *bootstrap.requirements(PROJECT["optional-dependencies"])]
    names = {plain(re.match(r"[\w.-]+", line)[0]) for line in asked}
    assert names <= PINS.keys()


def test_set_up_and_metadata_name_the_same_pythons(bootstrap: ModuleType) -> None:
    newest, oldest = bootstrap.PYTHONS[0], bootstrap.PYTHONS[-1]
    assert PROJECT["requires-python"] == f">=3.{oldest[1]},<3.{newest[1] + 1}"
    assert f"Python 3.{oldest[1]} to 3.{newest[1]}" in bootstrap.NO_PYTHON
    assert f"3.{oldest[1]} to 3.{newest[1]}" in (ROOT / "README.md").read_text("utf-8")
