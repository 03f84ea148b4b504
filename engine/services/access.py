"""Who is using the workspace, what they may do, and whether their passphrase is right."""

from __future__ import annotations

import logging

from engine.domain.audit import AuditAction
from engine.domain.user import Permission, User
from engine.errors import AccessError, StorageError, WrongPassphraseError
from engine.storage.attempts import Attempts
from engine.storage.folder import WorkspaceFolder
from engine.storage.keys import (
    KeyFile,
    earlier_keys,
    from_keychain,
    is_of_old,
    new_key,
    put_in_keychain,
    read_key_file,
    unwrap_as,
    with_new_key,
    with_passphrase,
    with_recovery,
    without_users,
    write_key_file,
)
from engine.storage.unit_of_work import Store

LEAST_PASSPHRASE = 8
_LOG = logging.getLogger(__name__)


class Access:
    """Users, their roles and re-authentication. Every method may block: not for the GUI thread.

    Args:
        store: The open database.
        folder: Holds the key file that passphrases are checked against.
        attempts: The workspace's count of wrong passphrases.
    """

    def __init__(self, store: Store, folder: WorkspaceFolder, attempts: Attempts) -> None:
        self._store = store
        self._folder = folder
        self._attempts = attempts
        store.guard = self.require

    @property
    def user(self) -> User:
        """The signed-in user."""
        return self._user(self._store.actor)

    def users(self) -> tuple[User, ...]:
        """All users, the owner (who made the workspace) first."""
        with self._store.look() as unit:
            return (User(name=self._store.facts.user_name), *unit.people.all())

    def require(self, permission: Permission) -> None:
        """Raise `AccessError` unless the signed-in user's role includes the permission."""
        if permission is Permission.READ:
            return
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
        """Sign in as another user of this workspace, or as the same one after a lock.

        Raises `AccessError`, `WrongPassphraseError` or `TooManyAttemptsError`.
        """
        user = self._user(name)
        self._check_as(name, passphrase)
        self._store.actor = user.name
        self._store.note(AuditAction.USER_SIGNED_IN, details={"role": user.role.value})
        return user

    def add_user(self, user: User, new_passphrase: str, *, passphrase: str) -> None:
        """Add a user, or give an existing one another role and passphrase.

        Args:
            user: Name and role.
            new_passphrase: The user's own; in the demo workspace it is "demo" for everybody.
            passphrase: Of the signed-in administrator.

        Raises:
            AccessError: The signed-in user is no administrator, or the name cannot be used.
        """
        self.require(Permission.ADMINISTER)
        if not user.name.strip() or user.name == self._store.facts.user_name:
            raise AccessError("This name cannot be used for another user.")
        key = self._check_as(self._store.actor, passphrase)
        if not self._store.facts.is_demo:
            _require_length(new_passphrase)
            self._write(with_passphrase(self._keys(), key, new_passphrase, user.name), key)
        with self._store.change(Permission.ADMINISTER) as unit:
            unit.people.put(user, self._store.now_text())
            details = {"user": user.name, "role": user.role.value}
            unit.audit.record(AuditAction.USER_ADDED, details=details)

    def remove_user(self, name: str, *, passphrase: str) -> None:
        """Remove a user's lock; the database gets a new key when it is closed.

        What the user wrote and signed stays.

        Args:
            name: Neither the workspace's owner nor the signed-in user.
            passphrase: Of the signed-in administrator.

        Raises:
            AccessError: The signed-in user is no administrator, or that user cannot be removed.
        """
        self.require(Permission.ADMINISTER)
        if name in (self._store.facts.user_name, self._store.actor):
            raise AccessError("This user cannot be removed.")
        self._user(name)
        key = self._check_as(self._store.actor, passphrase)
        if not self._store.facts.is_demo:
            self._write(*_with_another_key(without_users(self._keys(), name), key))
        with self._store.change(Permission.ADMINISTER) as unit:
            unit.people.remove(name, self._store.now_text())
            unit.audit.record(AuditAction.USER_REMOVED, details={"user": name})

    def change_passphrase(self, old: str, new: str) -> None:
        """Change the signed-in user's passphrase.

        The key file is replaced whole or not at all, its copies beside the workspace's own backups
        follow, and the database gets a new key when it is closed. An old copy of the key file with
        the old passphrase therefore opens only copies of the database from that time.
        """
        key = self._check_as(self._store.actor, old)
        _require_length(new)
        file = with_passphrase(self._keys(), key, new, self._lock_name(self._store.actor))
        self._write(*_with_another_key(file, key))
        self._record(AuditAction.PASSPHRASE_CHANGED, {})

    def new_recovery_key(self, passphrase: str) -> str:
        """Make a recovery key to be printed; an earlier one stops working."""
        self.require(Permission.ADMINISTER)
        key = self._check_as(self._store.actor, passphrase)
        if self._store.facts.is_demo:
            raise AccessError("The demo workspace needs no recovery key.")
        file, printed = with_recovery(self._keys(), key)
        self._write(file, key)
        self._record(AuditAction.RECOVERY_KEY_MADE, {})
        return printed

    def renew_lock(self, passphrase: str) -> None:
        """Rewrite the signed-in user's lock if an older version made it: it would bar a new key."""
        file, user = self._keys(), self._lock_name(self._store.actor)
        if not is_of_old(file, user):
            return
        try:
            key = unwrap_as(file, passphrase, user)
            self._write(with_passphrase(file, key, passphrase, user), key)
        except StorageError:
            # The old lock still opens the workspace, so reading must not fail here.
            _LOG.warning("a lock of the key file could not be renewed", exc_info=True)

    def settle_key_file(self) -> None:
        """Check at opening that the key file is the one the database recorded last.

        Any other key file may come from a backup. The owner may go on with their own lock, which is
        recorded; the other users' locks are dropped and they need a new passphrase.

        Raises:
            AccessError: The signed-in user is not the owner.
        """
        if self._store.facts.is_demo:
            return
        file = read_key_file(self._folder.key)
        with self._store.look() as unit:
            is_made = unit.key_record.is_made
            is_it = is_made and unit.key_record.fits(file)
        if is_it:
            return
        if not is_made:
            with self._store.change(Permission.READ) as unit:
                unit.key_record.keep(file)
            return
        if self._store.actor != self._store.facts.user_name:
            raise _replaced()
        _LOG.warning("the key file is not the one that was written last")
        names = tuple(user.name for user in file.users)
        kept = without_users(file, *names)
        with self._store.change(Permission.READ) as unit:
            unit.key_record.expect(kept)
            details = {"locks_dropped": list(names), "missing": list(unit.key_record.missing(file))}
            unit.audit.record(AuditAction.KEY_FILE_REPLACED, details=details)
        self._put(kept)

    def key_file_problems(self) -> list[str]:
        """What is wrong with the key file, compared with the database, in plain sentences."""
        if self._store.facts.is_demo:
            return []
        try:
            file = read_key_file(self._folder.key)
        except StorageError as error:
            return [error.message]
        with self._store.look() as unit:
            if unit.key_record.fits(file):
                return []
            gone = unit.key_record.missing(file)
        who = f" {', '.join(gone)} can no longer open the workspace." if gone else ""
        return [f"The key file is not the one that was written last.{who}"]

    def database_keys(self) -> tuple[bytes, ...]:
        """The database's key and those it had before, which its backups may have."""
        key = self._store.database.key
        try:
            return (key, *earlier_keys(read_key_file(self._folder.key), key))
        except StorageError:
            return (key,)

    def note_lock(self) -> None:
        """Record that the window was locked; on a full disk the next change records it."""
        self._store.note(AuditAction.LOCKED)

    def _user(self, name: str) -> User:
        for user in self.users():
            if user.name == name:
                return user
        raise AccessError("There is no user of that name in this workspace.")

    def _check_as(self, name: str, passphrase: str) -> bytes:
        """The key that the passphrase unlocks; wrong passphrases are counted and recorded."""
        try:
            key = checked_unwrap(self._keys(), passphrase, self._attempts, self._lock_name(name))
        except WrongPassphraseError:
            self._record(AuditAction.PASSPHRASE_REFUSED, {"refused": self._attempts.failed})
            raise
        self._attempts.accepted()
        return key

    def _lock_name(self, name: str) -> str | None:
        """The name of a user's lock in the key file; None is the owner's."""
        return None if name == self._store.facts.user_name else name

    def _keys(self) -> KeyFile:
        """The key file; raises `AccessError` unless it is the one that was written last."""
        file = read_key_file(self._folder.key)
        if not file.is_demo:
            with self._store.look() as unit:
                if not unit.key_record.fits(file):
                    raise _replaced()
        return file

    def _write(self, file: KeyFile, key: bytes) -> None:
        with self._store.change(Permission.READ) as unit:
            unit.key_record.expect(file)
        self._put(file)
        try:
            self._folder.rewrap_copies(file, key)
        except OSError:
            _LOG.warning("the key file could not be put beside every backup", exc_info=True)
        if key != self._store.database.key:
            self._store.database.next_key = key
            if from_keychain(file.workspace_id) is not None:
                put_in_keychain(file.workspace_id, key)

    def _put(self, file: KeyFile) -> None:
        try:
            write_key_file(file, self._folder.key)
        except OSError as error:
            raise StorageError("The key file could not be written; nothing changed.") from error
        with self._store.change(Permission.READ) as unit:
            unit.key_record.keep(file)

    def _record(self, action: AuditAction, details: dict[str, object]) -> None:
        with self._store.change(Permission.READ) as unit:
            unit.audit.record(action, details=details)


def checked_unwrap(
    key_file: KeyFile, passphrase: str, attempts: Attempts, user: str | None = None
) -> bytes:
    """Unlock the key and count wrong passphrases; the caller resets the count after a right one.

    Raises `WrongPassphraseError` or `TooManyAttemptsError`.
    """
    attempts.require_allowed()
    try:
        return unwrap_as(key_file, passphrase, user)
    except WrongPassphraseError:
        attempts.refused()
        raise


def _with_another_key(file: KeyFile, key: bytes) -> tuple[KeyFile, bytes]:
    """The key file with a new database key, and that key; both unchanged while a lock bars it."""
    if not file.takes_new_key:
        _LOG.warning("the database keeps its key: a user has not signed in with this version yet")
        return file, key
    new = new_key()
    return with_new_key(file, key, new), new


def _require_length(passphrase: str) -> None:
    if len(passphrase) < LEAST_PASSPHRASE:
        raise AccessError(f"The passphrase needs {LEAST_PASSPHRASE} letters or more.")


def _replaced() -> AccessError:
    return AccessError(
        "The key file of this workspace was replaced by another one.",
        what_to_do="The one who made the workspace must open it, and give everybody a passphrase.",
    )
