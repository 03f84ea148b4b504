"""What the window does when studies are to be opened, or the report is to leave as PDF or text."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QWidget

from viewer.actions import file
from viewer.actions.registry import CommandRegistry
from viewer.app_context import AppContext
from viewer.errors import Notice, Severity


class FileCommands(QObject):
    """Asks for places on the disk, and reads from or writes to them.

    Args:
        window: Parent of the system's dialogs.
    """

    def __init__(self, registry: CommandRegistry, context: AppContext, window: QWidget) -> None:
        super().__init__(window)
        self._context = context
        self._window = window
        registry.bind(file.OPEN_FOLDER, self.open_folder)
        registry.bind(file.OPEN_FILES, self._open_files)
        registry.bind(file.EXPORT_PDF, self.export_pdf)
        registry.bind(file.COPY_TEXT, self._copy_text)

    def open_folder(self) -> None:
        """Ask for a folder and scan it."""
        if self._context.session.workspace is None:
            return
        folder = QFileDialog.getExistingDirectory(self._window, "Folder or CD with films")
        if folder:
            self._context.library.add([Path(folder)])

    def export_pdf(self) -> None:
        """Ask for a file and write the open report to it."""
        if self._context.report.report is None:
            return
        name, _ = QFileDialog.getSaveFileName(
            self._window, "Export the report as PDF", "report.pdf", "PDF (*.pdf)"
        )
        if name:
            self._context.export_pdf(Path(name))

    def _open_files(self) -> None:
        if self._context.session.workspace is None:
            return
        names, _ = QFileDialog.getOpenFileNames(self._window, "Films or ZIP archives")
        self._context.library.add([Path(name) for name in names])

    def _copy_text(self) -> None:
        def copied(text: str) -> None:
            QGuiApplication.clipboard().setText(text)
            self._context.noticed.emit(
                Notice(title="Copied", sentence="Report copied.", severity=Severity.QUIET)
            )

        self._context.copy_text(copied)
