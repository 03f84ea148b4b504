"""Start of the viewer: the window first, everything else after it.

Until the first paint only Qt and NumPy are imported. A worker thread then opens the workspace with
its database, DICOM reader and model.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.services.film_decoder import FilmDecoder
    from engine.services.window_calls import WindowCall, WindowCalls
    from viewer.main_window import MainWindow
    from viewer.theme.tokens import Tokens

LARGEST_SCALE = 3.0
"""Largest size of the interface, as a factor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartRequest:
    """What the command line asked for.

    Attributes:
        paths: Films to open.
        accession: Accession number of a study to open; empty for none.
        study: Study Instance UID of a study to open; empty for none.
        workspace: Folder of the workspace; None for the user's own.
        is_demo: Open the demo workspace without asking.
    """

    paths: tuple[Path, ...] = ()
    accession: str = ""
    study: str = ""
    workspace: Path | None = None
    is_demo: bool = False

    @property
    def shows_films(self) -> bool:
        """Whether a film is shown as soon as the workspace is open."""
        return bool(self.is_demo or self.paths or self.accession or self.study)

    def call(self) -> WindowCall:
        """What is to be opened, as a second start passes it on."""
        from engine.services.window_calls import WindowCall  # noqa: PLC0415 - not in a worker

        return WindowCall(films=self.paths, accession=self.accession, study=self.study)

    def root(self) -> Path:
        """The folder of the workspace asked for."""
        from engine import paths  # noqa: PLC0415 - not in a worker process

        return self.workspace or (
            paths.demo_workspace() if self.is_demo else paths.default_workspace()
        )


