"""The database's key and the secrets that unwrap it.

The key is 256 random bits. It is stored only locked (`key_locks`): with Argon2id of each user's
passphrase (64 MiB, 3 passes) and with the printed recovery key; the operating system's keychain may
hold a copy. No single one of them is indispensable: losing a keychain must not lose the reports.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import secrets
import stat
from pathlib import Path
from typing import Any, Literal

import keyring
import keyring.errors
from cryptography.exceptions import InvalidTag
from pydantic import ValidationError

from engine.domain.audit import canonical_json
from engine.errors import (
    NewerWorkspaceError,
    StorageError,
    WorkspaceDamagedError,
    WorkspaceMissingError,
    WrongPassphraseError,
)
from engine.files import write_atomically
from engine.storage.database import KEY_BYTES
from engine.storage.key_locks import (
    Lock,
    binary,
    derive,
    key_in,
    locked,
    new_lock,
    opened,
    resealed,
    sealed,
    stretched,
    text,
)

DEMO_PASSPHRASE = "demo"  # noqa: S105  the demo workspace protects nothing and says so
DEMO_MARKING = "DEMO: the key is in the open. Never use this workspace for patients."
_KEYCHAIN_SERVICE = "Negatoscope"
_GREATEST_BYTES = 1_000_000
_FORMAT = 2
_LOG = logging.getLogger(__name__)


class UserKey(Lock):
    """The lock of one further user."""

    name: str


class KeyFile(Lock):
    """`key.json`: locks on one key, the owner's in the file's own fields. Binary values are base64.

    Attributes:
        wrapped: Of the owner's lock; empty in a demo workspace.
        recovery: Private half of the recovery key's lock; empty if none was printed.
        plain: The key itself; in a demo workspace only.
        users: Further users.
        earlier: Keys that the database had before, newest first, each encrypted with the present
            key: older backups still need them.
        check: Tells whether a key is the present one.
        digest: SHA-256 of everything else; older files have none.
    """

    format: Literal[1, 2] = 1
    workspace_id: str
    marking: str = ""
    recovery: str = ""
    recovery_public: str = ""
    recovery_sealed: str = ""
    plain: str = ""
    users: tuple[UserKey, ...] = ()
    earlier: tuple[str, ...] = ()
    check: str = ""
    digest: str = ""

    @property
    def is_demo(self) -> bool:
        """Whether the key is stored in the open."""
        return bool(self.plain)

    @property
    def takes_new_key(self) -> bool:
        """Whether the database's key can be changed without the secrets of all users."""
        halves = [self.public, *(user.public for user in self.users)]
        return all([*halves, self.recovery_public or not self.recovery])

    def content(self) -> dict[str, Any]:
        """JSON values of the file, with a fresh digest."""
        values = self.model_dump(mode="json", exclude={"digest"})
        digest = hashlib.sha256(canonical_json(values).encode()).hexdigest()
        return {**values, "digest": digest}

    def is_opened_by(self, key: bytes) -> bool:
        """Whether this can be the present key; older files cannot tell and say yes."""
        return not self.check or hmac.compare_digest(self.check, _check(key))


def new_key() -> bytes:
    """256 random bits."""
    return secrets.token_bytes(KEY_BYTES)


def wrap(key: bytes, passphrase: str, workspace_id: str) -> KeyFile:
    """A key file that the owner's passphrase opens."""
    file = KeyFile(workspace_id=workspace_id, check=_check(key))
    return with_passphrase(file, key, passphrase, None)


def demo_key_file(key: bytes, workspace_id: str) -> KeyFile:
    """A key file that hides nothing and says so."""
    return KeyFile(workspace_id=workspace_id, marking=DEMO_MARKING, plain=text(key))


def with_recovery(file: KeyFile, key: bytes) -> tuple[KeyFile, str]:
    """The file with a new recovery key that replaces the old one, and that key for printing."""
    secret = secrets.token_bytes(20)
    lock = locked(key, _recovery_wrapper(secret), _context(file, "recovery"))
    letters = base64.b32encode(secret).decode()
    printed = "-".join(letters[i : i + 4] for i in range(0, len(letters), 4))
    names = {"wrapped": "recovery", "public": "recovery_public", "sealed": "recovery_sealed"}
    return _with(file, {names[name]: value for name, value in lock.items()}), printed


