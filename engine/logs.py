"""The local log: rotating files without patient data.

No filter could find every name, so the rule is at the source: only our own identifiers, counts,
times and the causes of errors are logged, never a header value, a report's words or a file name. Of
a cause, its type and its positions in the code are logged; its message is left out unless it is one
of ours, since foreign messages quote file names, header values and settings.
"""

from __future__ import annotations

import copy
import errno
import logging
import traceback
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import Any

from engine.errors import NegatoscopeError, TechnicalError
from engine.paths import logs_dir

_FORMAT = "%(asctime)s %(levelname)s %(process)d %(name)s: %(message)s"
_MAX_BYTES = 1_000_000
_OLD_FILES = 4
_MOST_CAUSES = 8


def start_logging(name: str, *, level: int = logging.INFO) -> Path | None:
    """Send this process's log to `<name>.log`; returns the file, or None if it cannot be written.

    Each kind of process has its own name ("viewer", "cli", a worker), because two processes must
    not rotate the same file.
    """
    # On a full disk, `logging` would print a traceback for every line it cannot write.
    logging.raiseExceptions = False
    root = logging.getLogger()
    root.setLevel(level)
    path = logs_dir() / f"{name}.log"
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handler = RotatingFileHandler(
            path, maxBytes=_MAX_BYTES, backupCount=_OLD_FILES, encoding="utf-8", delay=False
        )
    except OSError:
        # A full or read-only disk must not keep the program from starting.
        root.addHandler(logging.NullHandler())
        return None
    handler.setFormatter(_Formatter(_FORMAT))
    root.addHandler(handler)
    return path


class _Formatter(logging.Formatter):
    """Formats lines whose tracebacks carry no message of a foreign exception."""

    def format(self, record: logging.LogRecord) -> str:
        # Another handler may have left its own rendering of the traceback in the record.
        record = copy.copy(record)
        record.exc_text = None
        return super().format(record)

    def formatException(  # noqa: N802 - the name is logging's
        self, ei: tuple[type[BaseException], BaseException, TracebackType | None] | Any
    ) -> str:
        return described(ei[1])


def described(error: BaseException | None) -> str:
    """An error and its causes, root cause first: code positions, types and our own sentences."""
    parts: list[str] = []
    while error is not None and len(parts) < _MOST_CAUSES:
        places = "".join(traceback.format_tb(error.__traceback__))
        parts.append(f"{places}{type(error).__name__}{_detail(error)}")
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n".join(reversed(parts))


def _detail(error: BaseException) -> str:
    if isinstance(error, NegatoscopeError | TechnicalError):
        return f": {error}"
    if isinstance(error, OSError) and error.errno is not None:
        return f": {errno.errorcode.get(error.errno, error.errno)}"
    code = getattr(error, "sqlite_errorname", "")
    return f": {code}" if code else ""
