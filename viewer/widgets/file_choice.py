"""The system's file and folder dialogs, all opened from here.

Qt stores the folders of its file dialogs in a settings file of its own (`QtProject.conf`), in plain
text that every user of the computer can read. A folder may be named after a patient. These
functions leave Qt nowhere to write it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QFileDialog, QWidget

T = TypeVar("T")
_KEPT_BY_QT: Final = ("FileDialog/history", "FileDialog/lastVisited", "FileDialog/shortcuts")


def ask_for_folder(parent: QWidget, title: str) -> Path | None:
    """Ask for an existing folder; None if cancelled."""
    return _path_of(_asked(lambda: QFileDialog.getExistingDirectory(parent, title)))


def ask_for_file(parent: QWidget, title: str, kinds: str) -> Path | None:
    """Ask for an existing file; `kinds` is a Qt filter, e.g. "PDF (*.pdf)"."""
    name, _ = _asked(lambda: QFileDialog.getOpenFileName(parent, title, "", kinds))
    return _path_of(name)


def ask_for_files(parent: QWidget, title: str) -> tuple[Path, ...]:
    """Ask for existing files; empty if cancelled."""
    names, _ = _asked(lambda: QFileDialog.getOpenFileNames(parent, title))
    return tuple(Path(name) for name in names)


def ask_where(parent: QWidget, title: str, suggested: str, kinds: str) -> Path | None:
    """Ask where to write a file; None if cancelled."""
    return ask_where_and_how(parent, title, suggested, kinds)[0]


def ask_where_and_how(
    parent: QWidget, title: str, suggested: str, kinds: str
) -> tuple[Path | None, str]:
    """Ask where to write a file; returns the chosen filter too."""
    name, kind = _asked(lambda: QFileDialog.getSaveFileName(parent, title, suggested, kinds))
    return _path_of(name), kind


def _asked(ask: Callable[[], T]) -> T:
    native, user = QSettings.Format.NativeFormat, QSettings.Scope.UserScope
    # Where Qt keeps settings in files, they go to the null device; in the Windows registry the keys
    # are removed afterwards.
    QSettings.setPath(native, user, os.devnull)
    try:
        return ask()
    finally:
        kept = QSettings(user, "QtProject")
        for key in _KEPT_BY_QT:
            kept.remove(key)


def _path_of(name: str) -> Path | None:
    return Path(name) if name else None
