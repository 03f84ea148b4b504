"""Wrong passphrases: counted over restarts, and slower and slower after the fifth.

The count lies in a small file beside the database because it must be known before the database
can be opened. Whoever can delete that file could copy the key file too; against that stands the
cost of Argon2id, not this delay.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from engine.errors import TooManyAttemptsError
from engine.files import write_atomically

FREE_ATTEMPTS = 5
_LONGEST = timedelta(minutes=15)


class _Count(BaseModel):
    model_config = ConfigDict(frozen=True)

    failed: int = 0
    last: datetime | None = None


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
        """Raise `TooManyAttemptsError` while the delay runs."""
        count = self._read()
        if count.failed < FREE_ATTEMPTS or count.last is None:
            return
        delay = delay_after(count.failed)
        # A clock that was set back must not lengthen the wait beyond the delay.
        left = min(count.last + delay - self._clock(), delay)
        if left > timedelta(0):
            seconds = int(left.total_seconds()) + 1
            raise TooManyAttemptsError(
                "Too many wrong passphrases.", what_to_do=f"Wait {seconds} s, then try again."
            )

    def refused(self) -> int:
        """Count a wrong passphrase; returns how many there were."""
        failed = self._read().failed + 1
        content = {"failed": failed, "last": self._clock().isoformat()}
        write_atomically(self._path, json.dumps(content).encode())
        return failed

    def accepted(self) -> None:
        """Forget the count."""
        self._path.unlink(missing_ok=True)

    def _read(self) -> _Count:
        try:
            return _Count.model_validate_json(self._path.read_bytes())
        except (OSError, ValidationError):
            return _Count()


def delay_after(failed: int) -> timedelta:
    """Wait after so many wrong passphrases: none up to four, then 2, 4, 8 s ... 15 minutes."""
    if failed < FREE_ATTEMPTS:
        return timedelta(0)
    return min(timedelta(seconds=2 ** min(failed - FREE_ATTEMPTS + 1, 12)), _LONGEST)
