"""The window at an interface scale, in a process of its own: Qt reads the scale at its start.

It opens the demo workspace, saves a picture of the window and exits.
"""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication, QLabel

from engine import paths
from viewer.app_context import AppContext
from viewer.main_window import MainWindow
from viewer.theme.palette import apply_theme
from viewer.theme.tokens import DARK

FULL_HD = 1920, 1080
"""Size of the screen that the window fills, in device pixels."""
PATIENCE_S = 120
_TIMES = re.compile(r"\d\d:\d\d|\d\.\d s")


def main(workspace: Path, model: Path, out: Path, scale: float) -> None:
    """Save the window's picture as `window.png` in the folder `out`."""
    paths.model_bundle = lambda: model
    app = QApplication([])
    apply_theme(app, DARK)
    app.setCursorFlashTime(0)
    context = AppContext()
    window = MainWindow(context, QSettings(str(out / "w.ini"), QSettings.Format.IniFormat))
    window.resize(*(round(side / scale) for side in FULL_HD))
    window.show()

    def until(is_true: Callable[[], bool], what: str) -> None:
        end = time.monotonic() + PATIENCE_S
        while not is_true():
            if time.monotonic() > end:
                raise SystemExit(f"{what} did not come")
            app.processEvents()
            time.sleep(0.01)

    context.open_when_ready((), first_study=True)
    context.session.open_demo(workspace)
    until(lambda: context.desk is not None, "the workspace")
    desk, panels = context.desk, window.desk_view
    assert desk is not None
    assert panels is not None
    films, thumbnails = desk.films, desk.thumbnails
    until(lambda: bool(films.films) and all(f.pixels for f in films.films), "the films")
    until(
        lambda: bool(context.session.model.provider or context.session.model.message), "the model"
    )
    until(
        lambda: all(thumbnails.picture(p.image) is not None for p in thumbnails.slots),
        "the small films",
    )
    until(lambda: desk.report.report is not None, "the report")
    panels.report.take_focus()
    for label in window.findChildren(QLabel):
        if _TIMES.search(label.text()):
            label.setText(re.sub(r"\d", "0", label.text()))
    end = time.monotonic() + 1
    until(lambda: time.monotonic() > end, "rest")
    window.grab().save(str(out / "window.png"))
    window.close()
    until(lambda: not window.isVisible(), "the end")


if __name__ == "__main__":
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    os.environ["QT_SCALE_FACTOR"] = sys.argv[4]
    main(*map(Path, sys.argv[1:4]), float(sys.argv[4]))
