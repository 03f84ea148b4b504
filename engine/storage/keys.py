"""The database's key and the secrets that unwrap it.

The key is 256 random bits. It is stored only wrapped by AES-256-GCM: under Argon2id of the
passphrase (64 MiB, 3 passes) and under the printed recovery key; the operating system's keychain
may hold a copy. No single one of them is needed: losing a keychain must not lose the reports.
"""

from __future__ import annotations

import base64
import json
import logging
import secrets
from pathlib import Path
from typing import Any, Literal

import keyring
import keyring.errors
from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import BaseModel, ConfigDict, ValidationError

from engine.errors import (
    StorageError,
    WorkspaceDamagedError,
    WorkspaceMissingError,
    WrongPassphraseError,
)
from engine.files import write_atomically
from engine.storage.database import KEY_BYTES

DEMO_PASSPHRASE = "demo"  # noqa: S105  the demo workspace protects nothing and says so
DEMO_MARKING = "DEMO: the key is in the open. Never use this workspace for patients."
_KEYCHAIN_SERVICE = "Negatoscope"
_LOG = logging.getLogger(__name__)


class Argon2Cost(BaseModel):
    """Cost of trying one passphrase (RFC 9106)."""

    model_config = ConfigDict(frozen=True)

    memory_kib: int = 65536
    passes: int = 3
    lanes: int = 4


class UserKey(BaseModel):
    """The database's key under the passphrase of one more user."""

    model_config = ConfigDict(frozen=True)

    name: str
    cost: Argon2Cost = Argon2Cost()
    salt: str
    wrapped: str


class KeyFile(BaseModel):
    """`key.json`: wrapped copies of one key. Binary values are base64.

    Attributes:
        wrapped: The key under the passphrase; empty in a demo workspace.
        recovery: The key under the recovery key; empty if none was printed.
        plain: The key itself; in a demo workspace only.
        users: Further users; the one who made the workspace has `wrapped`.
    """

    model_config = ConfigDict(frozen=True)

    format: Literal[1] = 1
    workspace_id: str
    marking: str = ""
    cost: Argon2Cost = Argon2Cost()
    salt: str = ""
    wrapped: str = ""
    recovery: str = ""
    plain: str = ""
    users: tuple[UserKey, ...] = ()

    @property
    def is_demo(self) -> bool:
        """Whether the key lies in the open."""
        return bool(self.plain)


def new_key() -> bytes:
    """A fresh random key."""
    return secrets.token_bytes(KEY_BYTES)


def wrap(key: bytes, passphrase: str, workspace_id: str) -> KeyFile:
    """A key file that the passphrase opens."""
    if not passphrase:
        raise StorageError("The passphrase is empty.")
    file = KeyFile(workspace_id=workspace_id, salt=_text(secrets.token_bytes(16)))
    wrapped = _seal(_stretch(passphrase, file), key, _context(file, "passphrase"))
    return file.model_copy(update={"wrapped": wrapped})


def demo_key_file(key: bytes, workspace_id: str) -> KeyFile:
    """A key file that hides nothing and says so."""
    return KeyFile(workspace_id=workspace_id, marking=DEMO_MARKING, plain=_text(key))


def with_recovery(file: KeyFile, key: bytes) -> tuple[KeyFile, str]:
    """The file with a new recovery key that replaces the old one, and that key to be printed."""
    secret = secrets.token_bytes(20)
    wrapped = _seal(_recovery_wrapper(secret), key, _context(file, "recovery"))
    letters = base64.b32encode(secret).decode()
    printed = "-".join(letters[i : i + 4] for i in range(0, len(letters), 4))
    return file.model_copy(update={"recovery": wrapped}), printed


def with_passphrase(file: KeyFile, key: bytes, passphrase: str, user: str | None) -> KeyFile:
    """The file with a new passphrase of a user, who may be new; None is the first user.

    The recovery key and everybody else's passphrase stay as they are.
    """
    if file.is_demo:
        raise StorageError("The demo workspace has one passphrase, which cannot be changed.")
    fresh = wrap(key, passphrase, file.workspace_id)
    if user is None:
        return file.model_copy(
            update={"cost": fresh.cost, "salt": fresh.salt, "wrapped": fresh.wrapped}
        )
    sealed = _seal(_stretch(passphrase, fresh), key, _context(file, f"user {user}"))
    entry = UserKey(name=user, cost=fresh.cost, salt=fresh.salt, wrapped=sealed)
    others = tuple(known for known in file.users if known.name != user)
    return file.model_copy(update={"users": (*others, entry)})


