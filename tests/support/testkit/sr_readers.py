"""Structured reports as a second toolkit reads them."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydicom import Dataset

_KNOWN = "The VR checker|Check for template constraints not yet supported"
"""What DCMTK says of any object in UTF-8, and of any Key Object Selection."""


def dumped(path: Path) -> str:
    """DCMTK's print of the tree, which it must read without a complaint; skips without DCMTK."""
    program = shutil.which("dsrdump")
    if program is None:
        pytest.skip("dsrdump is not installed (Debian: dcmtk)")
    command = [program, "+Pl", str(path)]  # whole texts
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert not re.findall(rf"^[WEF]: (?!{_KNOWN})", done.stderr, re.MULTILINE)
    return done.stdout


def items(root: Dataset, value_type: str) -> Iterator[Dataset]:
    """Content items of a type, in the order of the tree."""
    for item in root.get("ContentSequence", []):
        if item.ValueType == value_type:
            yield item
        yield from items(item, value_type)


def name_of(item: Dataset) -> str:
    """Meaning of an item's concept name."""
    return str(item.ConceptNameCodeSequence[0].CodeMeaning)
