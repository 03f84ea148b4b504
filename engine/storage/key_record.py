"""What the database knows of its key file: who has a lock in it, under a keyed hash.

The key file is readable beside the database. Somebody who removes a user's lock from it, or puts an
earlier copy back, could sign in as another user; the record in the database reveals that.
"""

from __future__ import annotations

import json

from sqlalchemy.orm import Session

from engine.storage.keys import KeyFile, key_file_mac
from engine.storage.schema import KeyRecordRow


class KeyRecord:
    """The record, in the caller's transaction.

    Args:
        session: Any session.
        key: The database's key.
    """

    def __init__(self, session: Session, key: bytes) -> None:
        self._session = session
        self._key = key

    @property
    def is_made(self) -> bool:
        """Whether the record exists; databases of older versions have none."""
        return self._session.get(KeyRecordRow, 1) is not None

    def fits(self, file: KeyFile) -> bool:
        """Whether the file is the one written last, or the one that was about to be written."""
        row = self._session.get_one(KeyRecordRow, 1)
        return key_file_mac(file, self._key) in (row.mac, row.pending)

    def missing(self, file: KeyFile) -> tuple[str, ...]:
        """Users who had a lock in the file written last and have none in this one."""
        row = self._session.get_one(KeyRecordRow, 1)
        return tuple(sorted({*json.loads(row.users)} - {user.name for user in file.users}))

    def expect(self, file: KeyFile) -> None:
        """Record that this file is about to be written: a kill may come before or after."""
        self._session.get_one(KeyRecordRow, 1).pending = key_file_mac(file, self._key)
        self._session.flush()

    def keep(self, file: KeyFile) -> None:
        """Record that this file was written."""
        users = json.dumps(sorted(user.name for user in file.users), ensure_ascii=False)
        mac = key_file_mac(file, self._key)
        self._session.merge(KeyRecordRow(id=1, mac=mac, pending="", users=users))
        self._session.flush()
