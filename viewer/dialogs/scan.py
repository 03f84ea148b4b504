"""Dialogs for a scan: the files left out, and the password of an encrypted archive."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtWidgets import (
    QHeaderView,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from engine.domain.study import SkippedFile
from viewer.dialogs.sheet import Sheet
from viewer.state.library import LibraryState
from viewer.state.wording import count_text
from viewer.theme.palette import set_look


class SkippedFiles(Sheet):
    """Lists the files that a scan left out, with reasons."""

    def __init__(self, skipped: Sequence[SkippedFile], parent: QWidget | None = None) -> None:
        super().__init__("Skipped files", 720, parent)
        self.add_heading(f"{count_text(len(skipped), 'file', 'files')} skipped")
        folder = _folder_of(skipped)
        if folder:
            self.add_label(f"In {folder}", role="dim")
        table = QTreeWidget()
        table.setAccessibleName("Skipped files and reasons")
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
    """The common folder of all files, to be shown once; empty if there is none."""
    try:
        return os.path.commonpath([os.path.dirname(entry.name) for entry in skipped])  # noqa: PTH120 - names, not files: a member of an archive is no path
    except ValueError:
        return ""


class ZipPassword(Sheet):
    """Asks for an archive's password and scans the archive again.

    Args:
        library: Scans the archive.
        archive: The archive; only its file name is shown.
        was_wrong: Whether a password was tried before.
    """

    def __init__(
        self, library: LibraryState, archive: Path, parent: QWidget, *, was_wrong: bool
    ) -> None:
        super().__init__("Encrypted ZIP archive", 440, parent)
        self._library = library
        self._archive = archive
        self.add_heading("Encrypted ZIP archive")
        self.problem = self.add_label("This password does not open it.", role="red")
        self.problem.setVisible(was_wrong)
        self.add_label(
            f"{archive.name} is encrypted. Its password is needed as long as this window is open "
            "and is not stored.",
            role="dim",
        )
        self.open_archive = QPushButton("Open")
        self.password = QLineEdit()
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.password.textChanged.connect(lambda text: self.open_archive.setEnabled(bool(text)))
        self.password.returnPressed.connect(self._open)
        self.add_field("Password", self.password)
        self.open_archive.setEnabled(False)
        self.open_archive.clicked.connect(self._open)
        set_look(self.open_archive, variant="primary")
        leave = QPushButton("Leave it out  Esc")
        leave.clicked.connect(self.reject)
        set_look(leave, variant="quiet")
        self.add_buttons(leave, self.open_archive)
        self.password.setFocus()
        self.finished.connect(library.ask_for_next_password)

    def _open(self) -> None:
        if self.password.text():
            self._library.add_locked(self._archive, self.password.text())
            self.accept()
