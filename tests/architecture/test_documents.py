"""The files that the documents send a reader to exist."""

import re
from pathlib import Path

import pytest

from engine.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
_FILE = re.compile(r"`((?:engine|viewer|training|resources|benchmarks|tests)/[\w./]+)`")


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
