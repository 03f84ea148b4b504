"""What the hand feels in the real window: a drag, the wheel, a letter, an accept, the next study.

Real mouse and key events on the demo. Each figure is from the event until the window has painted
what it changed. Beside it stands the processor time of the window's thread, which other work on the
machine does not lengthen.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QPoint, QPointF, QSettings, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from engine import paths
from engine.domain.report import Section
from viewer.app_context import AppContext
from viewer.desk import Desk
from viewer.desk_view import DeskView
from viewer.main_window import MainWindow
from viewer.theme.palette import apply_theme
from viewer.theme.tokens import DARK

FRAMES, LETTERS, ACCEPTS, STUDIES = 150, 140, 30, 24
PAUSE_S = 0.012
"""Time between two events, as a quick hand leaves it."""
PATIENCE_S = 120.0
LEFT, NO_KEY = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
WORDS = "No acute disease of the chest is seen on this film, as it was before. "


class Timed:
    """Seconds of one kind of event: on the clock, and of the window's thread."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.clock: list[float] = []
        self.thread: list[float] = []

    def take(self, act: Callable[[], object]) -> None:
        """Do it, and note how long it took."""
        clock, thread = time.perf_counter(), time.thread_time()
        act()
        self.clock.append(time.perf_counter() - clock)
        self.thread.append(time.thread_time() - thread)

    def show(self) -> None:
        """Print the medians."""
        print(
            f"{self.name:14} median {statistics.median(self.clock) * 1000:7.2f} ms, "
            f"its thread {statistics.median(self.thread) * 1000:7.2f} ms   "
            f"(least {min(self.clock) * 1000:.2f}, most {max(self.clock) * 1000:.2f}, "
            f"n={len(self.clock)})",
            flush=True,
        )


