"""A trace of a crash, for whoever fixes it. It stays on this computer.

The file holds positions in the code, exception types and our own sentences: never the message of a
foreign exception, which may quote a header, nor the value of a variable.
"""

from __future__ import annotations

import faulthandler
import os
import sys
from pathlib import Path
from types import TracebackType
from typing import Final, TextIO

from engine.paths import logs_dir

_NOW: Final = "crash.txt"
_BEFORE: Final = "crash-last.txt"


class CrashReport:
    """Written while the program runs; `begin` and `end` frame a run."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._has_error = False

    @classmethod
    def begin(cls) -> tuple[CrashReport | None, Path | None]:
        """Start this run's report and return it with the report of an earlier run that crashed.

        The first is None if no file can be written, the second if no run crashed. Native crashes
        and uncaught exceptions are written from here on.
        """
        found, folder = None, logs_dir()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            now = folder / _NOW
            if now.exists() and now.stat().st_size:
                found = now.replace(folder / _BEFORE)
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND
            stream = os.fdopen(os.open(now, flags, 0o600), "a", encoding="utf-8")
        except OSError:
            # A full or read-only disk must not keep the program from starting.
            return None, found
        report = cls(stream)
        faulthandler.enable(stream)
        sys.excepthook = report.write
        return report, found

    def write(
        self, kind: type[BaseException], error: BaseException, places: TracebackType | None
    ) -> None:
        """Write an uncaught exception; stands in for `sys.excepthook` and calls Python's own."""
        from engine.logs import described  # noqa: PLC0415  not before the first paint

        self._has_error = True
        try:
            self._stream.write(f"{described(error)}\n")
            self._stream.flush()
        except OSError:
            pass  # the disk is full; the log and the console still have it
        sys.__excepthook__(kind, error, places)

    def end(self) -> None:
        """End a run normally: the file stays only if it holds an uncaught exception."""
        faulthandler.disable()
        sys.excepthook = sys.__excepthook__
        if not self._has_error:
            self._stream.truncate(0)
        self._stream.close()
