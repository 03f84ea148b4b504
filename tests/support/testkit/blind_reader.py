"""A viewer process with a blind-first reading under way, until it is killed.

    python -m testkit.blind_reader WORKSPACE BUNDLE JOURNAL

It saves a finding, changes it and adds another, asks for a draft that must be held back, and
creates the journal once the draft waits. After that only a kill ends the process.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QSettings, QTimer
from PySide6.QtWidgets import QApplication

from engine import paths
from engine.domain.report import Section
from viewer.app_context import AppContext
from viewer.desk import Desk
from viewer.main_window import MainWindow
from viewer.state.report import SaveState

SAVED = "The heart is enlarged."
CHANGED = "The heart is not enlarged."
ADDED = "A granuloma in the right apex."
LOOK_MS = 20

Step = tuple[Callable[[], bool], Callable[[], object]]
"""A condition, and the action to take once it holds."""


def main(workspace: Path, bundle: Path, journal: Path) -> None:
    """Open the demo's newest study and go through the steps."""
    paths.model_bundle = lambda: bundle
    app = QApplication(sys.argv[:1])
    context = AppContext(app)
    window = MainWindow(context, QSettings(str(journal) + ".ini", QSettings.Format.IniFormat))
    window.show()
    context.open_when_ready((), first_study=True)
    timer = QTimer(window)
    steps: list[Step] = []

    def begin(desk: Desk) -> None:
        steps.extend(_steps(desk, window, journal))
        timer.start(LOOK_MS)

    def look() -> None:
        is_time, act = steps[0]
        if is_time():
            act()
            del steps[0]
        if not steps:
            timer.stop()

    timer.timeout.connect(look)
    context.desk_opened.connect(begin)
    context.preferences.load()
    context.session.open_demo(workspace)
    app.exec()


def _steps(desk: Desk, window: MainWindow, journal: Path) -> list[Step]:
    state = desk.report

    def is_open() -> bool:
        return state.report is not None and desk.preferences.is_loaded

    def is_kept() -> bool:
        return state.save_state is SaveState.SAVED

    def change() -> None:
        assert state.report is not None
        state.set_text(state.report.sentences[0].id, CHANGED)
        state.add(Section.FINDINGS, ADDED)

    draft = window.registry.action("report.draft")
    return [
        (is_open, lambda: desk.preferences.set_blind_first(is_on=True)),
        (lambda: desk.preferences.blind_first, lambda: state.add(Section.FINDINGS, SAVED)),
        (is_kept, state.save),
        (lambda: not state.has_unsaved, change),
        (lambda: is_kept() and draft.isEnabled(), draft.trigger),
        (lambda: desk.blind.has_draft and is_kept(), journal.touch),
    ]


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))
