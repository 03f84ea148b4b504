"""What the command line writes: results to standard output, sentences to standard error.

File names come from strangers. As text they are printed without control characters, which could
move the cursor or forge a line; in JSON they are escaped.
"""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Mapping

from engine.errors import ExportError, NegatoscopeError


def prepare_streams() -> None:
    """Make both streams accept any text as UTF-8, whatever the terminal or script is set to.

    A byte of a file name that is not UTF-8 is written as a JSON escape. A stream that the caller
    closed discards what is written.
    """
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - stays open
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - stays open
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def print_object(value: Mapping[str, object]) -> None:
    """One JSON object on one line of standard output."""
    _write_result(json.dumps(value, ensure_ascii=False, allow_nan=False))


def print_line(line: str = "") -> None:
    """One line of text on standard output."""
    _write_result(_printable(line))


def note(line: str) -> None:
    """One sentence for the person at the terminal."""
    sys.stderr.write(_printable(line) + "\n")


def complain(error: NegatoscopeError) -> None:
    """Print an error's message and what to do."""
    note(f"{error.message} {error.what_to_do}".strip())


def _write_result(line: str) -> None:
    try:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        _abandon_output()
        raise
    except OSError as error:
        _abandon_output()
        raise ExportError("The results could not be written.") from error


def _abandon_output() -> None:
    """Discard what is still buffered, or the interpreter would complain about it at exit."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)


def _printable(line: str) -> str:
    return "".join(
        c if c.isprintable() or _is_byte(c) else "\N{REPLACEMENT CHARACTER}" for c in line
    )


def _is_byte(character: str) -> bool:
    """Whether it stands for a byte of a file name that is not UTF-8 (PEP 383)."""
    return "\udc80" <= character <= "\udcff"
