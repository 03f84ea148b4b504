"""What the command line writes: results to standard output, sentences to standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping

from engine.errors import NegatoscopeError


def print_object(value: Mapping[str, object]) -> None:
    """One JSON object on one line of standard output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, allow_nan=False) + "\n")
    sys.stdout.flush()


def print_line(line: str = "") -> None:
    """One line of text on standard output."""
    sys.stdout.write(line + "\n")


def note(line: str) -> None:
    """One sentence for the person at the terminal."""
    sys.stderr.write(line + "\n")


def complain(error: NegatoscopeError) -> None:
    """An error in the words of its message."""
    note(f"{error.message} {error.what_to_do}".strip())
