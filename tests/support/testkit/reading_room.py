"""A real window on a real demo workspace, and methods that type and click in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QEvent, QRect, QSettings, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from engine.domain.report import Report
from engine.domain.study import StudyUid
from viewer.app_context import AppContext
from viewer.desk import Desk
from viewer.desk_view import DeskView
from viewer.main_window import MainWindow

PATIENCE_MS = 60_000
S = TypeVar("S", bound=QDialog)


class ReadingRoom:
    """One window.

    Args:
        qtbot: pytest-qt's `qtbot`, or an object with its `waitUntil`.
        settings: File for the window's geometry.
    """

    def __init__(self, qtbot: object, settings: Path) -> None:
        self._qtbot = qtbot
        self.context = AppContext()
        self.window = MainWindow(self.context, QSettings(str(settings), QSettings.Format.IniFormat))
        self.notices: list[object] = []
        self.context.notices.noticed.connect(self.notices.append)
        self.window.resize(1920, 1080)
        self.window.show()

    @property
    def desk(self) -> Desk:
        """The states of the open workspace."""
        assert self.context.desk is not None
        return self.context.desk

    @property
    def view(self) -> DeskView:
        """The panels of the open workspace."""
        assert self.window.desk_view is not None
        return self.window.desk_view

    def open_demo(self, root: Path | None = None) -> None:
        """Open the demo workspace on its newest study and wait for films and report."""
        self.context.preferences.load()
        self.context.open_when_ready((), first_study=True)
        self.context.session.open_demo(root)
        self.wait(lambda: self.context.desk is not None)
        self.wait(lambda: self.desk.report.report is not None)
        self.wait_for_films()

    def open_real(self, root: Path, passphrase: str) -> None:
        """Open a real workspace and wait for its list."""
        self.context.preferences.load()
        self.context.session.open_workspace(root, passphrase)
        self.wait(lambda: self.context.desk is not None)
        self.wait(lambda: self.desk.library.has_read)

    def show_study(self, uid: str) -> None:
        """Open a study and wait for its films and its report."""
        library = self.desk.library
        self.desk.open_study(StudyUid(uid))
        self.wait(lambda: library.study is not None and library.study.uid == uid)
        self.wait(lambda: self.desk.report.report is not None)
        self.wait_for_films()

    def sheet(self, kind: type[S]) -> S:
        """The open dialog of that class, once it has the focus and its layout is at rest."""
        self.wait(lambda: isinstance(QApplication.activeModalWidget(), kind))
        sheet = QApplication.activeModalWidget()
        assert isinstance(sheet, kind)
        self.wait(sheet.isActiveWindow)
        self.wait_for_layout(sheet)
        return sheet

    def wait_for_layout(self, widget: QWidget) -> None:
        """Wait until nothing in a widget moves: words that wrap settle in several rounds."""
        seen: list[list[QRect]] = []

        def is_at_rest() -> bool:
            QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
            seen.append([w.geometry() for w in (widget, *widget.findChildren(QWidget))])
            return len(seen) > 1 and seen[-1] == seen[-2]

        self.wait(is_at_rest)

    def wait_for_films(self) -> None:
        """Wait until every film in view has been decoded or refused."""
        films = self.desk.films
        self.wait(lambda: bool(films.films) and all(f.pixels or f.failure for f in films.films))

    def wait(self, is_true: Callable[[], bool]) -> None:
        """Let the window work until a condition holds."""
        self._qtbot.waitUntil(is_true, timeout=PATIENCE_MS)

    def do(self, command_id: str) -> None:
        """Trigger a command as its menu entry would."""
        self.window.registry.action(command_id).trigger()

    def press(self, key: Qt.Key | str, modifiers: Qt.KeyboardModifier | None = None) -> None:
        """Press a key in the focused widget."""
        QTest.keyClick(self.focus, key, modifiers or Qt.KeyboardModifier.NoModifier)

    def type(self, text: str) -> None:
        """Type letter by letter, because the focus may move while typing."""
        for letter in text:
            if letter.isascii():
                self.press(letter)
            else:
                # QTest takes a letter for a byte; a keyboard or an input method sends the letter
                # itself.
                kind, none = QEvent.Type.KeyPress, Qt.KeyboardModifier.NoModifier
                QApplication.sendEvent(self.focus, QKeyEvent(kind, 0, none, letter))

    @property
    def focus(self) -> QWidget:
        """The focused widget."""
        focused = QApplication.focusWidget()
        assert focused is not None
        return focused

    @property
    def report(self) -> Report:
        """The open report."""
        report = self.desk.report.report
        assert report is not None
        return report

    def draft(self) -> None:
        """Ask for a draft and wait until its sentences are in the report."""
        self.do("report.draft")
        self.wait(lambda: self.report.draft_id is not None)

    def close(self) -> None:
        """Close the window and wait until it is gone."""
        self.window.close()
        self.wait(lambda: not self.window.isVisible())
        # Windows left alive make every later change of the style sheet slow.
        for gone in (self.window, self.context):
            gone.deleteLater()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
