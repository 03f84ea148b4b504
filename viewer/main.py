"""Start of the viewer: the window first, everything else behind it.

Until the first paint only Qt and numpy are imported; the workspace, with its database, DICOM
reader and model, is opened in a worker thread once the window stands (performance.md 5).
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from viewer.main_window import MainWindow

LARGEST_SCALE = 3.0
"""Largest size of the interface, as a factor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartRequest:
    """What the command line asked for.

    Attributes:
        paths: Films to open.
        workspace: Folder of the workspace; None for this user's own.
        is_demo: Open the demo workspace without asking.
    """

    paths: tuple[Path, ...] = ()
    workspace: Path | None = None
    is_demo: bool = False


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
    parser.add_argument("--workspace", type=Path, help="folder of the workspace")
    parser.add_argument("--demo", action="store_true", help="open the demo workspace")
    found = parser.parse_args(arguments)
    return StartRequest(
        paths=tuple(found.paths), workspace=found.workspace, is_demo=bool(found.demo)
    )


def _run_worker(arguments: list[str]) -> int:
    """In the frozen app this very program is the worker too; Qt is not imported then."""
    from engine.workers.entry import run_worker  # noqa: PLC0415 - never in the window's process

    return run_worker(arguments[0], arguments[1:])


def _run_window(request: StartRequest) -> int:
    from PySide6.QtCore import QSettings, QTimer  # noqa: PLC0415 - not in a worker process
    from PySide6.QtWidgets import QApplication  # noqa: PLC0415 - the same

    from viewer.app_context import AppContext  # noqa: PLC0415 - the same
    from viewer.main_window import MainWindow  # noqa: PLC0415 - the same
    from viewer.theme.palette import apply_theme  # noqa: PLC0415 - the same
    from viewer.theme.tokens import DARK  # noqa: PLC0415 - the same

    use_scale(os.environ)
    app = QApplication([sys.argv[0]])
    app.setApplicationName("Negatoscope")
    app.setDesktopFileName("negatoscope")
    apply_theme(app, DARK)
    ini = QSettings.Format.IniFormat
    home = os.environ.get("NEGATOSCOPE_HOME")
    if home:
        QSettings.setPath(ini, QSettings.Scope.UserScope, home)
    settings = QSettings(ini, QSettings.Scope.UserScope, "Negatoscope", "window")
    window = MainWindow(AppContext(app), settings)
    window.show()
    QTimer.singleShot(0, lambda: open_first(window, request))
    return int(app.exec())


def use_scale(environment: MutableMapping[str, str]) -> None:
    """Tell Qt the size of the interface before it starts, unless the environment says another.

    The settings are looked into without their reader, which would cost a fifth of a second here.
    """
    from engine.paths import settings_file  # noqa: PLC0415 - not in a worker process

    try:
        scale = float(json.loads(settings_file().read_bytes()).get("interface_scale", 1.0))
    except (OSError, ValueError, TypeError, AttributeError):
        return
    if 1.0 < scale <= LARGEST_SCALE:
        environment.setdefault("QT_SCALE_FACTOR", f"{scale:g}")


def open_first(window: MainWindow, request: StartRequest) -> None:
    """Open the workspace that was asked for, or ask which."""
    from engine import paths  # noqa: PLC0415 - after the first paint

    session = window.context.session
    window.context.preferences.load()
    window.context.open_when_ready(request.paths, first_study=request.is_demo)
    if request.is_demo:
        session.open_demo(request.workspace)
    else:
        window.open_workspace_at(request.workspace or paths.default_workspace())


if __name__ == "__main__":
    sys.exit(main())
