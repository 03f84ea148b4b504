"""A short session in the real window, as a process of its own, for tests that watch it.

It opens the demo workspace, chooses a layout with priors, saves a picture, hides the names and
exits.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication

from viewer.app_context import AppContext
from viewer.main_window import MainWindow

PATIENCE_S = 120


def main(home: Path) -> None:
    """Run the session in a folder."""
    app = QApplication([])
    context = AppContext()
    window = MainWindow(context, QSettings(str(home / "w.ini"), QSettings.Format.IniFormat))
    window.show()

    def until(is_true: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE_S
        while not is_true():
            if time.monotonic() > end:
                raise SystemExit("it did not come")
            app.processEvents()
            time.sleep(0.01)

    context.open_when_ready((), first_study=True)
    context.session.open_demo(home / "workspace")
    until(lambda: context.desk is not None)
    desk, panels = context.desk, window.desk_view
    assert desk is not None
    assert panels is not None

    def films_are_there() -> bool:
        return bool(desk.films.films) and all(f.pixels for f in desk.films.films)

    until(films_are_there)
    window.registry.action("layout.timeline").trigger()
    until(films_are_there)
    panels.film_commands.save_view(home / "view.png")
    window.registry.action("window.hide_names").trigger()
    until(lambda: context.session.hides_names)
    window.close()
    until(lambda: not window.isVisible())


if __name__ == "__main__":
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    main(Path(sys.argv[1]))
