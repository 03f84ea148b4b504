"""All keys in one dialog, read from the commands so that none is forgotten."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from engine.domain.mouse import MouseButtons
from viewer.actions.registry import Command, native_keys
from viewer.actions.tool import mouse_gestures
from viewer.dialogs.sheet import Sheet
from viewer.theme.palette import set_look

_MOST_COLUMNS: Final = 3
_LEAST_WIDTH: Final = 320
"""Least width of a column, in px."""
_FIRST: Final = "Sentence"


class ShortcutSheet(Sheet):
    """Groups of commands, in as many columns as fit.

    Args:
        commands: All commands.
        parent: The window.
        buttons: The mouse settings.
    """

    def __init__(
        self,
        commands: Iterable[Command],
        parent: QWidget | None = None,
        *,
        buttons: MouseButtons | None = None,
    ) -> None:
        super().__init__("Keys", 1200, parent)
        self.add_heading("Keys")
        self.add_label(
            "Single letters act on the film that has the frame, or on the sentence that has the "
            "frame. While you type they type; Alt and the letter still reaches the film.",
            role="dim",
        )
        with_keys = sorted((c for c in commands if c.keys), key=lambda c: c.group)
        groups = [
            (name, list(members)) for name, members in groupby(with_keys, key=lambda c: c.group)
        ]
        mouse = ("Mouse", _mouse_lines(buttons or MouseButtons()))
        lines = [(name, _lines(members)) for name, members in groups]
        self.column.addLayout(self._in_columns([*lines, mouse]))
        close = QPushButton("Close  Esc")
        set_look(close, variant="quiet")
        close.clicked.connect(self.accept)
        self.add_buttons(close)

    def _in_columns(self, groups: list[tuple[str, list[tuple[str, str]]]]) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(32)
        columns: list[QVBoxLayout] = []
        count = max(1, min(_MOST_COLUMNS, self.width() // _LEAST_WIDTH))
        heights = [0] * count
        for _ in range(count):
            column = QVBoxLayout()
            column.setSpacing(16)
            columns.append(column)
            row.addLayout(column, 1)
        # Reviewing by keys is what is looked up most: it must not be what a low screen cuts off.
        for name, lines in sorted(groups, key=lambda g: (g[0] != _FIRST, -len(g[1]))):
            shortest = heights.index(min(heights))
            columns[shortest].addWidget(_group(name, lines))
            heights[shortest] += len(lines) + 2
        for column in columns:
            column.addStretch(1)
        return row


def _group(name: str, lines: list[tuple[str, str]]) -> QWidget:
    box = QWidget()
    grid = QGridLayout(box)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(12)
    grid.setVerticalSpacing(4)
    heading = QLabel(name)
    set_look(heading, role="strong")
    grid.addWidget(heading, 0, 0, 1, 2)
    top = Qt.AlignmentFlag.AlignTop
    for line, (text, key) in enumerate(lines, start=1):
        what, keys = QLabel(text), QLabel(key)
        what.setWordWrap(True)
        set_look(keys, role="dim")
        grid.addWidget(what, line, 0, top)
        grid.addWidget(keys, line, 1, top | Qt.AlignmentFlag.AlignRight)
    grid.setColumnStretch(0, 1)
    return box


def _lines(commands: list[Command]) -> list[tuple[str, str]]:
    """Text and keys of each command; commands that differ only by a digit share a line."""
    lines: list[tuple[str, str]] = []
    for stem, members in groupby(commands, key=lambda c: c.text.rstrip("0123456789")):
        series = list(members)
        first, last = series[0], series[-1]
        if len(series) > 1:
            lines.append((f"{stem}{first.shortcut} to {last.shortcut}", _span(first, last)))
        else:
            lines.append((first.text.rstrip("…"), "  ".join(native_keys(first))))
    return lines


def _mouse_lines(buttons: MouseButtons) -> list[tuple[str, str]]:
    # The texts mark keys with backticks for the user guide.
    return [(what, where.replace("`", "")) for where, what in mouse_gestures(buttons)]


def _span(first: Command, last: Command) -> str:
    return f"{native_keys(first)[0]} – {native_keys(last)[0]}"
