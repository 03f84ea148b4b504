"""Report text and names: from standard input, never from the command line.

Every user of the computer can read the arguments of a running program, and shells store them.
"""

from __future__ import annotations

import sys

from engine.errors import ReportStateError


def whole_text(what: str) -> str:
    """All of standard input; raises `ReportStateError` if it is empty or not text."""
    words = _read(what).strip()
    if not words:
        raise _missing(what)
    return words


def lines(what: str, count: int) -> list[str]:
    """`count` lines of standard input; raises `ReportStateError` if there are fewer or more."""
    if count == 0:
        return []
    found = _read(what).removesuffix("\n").split("\n")
    if len(found) != count:
        raise ReportStateError(
            f"Standard input has {len(found)} lines; {count} are wanted: {what}, a line each."
        )
    return [line.removesuffix("\r") for line in found]


def _read(what: str) -> str:
    if sys.stdin is None:
        raise _missing(what)
    if sys.stdin.isatty():
        sys.stderr.write(f"Type {what}, then Ctrl+D:\n")
    try:
        return sys.stdin.buffer.read().decode("utf-8")
    except UnicodeDecodeError as error:
        raise ReportStateError("Standard input is not UTF-8 text.") from error


def _missing(what: str) -> ReportStateError:
    return ReportStateError(f"Nothing was given on standard input; it takes {what}.")
