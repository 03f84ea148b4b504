"""How the rows of a report become running text, the same in every document.

A reader writes one sentence per row and often leaves out the full stop. Joined as they are, "No
effusion" and "Left pneumothorax" would read as one sentence that denies the pneumothorax.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import zip_longest

# Ends a sentence or lets the next one follow, in all scripts that the letter can print.
_ENDED = re.compile(r"[.!?…:;‼⁇。．！？：；۔؟؛։׃।॥።፧፨។៕။။]+[\"'”’»›)\]]*$")
_GOES_ON = re.compile(r"[,،、，/&+\-\N{EN DASH}\N{EM DASH}]$")
_LIST_MARK = re.compile(r"(?:\(?\d{1,3}[.)]|\(?[a-z][.)]|[-*+•·‣▪◦\N{EN DASH}\N{EM DASH}])\s+\S")


def finished(row: str) -> str:
    """A row as documents print it: blanks and tabs folded, line breaks kept, full stops added.

    A line gets a full stop unless it has an end of its own or the next line continues its sentence.
    """
    lines = [words for line in row.splitlines() if (words := " ".join(line.split()))]
    return "\n".join(
        line if after[:1].islower() and not _LIST_MARK.match(after) else _stopped(line)
        for line, after in zip_longest(lines, lines[1:], fillvalue="")
    )


def stands_apart(before: str, after: str) -> bool:
    """Whether a row starts a new line: in or after a list, or where it could be read on."""
    last = before.splitlines()[-1] if before else ""
    is_list = _LIST_MARK.match(last) or _LIST_MARK.match(after)
    return bool(is_list or "\n" in before or "\n" in after or _GOES_ON.search(last))


def joined(rows: Iterable[str]) -> str:
    """Rows as running text, in order; empty ones are left out."""
    text, last = "", ""
    for row in map(finished, rows):
        if not row:
            continue
        gap = "\n" if stands_apart(last, row) else " "
        text, last = f"{text}{gap}{row}" if text else row, row
    return text


def storable(row: str) -> str:
    """A row without lone surrogates, which neither the store nor a document can hold."""
    return row.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _stopped(line: str) -> str:
    is_open = re.search(r"\w", line) and not _ENDED.search(line) and not _GOES_ON.search(line)
    return f"{line}." if is_open else line
