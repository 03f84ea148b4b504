"""A session at the window as a process of its own, with Qt's own file dialogs.

`python -m testkit.dialog_session WORKSPACE FILMS PDF` opens the workspace with the tests'
passphrase, opens the folder of films, writes a sentence, opens the header, locks, unlocks and
exports the report, all by menu commands.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit

from engine.domain.report import Section
from testkit.command_line import PASSPHRASE
from testkit.reading_room import ReadingRoom
from viewer.dialogs.header_browser import HeaderBrowser
from viewer.dialogs.lock import LockSheet

WORDS = "Quokkas graze in the left costophrenic angle."


class _Hand:
    """The part of pytest-qt that a reading room uses."""

    def waitUntil(self, is_true: Callable[[], bool], timeout: int) -> None:  # noqa: N802 - its name
        until = time.monotonic() + timeout / 1000
        while not is_true():
            assert time.monotonic() < until
            QTest.qWait(20)


def answer_file_dialog(path: Path) -> None:
    """Type a path into the next file dialog and accept it."""

    def answer() -> None:
        dialog = QApplication.activeModalWidget()
        if not isinstance(dialog, QFileDialog):
            QTimer.singleShot(50, answer)
            return
        dialog.setDirectory(str(path.parent))
        field = dialog.findChild(QLineEdit, "fileNameEdit")
        assert isinstance(field, QLineEdit)
        field.setText(str(path))
        dialog.accept()

    QTimer.singleShot(50, answer)


def run(workspace: Path, films: Path, pdf: Path) -> None:
    """Go through the session."""
    app = QApplication([])
    room = ReadingRoom(_Hand(), workspace.parent / "window.ini")
    room.open_real(workspace, PASSPHRASE)
    answer_file_dialog(films)
    room.do("file.open_folder")
    room.wait(lambda: room.desk.report.report is not None)
    room.wait_for_films()
    room.desk.report.add(Section.FINDINGS, WORDS)
    room.do("report.save")
    room.wait(lambda: not room.desk.report.has_unsaved)
    room.do("film.header")
    room.sheet(HeaderBrowser).accept()
    room.do("file.lock")
    sheet = room.sheet(LockSheet)
    sheet.passphrase.setText(PASSPHRASE)
    sheet.unlock.click()
    room.wait(lambda: not sheet.isVisible())
    answer_file_dialog(pdf)
    room.do("file.export_pdf")
    room.wait(pdf.exists)
    room.close()
    app.quit()


if __name__ == "__main__":
    run(*map(Path, sys.argv[1:4]))
