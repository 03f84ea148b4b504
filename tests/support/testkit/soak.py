"""Number of tries of the long tests, and the figures that `make soak` prints at its end.

In an ordinary run a long test tries a slice with a fixed seed; under `make soak` it tries as often
as its requirement in docs/security.md says.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
FIGURES_VARIABLE = "NEGATOSCOPE_SOAK_FIGURES"
"""Variable naming the file that figures are added to, one per line in JSON; set by `make soak`."""


def tries(every_run: T, soak: T) -> T:
    """Choose the number of tries, or the points to try, for this run."""
    return soak if FIGURES_VARIABLE in os.environ else every_run


def figure(requirement: str, words: str) -> None:
    """Add a test's figure to the table; does nothing outside `make soak`."""
    path = os.environ.get(FIGURES_VARIABLE)
    if path:
        with Path(path).open("a", encoding="utf-8") as table:
            table.write(json.dumps({"requirement": requirement, "figure": words}) + "\n")
