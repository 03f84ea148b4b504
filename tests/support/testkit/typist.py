"""A viewer process with somebody typing without pause, until it is killed.

    python -m testkit.typist WORKSPACE JOURNAL

Every letter is written to the journal, with the time, before it is typed. After a power cut the
journal says what a reader saw on the screen. A line with the time alone says that the window had
kept what was typed.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from PySide6.QtCore import QSettings, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from engine.domain.report import Section
from viewer.app_context import AppContext
from viewer.desk import Desk
from viewer.main_window import MainWindow

SENTENCE = "The left costophrenic angle is blunted, more than before; the right one is clear. "
LETTER_MS = 12


def main(workspace: Path, journal: Path) -> None:
    """Open the demo's newest study and type into its findings for ever."""
    app = QApplication(sys.argv[:1])
    context = AppContext(app)
    window = MainWindow(context, QSettings(str(journal) + ".ini", QSettings.Format.IniFormat))
    window.show()
    context.open_when_ready((), first_study=True)
    context.desk_opened.connect(
        lambda desk: desk.report.opened.connect(lambda: start_once(desk, window, journal))
    )
    context.session.open_demo(workspace)
    app.exec()


def start_once(desk: Desk, window: MainWindow, journal: Path) -> None:
    """Begin when the first report is open; `opened` is also emitted without a report."""
    if desk.report.report is not None and not journal.exists():
        journal.touch()
        QTimer.singleShot(0, lambda: start(desk, window, journal))


def start(desk: Desk, window: MainWindow, journal: Path) -> None:
    """Focus the findings and type a letter every few milliseconds."""
    window.activateWindow()
    assert window.report is not None
    window.report.sections[Section.FINDINGS].line.setFocus()
    descriptor = os.open(journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    position, kept_at = 0, desk.report.kept_at

    def note_kept() -> None:
        nonlocal kept_at
        if desk.report.kept_at != kept_at:
            kept_at = desk.report.kept_at
            os.write(descriptor, f"{time.time()!r}\n".encode())

    def type_one() -> None:
        nonlocal position
        letter = SENTENCE[position % len(SENTENCE)]
        os.write(descriptor, f"{time.time()!r} {ord(letter)}\n".encode())
        focused = QApplication.focusWidget()
        if focused is not None:
            QTest.keyClick(focused, letter, Qt.KeyboardModifier.NoModifier)
        position += 1

    desk.report.save_state_changed.connect(note_kept)
    timer = QTimer(window)
    timer.timeout.connect(type_one)
    timer.start(LETTER_MS)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
