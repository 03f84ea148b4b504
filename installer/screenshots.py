"""Make the pictures of docs/images by driving the real window on the demo workspace, offscreen.

Run it with the trained bundle in `resources/model`: ``python installer/screenshots.py``. Every
picture shows the real program with its real fonts; nothing is drawn by hand.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QPoint, QSettings
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QDialog

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
SIZES = ((1366, 768), (1920, 1080), (3840, 2160))
PATIENCE_S = 120.0


def main() -> int:
    """Make all pictures; returns the exit status."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    sys.path.insert(0, str(ROOT))
    with tempfile.TemporaryDirectory() as home:
        os.environ["NEGATOSCOPE_HOME"] = home
        return _Photographer(Path(home)).run()


class _Photographer:
    """Drives one window and takes its picture."""

    def __init__(self, home: Path) -> None:
        from viewer.app_context import AppContext  # noqa: PLC0415 - after the path is set
        from viewer.main_window import MainWindow  # noqa: PLC0415 - the same
        from viewer.theme.palette import apply_theme  # noqa: PLC0415 - the same
        from viewer.theme.tokens import DARK  # noqa: PLC0415 - the same

        self.app = QApplication([])
        apply_theme(self.app, DARK)
        self.home = home
        self.context = AppContext(self.app)
        settings = QSettings(str(home / "window.ini"), QSettings.Format.IniFormat)
        self.window = MainWindow(self.context, settings)
        self.window.resize(1920, 1080)
        self.window.show()
        IMAGES.mkdir(parents=True, exist_ok=True)

    def run(self) -> int:
        """Every state in the order a reader meets them."""
        self._first_start()
        self._open()
        self._draft()
        for width, height in SIZES:
            self.window.resize(width, height)
            self._settle()
            self._take(f"main-{width}")
        self.window.resize(1920, 1080)
        self._review_and_sign()
        self._past_reports()
        self._keys()
        self.window.close()
        return 0

    def _first_start(self) -> None:
        workspace = Path("/home/reader/.local/share/Negatoscope/workspace")
        self.window.ask_for_workspace(workspace, has_workspace=False)
        self._settle()
        self._take("first-start")
        self._dialog().reject()

    def _open(self) -> None:
        context = self.context
        context.open_when_ready((), first_study=True)
        context.session.open_demo(self.home / "demo")
        self._until(lambda: context.report.report is not None)
        films = context.films
        self._until(lambda: bool(films.films) and all(f.pixels for f in films.films))
        self._until(lambda: bool(context.session.model.provider or context.session.model.message))
        self._settle()
        self._take("before-draft")

    def _draft(self) -> None:
        self.context.start_draft()
        self._until(lambda: self.context.report.draft is not None)
        self._settle()

    def _review_and_sign(self) -> None:
        report = self.context.report
        sentences = report.report.sentences if report.report is not None else ()
        for number, sentence in enumerate(sentences):
            if number == 1:
                report.reject(sentence.id)
            else:
                report.accept(sentence.id)
        from engine.domain.report import Section  # noqa: PLC0415 - after the path is set

        report.add(Section.IMPRESSION, "Written by the reader, in the reader's own words.")
        self._settle()
        self._take("reviewed")
        self.window.registry.action("report.sign").trigger()
        self._settle()
        self._take("signing")
        report.sign("demo", "I am the author of this report.", self._close_dialog, _fail)
        self._until(lambda: report.report is not None and not report.report.is_editable)
        self._settle()
        self._take("signed")

    def _past_reports(self) -> None:
        history = self.context.history
        self.window.left.show_history()
        self._until(lambda: bool(history.rows))
        history.read(history.rows[0])
        self._until(lambda: history.reading is not None)
        self._settle()
        self._take("past-reports")
        history.put_away()

    def _keys(self) -> None:
        self.window.registry.action("help.shortcuts").trigger()
        self._settle()
        self._take("keys")
        self._close_dialog()

    def _take(self, name: str) -> None:
        """The window, and over it the dialog that is open, as a desktop would centre it."""
        picture: QPixmap = self.window.grab()
        dialog = self.app.activeModalWidget()
        if dialog is not None:
            painter = QPainter(picture)
            place = self.window.rect().center() - dialog.rect().center()
            painter.drawPixmap(QPoint(place), dialog.grab())
            painter.end()
        picture.save(str(IMAGES / f"{name}.png"))
        sys.stdout.write(f"docs/images/{name}.png\n")

    def _dialog(self) -> QDialog:
        found = [d for d in self.window.findChildren(QDialog) if d.isVisible()]
        return found[0]

    def _close_dialog(self) -> None:
        for dialog in self.window.findChildren(QDialog):
            dialog.done(0)

    def _settle(self) -> None:
        end = time.monotonic() + 0.4
        while time.monotonic() < end:
            self.app.processEvents()
            time.sleep(0.01)

    def _until(self, is_true: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE_S
        while not is_true():
            if time.monotonic() > end:
                raise SystemExit("The window did not come to the next picture in time.")
            self.app.processEvents()
            time.sleep(0.01)


def _fail(error: Exception) -> None:
    raise SystemExit(str(error))


if __name__ == "__main__":
    sys.exit(main())