class Hand:
    """A hand at one window on a new demo workspace, as large as a full HD screen.

    Args:
        app: The application.
        home: Folder for everything.
    """

    def __init__(self, app: QApplication, home: Path) -> None:
        self.app = app
        self.context = AppContext()
        settings = QSettings(str(home / "w.ini"), QSettings.Format.IniFormat)
        self.window = MainWindow(self.context, settings)
        self.window.resize(1920, 1080)
        self.window.show()
        self.context.preferences.load()
        self.context.open_when_ready((), first_study=True)
        self.context.session.open_demo(home / "demo")
        self.until(lambda: self.context.desk is not None)
        self.until(self.is_open)
        self.window.activateWindow()

    @property
    def desk(self) -> Desk:
        """The states of the open workspace."""
        if self.context.desk is None:
            raise RuntimeError
        return self.context.desk

    @property
    def view(self) -> DeskView:
        """The panels of the open workspace."""
        if self.window.desk_view is None:
            raise RuntimeError
        return self.window.desk_view

    def is_open(self) -> bool:
        """Whether report and films of the study in the list are there."""
        films, report = self.desk.films.films, self.desk.report.report
        study = self.desk.library.study
        is_right = report is not None and study is not None and report.study_uid == study.uid
        return is_right and bool(films) and all(film.pixels for film in films)

    def until(self, is_true: Callable[[], bool]) -> None:
        """Let the window work until something holds."""
        end = time.monotonic() + PATIENCE_S
        while not is_true():
            if time.monotonic() > end:
                raise SystemExit("The window does not answer.")
            self.app.processEvents()
            time.sleep(0.001)

    def rest(self, seconds: float = PAUSE_S) -> None:
        """Let the window work for some time."""
        end = time.monotonic() + seconds
        self.until(lambda: time.monotonic() > end)

    def paint(self) -> None:
        """Let everything that is due be done and painted."""
        self.app.processEvents()
        self.app.processEvents()

    def drag(self, timed: Timed) -> None:
        """Change the window of the active film by a drag."""
        film = self.view.views.active_view
        middle = QPointF(film.rect().center())

        def mouse(kind: QEvent.Type, at: QPointF) -> None:
            button = Qt.MouseButton.NoButton if kind is QEvent.Type.MouseMove else LEFT
            event = QMouseEvent(kind, at, film.mapToGlobal(at), button, LEFT, NO_KEY)
            self.app.sendEvent(film, event)

        mouse(QEvent.Type.MouseButtonPress, middle)
        for step in range(FRAMES):
            at = middle + QPointF(step % 60, step % 40)
            timed.take(lambda at=at: (mouse(QEvent.Type.MouseMove, at), self.paint()))
            self.rest()
        mouse(QEvent.Type.MouseButtonRelease, middle)
        self.rest(0.5)

    def wheel(self, timed: Timed) -> None:
        """Zoom in and out."""
        film, no_button = self.view.views.active_view, Qt.MouseButton.NoButton
        at, phase = QPointF(film.rect().center()), Qt.ScrollPhase.NoScrollPhase
        for step in range(FRAMES):
            turned = QPoint(0, 120 if step % 10 < 5 else -120)
            event = QWheelEvent(
                at,
                film.mapToGlobal(at),
                QPoint(),
                turned,
                no_button,
                NO_KEY,
                phase,
                False,  # noqa: FBT003 - Qt's
            )
            timed.take(lambda event=event: (self.app.sendEvent(film, event), self.paint()))
            self.rest()
        self.rest(0.5)

    def accept(self, timed: Timed) -> None:
        """Draft, then accept a sentence that has no side, again and again."""
        panel = self.view.report
        QTest.keyClick(self.window, Qt.Key.Key_F5)
        self.until(lambda: bool(panel.rows))
        self.rest(2.0)
        sentence = next(
            row.sentence.id
            for row in panel.rows
            if not {"left", "right"} & set(row.sentence.text.split())
        )
        for _ in range(ACCEPTS):
            row = next(row for row in panel.rows if row.sentence.id == sentence)
            row.setFocus()
            self.rest(0.1)
            timed.take(lambda row=row: (QTest.keyClick(row, "a"), self.paint()))
            for _ in range(2):  # rejected and brought back, it is undecided again
                row = next(row for row in panel.rows if row.sentence.id == sentence)
                row.setFocus()
                QTest.keyClick(row, "x")
                self.rest(0.05)

    def letters(self, timed: Timed) -> None:
        """Write an impression."""
        self.view.report.sections[Section.IMPRESSION].line.setFocus()
        for number in range(LETTERS):
            focused, letter = QApplication.focusWidget(), WORDS[number % len(WORDS)]
            timed.take(lambda f=focused, c=letter: (QTest.keyClick(f, c), self.paint()))
            self.rest()
        self.rest(3.0)

    def next_study(self, timed: Timed) -> None:
        """Go through the list until films and report are there."""
        control = Qt.KeyboardModifier.ControlModifier

        def go(key: Qt.Key) -> None:
            before = self.desk.library.study
            QTest.keyClick(self.window, key, control)
            self.until(lambda: self.desk.library.study is not before and self.is_open())
            self.paint()

        self.view.views.active_view.setFocus()
        for number in range(STUDIES):
            key = Qt.Key.Key_Down if number % 8 < 4 else Qt.Key.Key_Up
            timed.take(lambda key=key: go(key))
            self.rest(0.7)


def main() -> None:
    """Run the benchmark offscreen."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory() as home:
        os.environ[paths.HOME_VARIABLE] = home
        app = QApplication([])
        apply_theme(app, DARK)
        hand = Hand(app, Path(home))
        acts = (hand.drag, hand.wheel, hand.accept, hand.letters, hand.next_study)
        for act in acts:
            timed = Timed(act.__name__.replace("_", " "))
            act(timed)
            timed.show()
        hand.window.close()
        hand.until(lambda: not hand.window.isVisible())


if __name__ == "__main__":
    main()
