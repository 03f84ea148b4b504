"""Notices a database that is older than one of its own backups.

A database that was replaced by an earlier copy of itself is whole. Its backups, here or in the
second place, know entries of the audit trail that it lacks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path

import sqlcipher3.dbapi2 as driver

from engine.domain.audit import AuditAction
from engine.storage.audit_chain import AuditTrail
from engine.storage.backup import backups, time_of
from engine.storage.database import connect_immutable

_COMPARED = 3
"""Newest backups of each folder that are compared."""


def older_copy_problems(
    trail: AuditTrail, folders: Iterable[Path], keys: Sequence[bytes], now: datetime
) -> list[str]:
    """A sentence for each backup that knows entries which the trail lacks.

    Backups from before the last restore are left out: it took the trail back, and says so.

    Args:
        trail: Of the open database.
        folders: Folders of backups; one that is not there is left out.
        keys: The database's key and its earlier ones.
        now: The present time, UTC.
    """
    restored = max((event.at for event in trail.about(AuditAction.RESTORED, "")), default=None)
    problems = []
    for folder in folders:
        for backup in backups(folder, now)[-_COMPARED:]:
            made, head = time_of(backup), _head(backup, keys)
            if made is None or head is None or (restored is not None and made <= restored):
                continue
            sequence, digest = head
            known = trail.at(sequence)
            if known is None or known.digest != digest:
                problems.append(
                    f"The backup of {made.astimezone():%Y-%m-%d %H:%M} knows entry {sequence} of "
                    "the audit trail, which is not in the database: it is an older copy of itself."
                )
    return problems


def _head(backup: Path, keys: Sequence[bytes]) -> tuple[int, str] | None:
    """Number and hash of the last entry of a backup's trail; None if no key reads them."""
    for key in keys:
        try:
            with closing(connect_immutable(backup, key)) as connection:
                asked = "SELECT sequence, digest FROM audit_head"
                sequence, digest = connection.execute(asked).fetchone()
        except (driver.Error, TypeError):
            continue
        return int(sequence), str(digest)
    return None