def unwrap_as(file: KeyFile, passphrase: str, user: str | None) -> bytes:
    """The key, by the passphrase of that user; None, or a name without a key, is the first user.

    Raises `WrongPassphraseError`.
    """
    entry = next((known for known in file.users if known.name == user), None)
    if entry is None or file.is_demo:
        return unwrap(file, passphrase)
    try:
        return _open(
            _stretch(passphrase, entry), entry.wrapped, _context(file, f"user {entry.name}")
        )
    except InvalidTag as error:
        raise _wrong() from error
    except ValueError as error:
        raise _unreadable() from error


def unwrap(file: KeyFile, passphrase: str) -> bytes:
    """The key, by passphrase or printed recovery key; raises `WrongPassphraseError`."""
    if file.is_demo:
        if passphrase != DEMO_PASSPHRASE:
            raise _wrong()
        return _bytes(file.plain)
    key = _by_recovery(file, passphrase) if file.recovery else None
    if key is not None:
        return key
    try:
        return _open(_stretch(passphrase, file), file.wrapped, _context(file, "passphrase"))
    except InvalidTag as error:
        raise _wrong() from error
    except ValueError as error:
        raise _unreadable() from error


def demo_key(file: KeyFile) -> bytes:
    """The key of a demo workspace."""
    return _bytes(file.plain)


def read_key_file(path: Path) -> KeyFile:
    """The key file; raises `WorkspaceMissingError` or `WorkspaceDamagedError`."""
    try:
        return KeyFile.model_validate_json(path.read_bytes())
    except FileNotFoundError as error:
        raise WorkspaceMissingError(
            "There is no workspace in this folder.",
            what_to_do="Choose another folder, or make a new workspace here.",
        ) from error
    except (OSError, ValidationError) as error:
        raise _unreadable() from error


def write_key_file(file: KeyFile, path: Path) -> None:
    """Write the file whole or not at all; raises `OSError`."""
    content: dict[str, Any] = file.model_dump(mode="json")
    write_atomically(path, json.dumps(content, indent=2).encode())


def put_in_keychain(workspace_id: str, key: bytes) -> bool:
    """Store the key in the system's keychain; False if there is none that works."""
    try:
        keyring.set_password(_KEYCHAIN_SERVICE, workspace_id, _text(key))
    except Exception:  # noqa: BLE001  backends raise what they like; the passphrase still opens
        _LOG.warning("the keychain did not take the key", exc_info=True)
        return False
    return True


def from_keychain(workspace_id: str) -> bytes | None:
    """The key from the system's keychain, or None."""
    try:
        stored = keyring.get_password(_KEYCHAIN_SERVICE, workspace_id)
        key = _bytes(stored) if stored else None
    except Exception:  # noqa: BLE001  as above
        _LOG.info("the keychain cannot be asked", exc_info=True)
        return None
    return key if key is not None and len(key) == KEY_BYTES else None


def derive(key: bytes, purpose: str) -> bytes:
    """A 256-bit key of its own purpose (HKDF-SHA256)."""
    return HKDF(hashes.SHA256(), KEY_BYTES, salt=None, info=purpose.encode()).derive(key)


def _stretch(passphrase: str, file: KeyFile | UserKey) -> bytes:
    cost = file.cost
    return hash_secret_raw(
        passphrase.encode(),
        _bytes(file.salt),
        time_cost=cost.passes,
        memory_cost=cost.memory_kib,
        parallelism=cost.lanes,
        hash_len=KEY_BYTES,
        type=Type.ID,
    )


def _by_recovery(file: KeyFile, typed: str) -> bytes | None:
    letters = "".join(typed.split()).replace("-", "").upper()
    try:
        secret = base64.b32decode(letters)
        return _open(_recovery_wrapper(secret), file.recovery, _context(file, "recovery"))
    except (ValueError, InvalidTag):
        return None


def _recovery_wrapper(secret: bytes) -> bytes:
    # 160 random bits need no stretching.
    return derive(secret, "negatoscope recovery")


def _context(file: KeyFile, purpose: str) -> bytes:
    return f"negatoscope {purpose} {file.workspace_id}".encode()


def _seal(wrapper: bytes, key: bytes, context: bytes) -> str:
    nonce = secrets.token_bytes(12)
    return _text(nonce + AESGCM(wrapper).encrypt(nonce, key, context))


def _open(wrapper: bytes, sealed: str, context: bytes) -> bytes:
    blob = _bytes(sealed)
    return AESGCM(wrapper).decrypt(blob[:12], blob[12:], context)


def _wrong() -> WrongPassphraseError:
    return WrongPassphraseError("The passphrase is not right.")


def _unreadable() -> WorkspaceDamagedError:
    return WorkspaceDamagedError(
        "The key file of this workspace cannot be read.",
        what_to_do="Copy the key file of a backup back into the folder.",
    )


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _bytes(value: str) -> bytes:
    return base64.b64decode(value, validate=True)
