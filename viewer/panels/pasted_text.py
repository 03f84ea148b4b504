"""Text pasted into the report: a sentence for each line of a list, a table row in one line."""

from __future__ import annotations

import re
from collections.abc import Iterator

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QTextDocument, QTextFrame, QTextTable

_BREAK = re.compile(r"[\r\n\v\f\u0085\u2028\u2029]+")
# Signs that begin an item of a list. A number is kept, because it counts.
_BULLET = re.compile(r"^\s*[•‣◦▪▫●○■□∙·*\uf0a7\uf0b7–—-](?:\s+|\t)")
_ITEM = re.compile(r"^\s*(?:[•‣◦▪▫●○■□∙·*\uf0a7\uf0b7–—-]|\(?\d{1,2}[.)])\s")
_ENDS = re.compile(r"[.!?:;]\s*$")
_WRAPPED = 50
"""Length from which a program may have wrapped a line; a shorter line is an item."""


def pasted_lines(source: QMimeData | None) -> tuple[str, ...]:
    """The lines of a clipboard's text, without bullets and empty lines.

    A long line that continues in lower case, as mail programs wrap it, is joined. The cells of a
    table row are joined as "Heart: normal", or by commas if there are more than two. Formatting is
    dropped; HTML without plain text is read as its words. A clipboard may hold nothing at all.
    """
    if source is None:
        return ()
    return lines_of(source.text() if source.hasText() else _text_of(source.html()))


def lines_of(text: str) -> tuple[str, ...]:
    """The lines of a text, as in `pasted_lines`."""
    lines: list[str] = []
    goes_on = False
    for raw in _BREAK.split(text):
        is_item = _ITEM.match(raw) is not None
        line = _row(_BULLET.sub("", raw))
        if line and goes_on and not is_item and line[0].islower():
            lines[-1] += f" {line}"
        elif line:
            lines.append(line)
        is_long = len(raw.strip()) >= _WRAPPED and "\t" not in raw.strip()
        goes_on = bool(line) and is_long and not _ENDS.search(line)
    return tuple(lines)


def _row(line: str) -> str:
    """A line with tab-separated cells, in words."""
    cells = [" ".join(cell.split()) for cell in line.split("\t")]
    cells = [cell for cell in cells if cell]
    if len(cells) == 2 and not cells[0].endswith((":", ".", ",", ";", ")")):
        return f"{cells[0]}: {cells[1]}"
    if all(cell.endswith((":", ".", ")")) for cell in cells[:-1]):
        return " ".join(cells)
    return ", ".join(cells)


def _text_of(html: str) -> str:
    document = QTextDocument()
    document.setHtml(html)
    return "\n".join(_lines_in(document.rootFrame()))


def _lines_in(frame: QTextFrame) -> Iterator[str]:
    """Text of a frame: a line per block, and a line per table row with cells separated by tabs."""
    if isinstance(frame, QTextTable):
        for row in range(frame.rows()):
            cells = (frame.cellAt(row, column) for column in range(frame.columns()))
            yield "\t".join(
                " ".join(cell.firstCursorPosition().block().text().split()) for cell in cells
            )
        return
    step = frame.begin()
    while not step.atEnd():
        block = step.currentBlock()
        if block.isValid():
            yield block.text()
        else:
            yield from _lines_in(step.currentFrame())
        step += 1
