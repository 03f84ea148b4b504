"""Wrong passphrases: counted across restarts, with a growing delay after the fifth.

The count is in a small file beside the database because it must be known before the database can be
opened. Whoever can delete that file could copy the key file too; what protects against them is the
cost of Argon2id, not this delay.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from engine.errors import TooManyAttemptsError
from engine.files import write_atomically

FREE_ATTEMPTS = 5
_LONGEST = timedelta(minutes=15)
_LOG = logging.getLogger(__name__)


class _Count(BaseModel):
    model_config = ConfigDict(frozen=True)

    failed: Annotated[int, Field(ge=0)] = 0
    last: AwareDatetime | None = None


_counted: dict[Path, _Count] = {}
"""This process's own counts by file: a full disk must not make guessing free."""


class Attempts:
    """The count of one workspace."""

    def __init__(self, path: Path, clock: Callable[[], datetime]) -> None:
        self._path = path
        self._clock = clock

    @property
    def failed(self) -> int:
        """Wrong passphrases since the last right one."""
        return self._read().failed

    def require_allowed(self) -> None:
        """Raise `TooManyAttemptsError` during the delay."""
        count = self._read()
        if count.failed < FREE_ATTEMPTS or count.last is None:
            return
        delay = delay_after(count.failed)
        # A clock that was set back must not lengthen the wait beyond the delay.
        left = delay - max(self._clock() - count.last, timedelta(0))
        if left > timedelta(0):
            seconds = int(left.total_seconds()) + 1
            raise TooManyAttemptsError(
                "Too many wrong passphrases.", what_to_do=f"Wait {seconds} s, then try again."
            )

    def refused(self) -> int:
        """Count a wrong passphrase; returns how many there were.

        If the file cannot be written, this process still counts.
        """
        count = _Count(failed=self._read().failed + 1, last=self._clock())
        _counted[self._path.absolute()] = count
        try:
            write_atomically(self._path, count.model_dump_json().encode())
        except OSError:
            _LOG.warning("a wrong passphrase could not be counted on disk", exc_info=True)
        return count.failed

    def accepted(self) -> None:
        """Reset the count."""
        _counted.pop(self._path.absolute(), None)
        try:
            self._path.unlink(missing_ok=True)
        except OSError:
            _LOG.warning("the count of wrong passphrases could not be ended", exc_info=True)

    def _read(self) -> _Count:
        here = _counted.get(self._path.absolute(), _Count())
        try:
            kept = _Count.model_validate_json(self._path.read_bytes())
        except (OSError, ValidationError):
            return here
        return max(here, kept, key=lambda count: count.failed)


def delay_after(failed: int) -> timedelta:
    """Wait after that many wrong passphrases: none up to four, then 2, 4, 8 s ... 15 minutes."""
    if failed < FREE_ATTEMPTS:
        return timedelta(0)
    return min(timedelta(seconds=2 ** min(failed - FREE_ATTEMPTS + 1, 12)), _LONGEST)
