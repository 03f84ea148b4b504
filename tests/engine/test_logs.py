"""The log's lines: where it went wrong, never whose film it was."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from engine.errors import ExportError, WorkerError
from engine.logs import start_logging
from engine.paths import HOME_VARIABLE
from engine.workers.protocol import error_from

NAME = "Muster" + "mann"


def _fail() -> None:
    try:
        Path(f"/nowhere/{NAME}.pdf").write_text("")
    except OSError as error:
        raise ExportError("The document could not be saved there.") from error


def _worker_error() -> WorkerError:
    body = {"error": "WorkerError", "message": "It failed.", "cause": "KeyError at reader.py:7"}
    error = error_from(body)
    assert isinstance(error, WorkerError)
    return error


def test_causes_are_logged_by_type_and_place_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path))
    before = list(logging.getLogger().handlers)
    path = start_logging("test")
    assert path is not None
    log = logging.getLogger("test")
    try:
        try:
            _fail()
        except ExportError as error:
            log.warning("an export failed", exc_info=error)
        log.warning("a worker failed", exc_info=_worker_error())
        try:
            int(NAME)
        except ValueError:
            log.exception("unexpected")
    finally:
        for handler in set(logging.getLogger().handlers) - set(before):
            logging.getLogger().removeHandler(handler)
            handler.close()
    written = path.read_text("utf-8")
    assert NAME not in written
    for part in ("ENOENT", "in _fail", "could not be saved", "KeyError at reader.py:7"):
        assert part in written
