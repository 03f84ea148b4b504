"""The local log: rotating files without patient data.

No filter could find every name, so the rule is at the source: what is logged are identifiers of
our own, counts, times and the causes of errors, never a header value, a report's words or a
file's name. The database hides the parameters of failed statements for the same reason.
"""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

from engine.paths import logs_dir

_FORMAT = "%(asctime)s %(levelname)s %(process)d %(name)s: %(message)s"
_MAX_BYTES = 1_000_000
_OLD_FILES = 4


def start_logging(name: str, *, level: int = logging.INFO) -> Path | None:
    """Send this process's log to `<name>.log`; returns the file, or None if it cannot be written.

    Each kind of process has a name of its own ("viewer", "cli", a worker), because two processes
    must not rotate the same file.
    """
    root = logging.getLogger()
    root.setLevel(level)
    path = logs_dir() / f"{name}.log"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(
            path, maxBytes=_MAX_BYTES, backupCount=_OLD_FILES, encoding="utf-8", delay=False
        )
    except OSError:
        # A full or read-only disk must not keep the product from starting.
        root.addHandler(logging.NullHandler())
        return None
    handler.setFormatter(logging.Formatter(_FORMAT))
    root.addHandler(handler)
    return path