def with_passphrase(file: KeyFile, key: bytes, passphrase: str, user: str | None) -> KeyFile:
    """The file with a new passphrase for a user, who may be new; None is the owner.

    The recovery key and everybody else's passphrase stay as they are.
    """
    if not passphrase:
        raise StorageError("The passphrase is empty.")
    if file.is_demo:
        raise StorageError("The demo workspace has one passphrase, which cannot be changed.")
    bare = new_lock()
    lock = locked(key, stretched(passphrase, bare), _context(file, _purpose(user)))
    fresh = bare.model_copy(update=lock)
    if user is None:
        return _with(file, dict(fresh))
    others = tuple(known for known in file.users if known.name != user)
    return _with(file, {"users": (*others, UserKey(name=user, **dict(fresh)))})


def without_users(file: KeyFile, *names: str) -> KeyFile:
    """The file without the locks of those users."""
    return _with(file, {"users": tuple(u for u in file.users if u.name not in names)})


def with_new_key(file: KeyFile, old: bytes, new: bytes) -> KeyFile:
    """The file for another key with every lock kept; the old key is stored under the new one.

    Raises:
        ValueError: A lock was made by an older version (`KeyFile.takes_new_key`).
    """
    if not file.takes_new_key:
        raise ValueError("a lock has no public half")
    users = tuple(
        user.model_copy(update={"sealed": resealed(user, new, _context(file, _purpose(user.name)))})
        for user in file.users
    )
    changed: dict[str, object] = {
        "sealed": resealed(file, new, _context(file, _purpose(None))),
        "users": users,
        "check": _check(new),
        "earlier": tuple(
            sealed(new, key, _context(file, "earlier")) for key in (old, *earlier_keys(file, old))
        ),
    }
    if file.recovery:
        lock = Lock(public=file.recovery_public)
        changed["recovery_sealed"] = resealed(lock, new, _context(file, "recovery"))
    return _with(file, changed)


def earlier_keys(file: KeyFile, key: bytes) -> tuple[bytes, ...]:
    """Keys that the database had before, newest first; empty if `key` is not the present one."""
    try:
        return tuple(opened(key, blob, _context(file, "earlier")) for blob in file.earlier)
    except (InvalidTag, ValueError):
        return ()


def is_known(file: KeyFile, user: str | None) -> bool:
    """Whether a further user of that name has a passphrase of their own."""
    return any(known.name == user for known in file.users)


def is_of_old(file: KeyFile, user: str | None) -> bool:
    """Whether an older version made that user's lock; None is the owner."""
    lock = next((known for known in file.users if known.name == user), file)
    return not file.is_demo and not lock.public


def unwrap_as(file: KeyFile, passphrase: str, user: str | None) -> bytes:
    """The key, unwrapped with that user's passphrase; None is the owner.

    Raises `WrongPassphraseError`, also for a user without a lock.
    """
    if user is None or file.is_demo:
        return unwrap(file, passphrase)
    lock = next((known for known in file.users if known.name == user), None)
    if lock is None:
        raise _wrong()
    return _unlocked(file, lock, passphrase, user)


def unwrap(file: KeyFile, passphrase: str) -> bytes:
    """The key, unwrapped with the owner's passphrase or the printed recovery key.

    Raises `WrongPassphraseError`.
    """
    if file.is_demo:
        if passphrase != DEMO_PASSPHRASE:
            raise _wrong()
        return demo_key(file)
    key = _by_recovery(file, passphrase) if file.recovery else None
    return key if key is not None else _unlocked(file, file, passphrase, None)


def demo_key(file: KeyFile) -> bytes:
    """The key of a demo workspace; raises `WorkspaceDamagedError`."""
    try:
        key = binary(file.plain)
    except ValueError as error:
        raise _unreadable() from error
    if len(key) != KEY_BYTES:
        raise _unreadable()
    return key


