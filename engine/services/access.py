"""Who is using the workspace, and whether the passphrase is right."""

from __future__ import annotations

from dataclasses import dataclass

from engine.domain.audit import AuditAction
from engine.errors import WrongPassphraseError
from engine.storage.attempts import Attempts
from engine.storage.keys import KeyFile, unwrap
from engine.storage.unit_of_work import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """The person whose workspace this is; printed under the reports."""

    name: str


class Access:
    """Identity and re-authentication. Every method may block: call it off the GUI thread.

    Args:
        store: The open database.
        key_file: What the passphrase is checked against.
        attempts: The workspace's count of wrong passphrases.
    """

    def __init__(self, store: Store, key_file: KeyFile, attempts: Attempts) -> None:
        self._store = store
        self._key_file = key_file
        self._attempts = attempts

    @property
    def user(self) -> User:
        """The signed-in user."""
        return User(name=self._store.facts.user_name)

    def check(self, passphrase: str) -> None:
        """Re-authenticate; raises `WrongPassphraseError` or `TooManyAttemptsError`."""
        try:
            checked_unwrap(self._key_file, passphrase, self._attempts)
        except WrongPassphraseError:
            details = {"refused": self._attempts.failed}
            with self._store.change() as unit:
                unit.audit.record(AuditAction.PASSPHRASE_REFUSED, details=details)
            raise
        self._attempts.accepted()


def checked_unwrap(key_file: KeyFile, passphrase: str, attempts: Attempts) -> bytes:
    """The key, with wrong passphrases counted; the caller ends the count after a right one.

    Raises `WrongPassphraseError` or `TooManyAttemptsError`.
    """
    attempts.require_allowed()
    try:
        return unwrap(key_file, passphrase)
    except WrongPassphraseError:
        attempts.refused()
        raise
