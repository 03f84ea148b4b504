"""One window for each workspace: a second start calls the first window through a file.

There is no socket, only a lock that the operating system releases with its process, and a file next
to it. Both are in the user's own folder; their names are derived from the workspace's path and
contain nothing about patients. The call may hold a study's number, and is deleted once it is taken.
"""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from engine.files import write_atomically
from engine.paths import data_dir
from engine.storage.location import take_lock

PATIENCE_S: Final = 5.0
"""How long a second start waits for the first window to take its call."""
_LOOK_EVERY_S: Final = 0.02
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowCall:
    """What a start of the program was asked to open.

    Attributes:
        films: Files and folders to scan.
        accession: Accession number of a study; empty for none.
        study: Study Instance UID; empty for none.
    """

    films: tuple[Path, ...] = ()
    accession: str = ""
    study: str = ""

    @property
    def names_study(self) -> bool:
        """Whether a study is asked for by number."""
        return bool(self.accession or self.study)


class WindowCalls:
    """The workspaces that are open in this window, and the calls from other starts."""

    def __init__(self) -> None:
        self._claimed: dict[Path, IO[bytes]] = {}

    def claim(self, root: Path) -> bool:
        """Claim a workspace for this window; False if another window has it.

        If the lock file cannot be written, True: the workspace's own lock still protects it.
        """
        lock_file = _lock_file(root)
        if lock_file in self._claimed:
            return True
        try:
            lock_file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._claimed[lock_file] = take_lock(lock_file)
        except BlockingIOError:
            return False
        except OSError:
            _LOG.warning("a second start will not find this window", exc_info=True)
            return True
        _call_at(lock_file).unlink(missing_ok=True)  # for a window that was killed before it looked
        return True

    def take(self) -> WindowCall | None:
        """A second start's call; None if there was none."""
        for lock_file in self._claimed:
            call = _call_at(lock_file)
            try:
                words = json.loads(call.read_bytes())
                call.unlink()
            except FileNotFoundError:
                continue
            except (OSError, ValueError):
                _LOG.warning("a call from a second start cannot be read", exc_info=True)
                call.unlink(missing_ok=True)
                words = {}
            return _call_of(words)
        return None

    def release(self) -> None:
        """Release all claims."""
        for stream in self._claimed.values():
            stream.close()
        self._claimed.clear()


def call_first_window(
    root: Path, asked: WindowCall, wait: Callable[[float], None] = time.sleep
) -> bool:
    """Ask the workspace's window to come forward and open things; False if it does not answer."""
    call = _call_at(_lock_file(root))
    words = {
        "films": [str(film.absolute()) for film in asked.films],
        "accession": asked.accession,
        "study": asked.study,
    }
    try:
        write_atomically(call, json.dumps(words).encode())
    except OSError:
        _LOG.warning("the first window cannot be called", exc_info=True)
        return False
    for _look in range(round(PATIENCE_S / _LOOK_EVERY_S)):
        if not call.exists():
            return True
        wait(_LOOK_EVERY_S)
    call.unlink(missing_ok=True)
    return False


def _call_of(words: object) -> WindowCall:
    told = words if isinstance(words, dict) else {}
    return WindowCall(
        films=tuple(Path(word) for word in told.get("films", ())),
        accession=str(told.get("accession", "")),
        study=str(told.get("study", "")),
    )


def _lock_file(root: Path) -> Path:
    name = hashlib.sha256(str(root.resolve()).encode(errors="surrogateescape")).hexdigest()
    return data_dir() / "windows" / f"{name[:16]}.lock"


def _call_at(lock_file: Path) -> Path:
    return lock_file.with_suffix(".call")
