"""Files that a scan left out, and why."""

from __future__ import annotations

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
        table = QTreeWidget()
        table.setHeaderLabels(["File", "Why"])
        table.setRootIsDecorated(False)
        table.setMinimumHeight(320)
        for entry in skipped:
            item = QTreeWidgetItem([entry.name, entry.reason])
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
