"""Lines of an MRRT template's text; a row of a table is one line that names its columns."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

CELL_END: Final = "\t"
SPANNED: Final = "\x01\t"
"""A column that the cell before it spans too."""
CELLS: Final = {"td": "\x02", "th": "\x03"}
"""Marks before the words of a cell."""
TABLE: Final = "\x04\n"
"""Stands on a line before the first row of a table."""
_MARKS = "\x01\x02\x03\x04"
_SPAN, _CELL, _HEAD = _MARKS[0], CELLS["td"], CELLS["th"]


def without_marks(words: str) -> str:
    """Words of the file without line ends and without what marks cells here."""
    return re.sub(rf"[\s{_MARKS}]+", " ", words)


def inside(words: str) -> str:
    """Words that begin a sentence, as they stand inside one; "CT" stays."""
    return words if words[1:2].isupper() else words[:1].lower() + words[1:]


@dataclass(slots=True, kw_only=True)
class _Header:
    """The columns of a table.

    Attributes:
        line: The row as a line, for a table without rows that fit under it.
        at: Number of the line.
        is_used: Whether a row named its columns.
    """

    names: list[str]
    line: str
    at: int
    is_used: bool = False


def lines_of(text: str) -> list[str]:
    """The lines in reading order, without marks."""
    # A paragraph that fills a cell is no line of its own.
    *ended, last = text.split(CELL_END)
    text = CELL_END.join([*(cell.rstrip(" \n") for cell in ended), last])
    text = re.sub(rf"([{_CELL}{_HEAD}])[ \n]+", r"\1", text)
    found: list[str] = []
    header: _Header | None = None
    for line in text.splitlines():
        cells = [without_marks(cell).strip() for cell in line.split(CELL_END)[:-1]]
        if TABLE.strip("\n") in line or (not cells and line.strip()):
            found, header = _ended(found, header), None
        if not cells:
            found.append(without_marks(line))
            continue
        # Words outside a cell end no column.
        cells[-1] = " ".join([cells[-1], without_marks(line.rpartition(CELL_END)[2])]).strip()
        if _is_header(line, cells, is_first=header is None):
            found = _ended(found, header)
            header = _Header(names=_names(line, cells), line=_plain_row(cells), at=len(found))
        elif header is not None and len(cells) == len(header.names) and any(cells):
            header.is_used = True
            found.append(_named_row(cells, header.names))
        else:
            found.append(_plain_row(cells))
    return _ended(found, header)


def _ended(found: list[str], header: _Header | None) -> list[str]:
    """The lines; with the header among them if no row names its columns."""
    if header is None or header.is_used:
        return found
    return [*found[: header.at], header.line, *found[header.at :]]


def _is_header(line: str, cells: list[str], *, is_first: bool) -> bool:
    is_all_heads = _HEAD in line and _CELL not in line
    is_beside = is_first and not cells[0] and any(cells[1:])
    return len(cells) > 1 and "[" not in line and (is_all_heads or is_beside) and any(cells)


def _names(line: str, cells: list[str]) -> list[str]:
    names: list[str] = []
    for cell, words in zip(line.split(CELL_END), cells, strict=False):
        names.append(names[-1] if cell == _SPAN and names else words.rstrip(" :.,;"))
    return names


def _named_row(cells: list[str], names: list[str]) -> str:
    has_label = bool(cells[0]) and "[" not in cells[0]
    label = cells[0].rstrip(" :.,;") if has_label else ""
    columns = list(zip(cells, names, strict=True))[has_label:]
    return "; ".join(_cells(label, columns)) or label


def _cells(label: str, columns: list[tuple[str, str]]) -> Iterator[str]:
    is_first = True
    for words, name in columns:
        if not words:
            continue
        lead = label if is_first else ""
        named = inside(name) if lead or not is_first else name
        title = ", ".join(part for part in (lead, named) if part)
        yield f"{title}: {words}" if title else words
        is_first = False


def _plain_row(cells: list[str]) -> str:
    """Cells separated by the punctuation that a reader would put there."""
    cells = [words for words in cells if words]
    if len(cells) < 2:
        return "".join(cells)
    first = cells[0] if re.search(r"[.:;,?!]$", cells[0]) else f"{cells[0]}:"
    return f"{first} {'; '.join(cells[1:])}"