def read_key_file(path: Path) -> KeyFile:
    """Read a key file.

    Raises `WorkspaceMissingError`, `WorkspaceDamagedError` or `NewerWorkspaceError`.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise _unreadable()
        with path.open("rb") as stream:
            content = json.loads(stream.read(_GREATEST_BYTES))
        if isinstance(content, dict) and isinstance(content.get("format"), int):
            _require_known(content["format"])
        file = KeyFile.model_validate(content)
    except FileNotFoundError as error:
        raise WorkspaceMissingError(
            "The key file of this workspace is missing.",
            what_to_do="Copy the key file of a backup (.key.json) into the folder as key.json.",
        ) from error
    except (OSError, ValidationError, ValueError, RecursionError) as error:
        raise _unreadable() from error
    if (file.digest or file.format > 1) and file.content()["digest"] != file.digest:
        raise _unreadable()
    return file


def write_key_file(file: KeyFile, path: Path) -> None:
    """Write the file whole or not at all; raises `OSError`."""
    write_atomically(path, key_file_bytes(file))


def key_file_bytes(file: KeyFile) -> bytes:
    """The file's bytes, indented JSON."""
    return json.dumps(file.content(), indent=2).encode()


def key_file_mac(file: KeyFile, key: bytes) -> str:
    """A keyed hash of the file, which only somebody with the database's key can make."""
    content = canonical_json(file.content()).encode()
    return hmac.new(derive(key, "negatoscope key file"), content, hashlib.sha256).hexdigest()


def put_in_keychain(workspace_id: str, key: bytes) -> bool:
    """Store the key in the system's keychain; False if none works."""
    try:
        keyring.set_password(_KEYCHAIN_SERVICE, workspace_id, text(key))
    except Exception:  # noqa: BLE001  backends raise anything; the passphrase still opens
        _LOG.warning("the keychain did not take the key", exc_info=True)
        return False
    return True


def from_keychain(workspace_id: str) -> bytes | None:
    """The key from the system's keychain, or None."""
    try:
        stored = keyring.get_password(_KEYCHAIN_SERVICE, workspace_id)
        key = binary(stored) if stored else None
    except Exception:  # noqa: BLE001  as above
        _LOG.info("the keychain cannot be asked", exc_info=True)
        return None
    return key if key is not None and len(key) == KEY_BYTES else None


def _with(file: KeyFile, changed: dict[str, Any]) -> KeyFile:
    return file.model_copy(update={**changed, "format": _FORMAT})


def _unlocked(file: KeyFile, lock: Lock, passphrase: str, user: str | None) -> bytes:
    try:
        return key_in(lock, stretched(passphrase, lock), _context(file, _purpose(user)))
    except InvalidTag as error:
        raise _wrong() from error
    except (ValueError, MemoryError) as error:
        raise _unreadable() from error


def _by_recovery(file: KeyFile, typed: str) -> bytes | None:
    letters = "".join(typed.split()).replace("-", "").upper()
    lock = Lock(wrapped=file.recovery, public=file.recovery_public, sealed=file.recovery_sealed)
    try:
        secret = base64.b32decode(letters)
        return key_in(lock, _recovery_wrapper(secret), _context(file, "recovery"))
    except (ValueError, InvalidTag):
        return None


def _recovery_wrapper(secret: bytes) -> bytes:
    # 160 random bits need no stretching.
    return derive(secret, "negatoscope recovery")


def _purpose(user: str | None) -> str:
    return "passphrase" if user is None else f"user {user}"


def _context(file: KeyFile, purpose: str) -> bytes:
    return f"negatoscope {purpose} {file.workspace_id}".encode()


def _check(key: bytes) -> str:
    return derive(key, "negatoscope key check").hex()


def _require_known(form: int) -> None:
    if form > _FORMAT:
        raise NewerWorkspaceError(
            "The key file of this workspace was written by a later version of Negatoscope.",
            what_to_do="Install that version or a newer one; nothing was changed here.",
        )


def _wrong() -> WrongPassphraseError:
    return WrongPassphraseError("The passphrase is not right.")


def _unreadable() -> WorkspaceDamagedError:
    return WorkspaceDamagedError(
        "The key file of this workspace is damaged.",
        what_to_do="Copy the key file of a backup (.key.json) into the folder as key.json.",
    )
