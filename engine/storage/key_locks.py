"""One secret's lock on the database's key.

A lock is an X25519 key pair. Its private half is encrypted (AES-256-GCM) with the secret, and the
database's key is sealed to its public half, so that whoever changes the database's key can seal the
new one to every lock without knowing the secrets. Locks of older versions encrypt the key itself
with the secret.
"""

from __future__ import annotations

import base64
import secrets
from typing import Annotated

from argon2.exceptions import HashingError
from argon2.low_level import Type, hash_secret_raw
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import BaseModel, ConfigDict, Field

from engine.storage.database import KEY_BYTES

_NONCE, _POINT = 12, 32


class Argon2Cost(BaseModel):
    """Cost of trying one passphrase (RFC 9106), within what this program can afford."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    memory_kib: Annotated[int, Field(ge=8 * 16, le=2**21)] = 65536
    passes: Annotated[int, Field(ge=1, le=100)] = 3
    lanes: Annotated[int, Field(ge=1, le=16)] = 4


NEW_LOCK_COST = Argon2Cost()
"""What it costs to try a passphrase on a lock that is made from now on."""


class Lock(BaseModel):
    """A lock; binary values are base64.

    Attributes:
        wrapped: The private half, encrypted with the secret; in a lock without `public` the key
            itself.
        sealed: The key, sealed to the public half.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    cost: Argon2Cost = Argon2Cost()
    salt: str = ""
    wrapped: str = ""
    public: str = ""
    sealed: str = ""


def new_lock() -> Lock:
    """A lock with a fresh salt, which nothing is locked with yet."""
    return Lock(salt=text(secrets.token_bytes(16)), cost=NEW_LOCK_COST)


def locked(key: bytes, wrapper: bytes, context: bytes) -> dict[str, str]:
    """The values of a new lock on the key, for a 256-bit secret."""
    private = X25519PrivateKey.generate()
    public = private.public_key().public_bytes_raw()
    return {
        "wrapped": sealed(wrapper, private.private_bytes_raw(), context),
        "public": text(public),
        "sealed": _sealed_to(public, key, context),
    }


def key_in(lock: Lock, wrapper: bytes, context: bytes) -> bytes:
    """The locked key; raises `InvalidTag` for a wrong secret, `ValueError` for a damaged lock."""
    found = opened(wrapper, lock.wrapped, context)
    if not lock.public:
        return found
    private, blob = X25519PrivateKey.from_private_bytes(found), binary(lock.sealed)
    point = X25519PublicKey.from_public_bytes(blob[:_POINT])
    shared = _shared(private, point, blob[:_POINT] + binary(lock.public))
    return opened(shared, text(blob[_POINT:]), context)


def resealed(lock: Lock, key: bytes, context: bytes) -> str:
    """The value of `sealed` for another key; the lock must have a public half."""
    return _sealed_to(binary(lock.public), key, context)


def stretched(passphrase: str, lock: Lock) -> bytes:
    """The 256-bit secret of a passphrase (Argon2id); raises `ValueError` for a damaged lock."""
    try:
        return hash_secret_raw(
            passphrase.encode(),
            binary(lock.salt),
            time_cost=lock.cost.passes,
            memory_cost=lock.cost.memory_kib,
            parallelism=lock.cost.lanes,
            hash_len=KEY_BYTES,
            type=Type.ID,
        )
    except HashingError as error:
        raise ValueError("no Argon2 of that salt and cost") from error


def derive(key: bytes, purpose: str) -> bytes:
    """A 256-bit subkey for one purpose (HKDF-SHA256)."""
    return HKDF(hashes.SHA256(), KEY_BYTES, salt=None, info=purpose.encode()).derive(key)


def sealed(wrapper: bytes, content: bytes, context: bytes) -> str:
    """Encrypt with a 256-bit secret (AES-256-GCM); nonce and ciphertext as base64."""
    nonce = secrets.token_bytes(_NONCE)
    return text(nonce + AESGCM(wrapper).encrypt(nonce, content, context))


def opened(wrapper: bytes, blob: str, context: bytes) -> bytes:
    """Decrypt what `sealed` made; raises `InvalidTag` or `ValueError`."""
    content = binary(blob)
    return AESGCM(wrapper).decrypt(content[:_NONCE], content[_NONCE:], context)


def text(value: bytes) -> str:
    """Bytes as base64."""
    return base64.b64encode(value).decode()


def binary(value: str) -> bytes:
    """Bytes from base64; raises `ValueError`."""
    return base64.b64decode(value, validate=True)


def _sealed_to(public: bytes, key: bytes, context: bytes) -> str:
    once = X25519PrivateKey.generate()
    point = once.public_key().public_bytes_raw()
    shared = _shared(once, X25519PublicKey.from_public_bytes(public), point + public)
    return text(point + binary(sealed(shared, key, context)))


def _shared(private: X25519PrivateKey, public: X25519PublicKey, points: bytes) -> bytes:
    info = b"negatoscope lock " + points
    return HKDF(hashes.SHA256(), KEY_BYTES, salt=None, info=info).derive(private.exchange(public))