def main(argv: Sequence[str] | None = None) -> int:
    """Run the viewer; returns the exit status."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments[:1] == ["--worker"]:
        return _run_worker(arguments[1:])
    return _run_window(_parse(arguments))


def _parse(arguments: list[str]) -> StartRequest:
    parser = argparse.ArgumentParser(
        prog="negatoscope-viewer", description="Read chest films and report on them, offline."
    )
    parser.add_argument("paths", nargs="*", type=Path, help="files, folders or ZIP archives")
    asked = parser.add_mutually_exclusive_group()
    asked.add_argument("--accession", default="", metavar="N", help="open the study of this number")
    asked.add_argument("--study", default="", metavar="UID", help="open this study")
    parser.add_argument("--workspace", type=Path, help="folder of the workspace")
    parser.add_argument("--demo", action="store_true", help="open the demo workspace")
    found = parser.parse_args(arguments)
    return StartRequest(
        paths=tuple(found.paths),
        accession=found.accession,
        study=found.study,
        workspace=found.workspace,
        is_demo=bool(found.demo),
    )


def _run_worker(arguments: list[str]) -> int:
    """In the frozen application this program is the worker too; Qt is not imported then."""
    from engine.workers.entry import run_worker  # noqa: PLC0415 - never in the window's process

    return run_worker(arguments[0], arguments[1:])


def _run_window(request: StartRequest) -> int:
    from engine.services.film_decoder import FilmDecoder  # noqa: PLC0415 - not in a worker process
    from engine.services.window_calls import WindowCalls, call_first_window  # noqa: PLC0415

    calls, root = WindowCalls(), request.root()
    if not calls.claim(root) and call_first_window(root, request.call()):
        return 0
    decoder = FilmDecoder()
    if request.shows_films:
        # The other processor loads the worker while this one loads Qt.
        decoder.begin()
    return _show_window(request, calls, decoder)


def _show_window(request: StartRequest, calls: WindowCalls, decoder: FilmDecoder) -> int:
    from PySide6.QtCore import QSettings, QTimer  # noqa: PLC0415 - not in a worker process
    from PySide6.QtWidgets import QApplication  # noqa: PLC0415 - the same

    from engine.services.crash_report import CrashReport  # noqa: PLC0415 - the same
    from viewer.app_context import AppContext  # noqa: PLC0415 - the same
    from viewer.main_window import MainWindow  # noqa: PLC0415 - the same
    from viewer.tasks.calls import CallWatch  # noqa: PLC0415 - the same
    from viewer.tasks.watchdog import Watchdog  # noqa: PLC0415 - the same
    from viewer.theme.palette import apply_theme  # noqa: PLC0415 - the same

    report, crashed = CrashReport.begin()
    use_scale(os.environ)
    app = QApplication([sys.argv[0]])
    app.setApplicationName("Negatoscope")
    app.setDesktopFileName("negatoscope")
    tokens = chosen_theme()
    apply_theme(app, tokens)
    ini = QSettings.Format.IniFormat
    home = os.environ.get("NEGATOSCOPE_HOME")
    if home:
        QSettings.setPath(ini, QSettings.Scope.UserScope, home)
    settings = QSettings(ini, QSettings.Scope.UserScope, "Negatoscope", "window")
    window = MainWindow(AppContext(app), settings, tokens)
    window.context.session.read_with(decoder)
    window.open_up()
    watchdog = Watchdog(window)
    window.context.desk_opened.connect(lambda _desk: QTimer.singleShot(0, watchdog.start))
    window.context.desk_opened.connect(lambda desk: calls.claim(desk.workspace.root))
    CallWatch(calls, window).called.connect(lambda call: answer(window, call))
    if crashed is not None:
        offer(crashed, window)
    QTimer.singleShot(0, lambda: open_first(window, request))
    status = int(app.exec())
    calls.release()
    if report is not None:
        report.end()
    return status


def offer(crashed: Path, window: MainWindow) -> None:
    """Name the file of a crash report, once the workspace and recovered text are open."""
    context = window.context
    sentence = (
        f"Negatoscope stopped unexpectedly. A crash report without patient data is in {crashed}; "
        "send it to whoever looks after Negatoscope."
    )
    context.desk_opened.connect(lambda _desk: context.notices.say("Crash report", sentence))


def answer(window: MainWindow, call: WindowCall) -> None:
    """Come forward and open what a second start was asked for."""
    window.come_forward()
    context = window.context
    named = call if call.names_study else None
    if context.desk is None:
        if call.films or named:
            context.open_when_ready(call.films, first_study=False, named=named)
        return
    context.desk.open_paths(call.films)
    if named is not None:
        context.desk.open_named(named)


def use_scale(environment: MutableMapping[str, str]) -> None:
    """Set Qt's scale factor before it starts, unless the environment sets one."""
    try:
        scale = float(_early_setting("interface_scale") or 1.0)
    except (ValueError, TypeError):
        return
    if 1.0 < scale <= LARGEST_SCALE:
        environment.setdefault("QT_SCALE_FACTOR", f"{scale:g}")


def chosen_theme() -> Tokens:
    """The colours that the settings name; dark if they name none that there is."""
    from viewer.theme.tokens import DARK, LIGHT  # noqa: PLC0415 - not in a worker process

    return LIGHT if _early_setting("theme") == LIGHT.name else DARK


def _early_setting(name: str) -> Any:
    """A setting that the first paint needs; None if it is not set.

    The files are read directly: the settings' own reader would cost a fifth of a second here.
    """
    from engine.paths import machine_settings_file, settings_file  # noqa: PLC0415 - not in a worker

    computer, user = _raw_settings(machine_settings_file()), _raw_settings(settings_file())
    if name in computer.get("fixed", ()):
        user = {}
    return {**computer, **user}.get(name)


def _raw_settings(path: Path) -> dict[str, Any]:
    try:
        values = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return values if isinstance(values, dict) else {}


def open_first(window: MainWindow, request: StartRequest) -> None:
    """Open the workspace asked for, or ask for one."""
    from engine.logs import start_logging  # noqa: PLC0415 - after the first paint

    start_logging("viewer")

    session = window.context.session
    window.context.preferences.load()
    call = request.call()
    window.context.open_when_ready(
        call.films,
        first_study=request.is_demo and not call.names_study,
        named=call if call.names_study else None,
    )
    if request.is_demo:
        session.open_demo(request.workspace)
    else:
        window.open_workspace_at(request.root())


if __name__ == "__main__":
    sys.exit(main())
