"""Files that a scan left out, and why."""

from __future__ import annotations

import os
from collections.abc import Sequence

from PySide6.QtWidgets import QHeaderView, QPushButton, QTreeWidget, QTreeWidgetItem, QWidget

from engine.domain.study import SkippedFile
from viewer.dialogs.sheet import Sheet
from viewer.state.wording import count_text
from viewer.theme.palette import set_look


class SkippedFiles(Sheet):
    """A list of two columns."""

    def __init__(self, skipped: Sequence[SkippedFile], parent: QWidget | None = None) -> None:
        super().__init__("Files left out", 720, parent)
        self.add_heading(f"{count_text(len(skipped), 'file was', 'files were')} left out")
        folder = _folder_of(skipped)
        if folder:
            self.add_label(f"In {folder}", role="dim")
        table = QTreeWidget()
        table.setAccessibleName("Files left out, and why")
        table.setHeaderLabels(["File", "Why"])
        table.setRootIsDecorated(False)
        table.setMinimumHeight(320)
        for entry in skipped:
            name = entry.name.removeprefix(folder).lstrip("/\\")
            item = QTreeWidgetItem([name, entry.reason])
            item.setToolTip(0, entry.name.replace("<", "‹"))
            item.setToolTip(1, entry.reason.replace("<", "‹"))
            table.addTopLevelItem(item)
        table.header().setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        table.header().setMaximumSectionSize(320)
        self.column.addWidget(table)
        close = QPushButton("Close  Esc")
        set_look(close, variant="quiet")
        close.clicked.connect(self.accept)
        self.add_buttons(close)


def _folder_of(skipped: Sequence[SkippedFile]) -> str:
    """The folder that all of them lie in, said once; empty if they share none."""
    try:
        return os.path.commonpath([os.path.dirname(entry.name) for entry in skipped])  # noqa: PTH120 - names, not files: a member of an archive is no path
    except ValueError:
        return ""
