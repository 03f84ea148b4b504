"""Reads what receivers of results wrote back: HL7 acknowledgements in a folder.

The files belong to the receiver: none is changed, moved or deleted. A file that is still being
written is read again when it has grown.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from engine.domain.audit import AuditAction
from engine.domain.delivery import Acknowledgement
from engine.domain.incoming import FileStamp
from engine.domain.progress import CancelToken
from engine.domain.user import Permission
from engine.errors import (
    DamagedFileError,
    InputError,
    LimitExceededError,
    NotDicomError,
    UnsupportedImageError,
    WorkerError,
)
from engine.services.slow_folders import unless_cancelled
from engine.storage.unit_of_work import Store

if TYPE_CHECKING:
    from engine.workers.decode_client import DecodeClient

_LOG = logging.getLogger(__name__)
_MOST_AT_ONCE = 500


class AnswerReader:
    """Reads a folder of acknowledgements. The method may block: call it off the GUI thread.

    Args:
        store: The open database.
        decoder: Gives the decode worker's client; first called for a new file.
    """

    def __init__(self, store: Store, decoder: Callable[[], DecodeClient]) -> None:
        self._store = store
        self._decoder = decoder

    def read(self, folder: Path, cancel: CancelToken) -> None:
        """Read what is new or changed in the folder.

        Raises `OSError` if the folder cannot be read, `StorageError`, or `CancelledError` while it
        waits for the folder.
        """
        with self._store.look() as unit:
            known = unit.answers.stamps()
        found = unless_cancelled(lambda: _files_in(folder), cancel)
        fresh = [(path, stamp) for path, stamp in found if known.get(path) != stamp]
        fresh.sort(key=lambda one: (one[1].changed_ns, one[0]))
        for path, stamp in fresh[:_MOST_AT_ONCE]:
            if cancel.is_cancelled:
                return
            said = self._said(path)
            if said is not None:
                self._keep(path, stamp, said)

    def _said(self, path: Path) -> tuple[Acknowledgement, ...] | None:
        """What a file says; None if it could not be looked into now, so that it is read again."""
        try:
            return self._decoder().acknowledgements(path)
        except (UnsupportedImageError, DamagedFileError, LimitExceededError, NotDicomError):
            # Whatever else lies in the folder is not ours to complain about.
            _LOG.info("a file in the folder of acknowledgements is none", exc_info=True)
            return ()
        except (InputError, WorkerError):
            _LOG.warning("a file of acknowledgements could not be opened now", exc_info=True)
            return None

    def _keep(self, path: Path, stamp: FileStamp, said: tuple[Acknowledgement, ...]) -> None:
        with self._store.change(Permission.READ) as unit:
            unit.answers.keep_stamps({path: stamp})
            for each in said:
                report_id = unit.answers.add(each, self._store.clock())
                if report_id is not None:
                    details = {"message": each.of, "accepted": each.is_accepted}
                    unit.audit.record(AuditAction.RESULT_ANSWERED, report_id, details)


def _files_in(folder: Path) -> list[tuple[Path, FileStamp]]:
    found = []
    for path in folder.iterdir():
        if path.name.startswith(".") or not path.is_file():
            continue
        facts = path.stat()
        found.append((path, FileStamp(size=facts.st_size, changed_ns=facts.st_mtime_ns)))
    return found
