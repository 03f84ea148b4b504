"""Opening films, and exporting the report as PDF or text."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QStandardPaths
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from viewer.actions import file
from viewer.actions.registry import CommandRegistry
from viewer.desk import Desk
from viewer.widgets.file_choice import ask_for_files, ask_for_folder, ask_where


class FileCommands(QObject):
    """Asks for files and folders, and opens or writes them.

    Args:
        registry: With the commands added.
        desk: States of the open workspace.
        window: Parent of the system's dialogs.
    """

    def __init__(self, registry: CommandRegistry, desk: Desk, window: QWidget) -> None:
        super().__init__(window)
        self._desk = desk
        self._window = window
        documents = QStandardPaths.StandardLocation.DocumentsLocation
        self._folder = Path(QStandardPaths.writableLocation(documents) or Path.home())
        registry.bind(file.OPEN_FOLDER, self.open_folder)
        registry.bind(file.OPEN_FILES, self._open_files)
        registry.bind(file.EXPORT_PDF, self.export_pdf)
        registry.bind(file.COPY_TEXT, self._copy_text)

    def open_folder(self) -> None:
        """Ask for a folder and scan it."""
        folder = ask_for_folder(self._window, "Folder or CD with films")
        if folder is not None:
            self._desk.open_paths([folder])

    def export_pdf(self) -> None:
        """Ask for a file and write the open report to it as PDF."""
        if self._desk.report.report is None:
            return
        study = self._desk.library.study
        day = study.study_date if study is not None else None
        # Never a patient's name: anybody can see file names.
        name = f"Chest report {day.isoformat()}.pdf" if day is not None else "Chest report.pdf"
        suggested = str(self._folder / name)
        to = ask_where(self._window, "Export the report as PDF", suggested, "PDF (*.pdf)")
        if to is not None:
            self._folder = to.parent
            self._desk.exporting.pdf(to)

    def _open_files(self) -> None:
        self._desk.open_paths(ask_for_files(self._window, "Films or ZIP archives"))

    def _copy_text(self) -> None:
        def copied(text: str) -> None:
            QGuiApplication.clipboard().setText(text)
            self._desk.notices.say("Copied", "Report copied.")

        self._desk.exporting.copy_text(copied)
