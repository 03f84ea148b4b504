"""Who is using the workspace, what they may do, and whether their passphrase is right."""

from __future__ import annotations

from pathlib import Path

from engine.domain.audit import AuditAction
from engine.domain.user import Permission, User
from engine.errors import AccessError, StorageError, WrongPassphraseError
from engine.storage.attempts import Attempts
from engine.storage.keys import (
    KeyFile,
    read_key_file,
    unwrap_as,
    with_passphrase,
    with_recovery,
    write_key_file,
)
from engine.storage.unit_of_work import Store

LEAST_PASSPHRASE = 8


class Access:
    """Identity, roles and re-authentication. Every method may block: not for the GUI thread.

    Args:
        store: The open database.
        key_file: Where the wrapped keys lie, which passphrases are checked against.
        attempts: The workspace's count of wrong passphrases.
    """

    def __init__(self, store: Store, key_file: Path, attempts: Attempts) -> None:
        self._store = store
        self._key_file = key_file
        self._attempts = attempts

    @property
    def user(self) -> User:
        """The signed-in user."""
        return self._user(self._store.actor)

    def users(self) -> tuple[User, ...]:
        """Everybody, the one who made the workspace first."""
        with self._store.look() as unit:
            return (User(name=self._store.facts.user_name), *unit.people.all())

    def require(self, permission: Permission) -> None:
        """Raise `AccessError` unless the signed-in user's role covers it."""
        user = self.user
        if not user.may(permission):
            raise AccessError(
                f"As {user.role.value} you may not {permission.value}.",
                what_to_do="Ask somebody who may, or sign in as another user.",
            )

    def check(self, passphrase: str) -> None:
        """Re-authenticate the signed-in user.

        Raises `WrongPassphraseError` or `TooManyAttemptsError`.
        """
        self._check_as(self._store.actor, passphrase)

    def sign_in(self, name: str, passphrase: str) -> User:
        """Go on as another user of this workspace, or as the same one after a lock.

        Raises `AccessError`, `WrongPassphraseError` or `TooManyAttemptsError`.
        """
        user = self._user(name)
        self._check_as(name, passphrase)
        self._store.actor = user.name
        self._record(AuditAction.USER_SIGNED_IN, {"role": user.role.value})
        return user

    def add_user(self, user: User, new_passphrase: str, *, passphrase: str) -> None:
        """Add a user, or give one another role and passphrase.

        Args:
            user: Name and role.
            new_passphrase: Theirs; the demo workspace has "demo" for everybody.
            passphrase: Of the administrator who is signed in.

        Raises:
            AccessError: The signed-in user is no administrator, or the name cannot be used.
        """
        self.require(Permission.ADMINISTER)
        if not user.name.strip() or user.name == self._store.facts.user_name:
            raise AccessError("This name cannot be used for another user.")
        self.check(passphrase)
        if not self._store.facts.is_demo:
            self._rewrap(new_passphrase, user.name)
        with self._store.change() as unit:
            unit.people.put(user, self._store.now_text())
            details = {"user": user.name, "role": user.role.value}
            unit.audit.record(AuditAction.USER_ADDED, details=details)

    def change_passphrase(self, old: str, new: str) -> None:
        """Give the signed-in user another passphrase; the old one stops working.

        The key file is replaced whole or not at all. Copies of it beside earlier backups still
        open those by the old passphrase.
        """
        self.check(old)
        self._rewrap(new, self._store.actor)
        self._record(AuditAction.PASSPHRASE_CHANGED, {})

    def new_recovery_key(self, passphrase: str) -> str:
        """A recovery key to be printed; an earlier one stops working."""
        self.require(Permission.ADMINISTER)
        self.check(passphrase)
        file, printed = with_recovery(self._keys(), self._store.database.key)
        self._write(file)
        self._record(AuditAction.RECOVERY_KEY_MADE, {})
        return printed

    def note_lock(self) -> None:
        """Record that the window was locked."""
        self._record(AuditAction.LOCKED, {})

    def _user(self, name: str) -> User:
        for user in self.users():
            if user.name == name:
                return user
        raise AccessError("There is no user of that name in this workspace.")

    def _check_as(self, name: str, passphrase: str) -> None:
        try:
            checked_unwrap(self._keys(), passphrase, self._attempts, name)
        except WrongPassphraseError:
            self._record(AuditAction.PASSPHRASE_REFUSED, {"refused": self._attempts.failed})
            raise
        self._attempts.accepted()

    def _rewrap(self, passphrase: str, name: str) -> None:
        if len(passphrase) < LEAST_PASSPHRASE:
            raise AccessError(f"The passphrase needs {LEAST_PASSPHRASE} letters or more.")
        is_first = name == self._store.facts.user_name
        user = None if is_first else name
        self._write(with_passphrase(self._keys(), self._store.database.key, passphrase, user))

    def _keys(self) -> KeyFile:
        return read_key_file(self._key_file)

    def _write(self, file: KeyFile) -> None:
        try:
            write_key_file(file, self._key_file)
        except OSError as error:
            raise StorageError("The key file could not be written; nothing changed.") from error

    def _record(self, action: AuditAction, details: dict[str, object]) -> None:
        with self._store.change() as unit:
            unit.audit.record(action, details=details)


def checked_unwrap(
    key_file: KeyFile, passphrase: str, attempts: Attempts, user: str | None = None
) -> bytes:
    """The key, with wrong passphrases counted; the caller ends the count after a right one.

    Raises `WrongPassphraseError` or `TooManyAttemptsError`.
    """
    attempts.require_allowed()
    try:
        return unwrap_as(key_file, passphrase, user)
    except WrongPassphraseError:
        attempts.refused()
        raise


def is_known(key_file: KeyFile, user: str | None) -> bool:
    """Whether a further user of that name has a passphrase of their own."""
    return any(known.name == user for known in key_file.users)
