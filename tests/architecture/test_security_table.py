"""docs/security.md is the table of what is required: every requirement once, every test there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REQUIRED = [f"R{number:02}" for number in range(1, 61)]
ELSEWHERE = ("Not met", "Measured", "Packages")
"""How the cell of tests begins where no test proves the requirement."""


def rows() -> list[tuple[str, str]]:
    """The number of each requirement and its cell of tests."""
    found = []
    for line in (ROOT / "docs" / "security.md").read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if cells and re.fullmatch(r"R\d\d", cells[0]):
            found.append((cells[0], cells[2]))
    return found


def names_of_tests() -> set[str]:
    """Names of all tests."""
    files = (ROOT / "tests").rglob("test_*.py")
    return {
        name
        for path in files
        for name in re.findall(r"^\s*def (test_\w+)\(", path.read_text("utf-8"), re.MULTILINE)
    }


def test_every_requirement_stands_in_the_table_once() -> None:
    assert [number for number, _cell in rows()] == REQUIRED


def test_every_test_of_the_table_is_there_and_named_after_its_requirement() -> None:
    known, wrong = names_of_tests(), []
    for number, cell in rows():
        named = re.findall(r"`(test_\w+)`", cell)
        if not named and not cell.startswith(ELSEWHERE):
            wrong.append(f"{number}: no test, no reason")
        wrong += [f"{number}: {name} is not there" for name in named if name not in known]
        prefix = f"test_{number.lower()}_"
        wrong += [f"{number}: {name}" for name in named if not name.startswith(prefix)]
    assert wrong == []


def test_no_test_is_named_after_a_requirement_without_standing_in_its_row() -> None:
    cells = dict(rows())
    missing = [
        name
        for name in sorted(names_of_tests())
        if (number := re.match(r"test_(r\d\d)_", name))
        and f"`{name}`" not in cells[number[1].upper()]
    ]
    assert missing == []
