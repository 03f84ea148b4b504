"""The files that the documents send a reader to exist."""

import re
from pathlib import Path

import pytest

from engine.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
_FILE = re.compile(r"`((?:engine|viewer|training|resources|benchmarks|tests)/[\w./]+)`")
_ROW = re.compile(r"\| \d+ \|")
_TEST = re.compile(r"(?:[a-z_]+/)*test_\w+")


@pytest.mark.parametrize("name", ["architecture.md", "training.md", "findings.md", "security.md"])
def test_every_file_that_a_document_names_exists(name):
    named = _FILE.findall((ROOT / "docs" / name).read_text("utf-8"))
    assert not [path for path in named if not (ROOT / path).exists()]


def test_the_journeys_are_lists_of_files():
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    journeys = text.split("## Four journeys")[1].split("## The engine")[0].split("###")[1:]
    assert [len(_FILE.findall(journey)) >= 10 for journey in journeys] == [True] * 4


def test_administrators_are_told_of_every_setting():
    text = (ROOT / "docs" / "administration.md").read_text("utf-8")
    names = Settings.model_fields.keys() - {"version"}
    assert not [name for name in names if f"`{name}`" not in text]


def test_the_comparisons_rows_are_numbered_and_name_tests_that_exist():
    text = (ROOT / "docs" / "comparison.md").read_text("utf-8")
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if _ROW.match(line)]
    assert [int(row[0]) for row in rows] == list(range(1, len(rows) + 1))
    tests = {path.stem for path in (ROOT / "tests").rglob("test_*.py")}
    missing = []
    for number, *_, proof in rows:
        for name in _TEST.findall(proof):
            folder, _, stem = name.rpartition("/")
            path = ROOT / "tests" / f"{name}.py"
            if not (path.exists() if folder else stem in tests):
                missing.append((number, name))
    assert not missing
