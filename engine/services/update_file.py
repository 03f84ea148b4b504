r"""Update files: a signed manifest, then all files of the new program, packed.

    NEGATOSCOPE UPDATE 1\n
    signature (Ed25519, 128 hex digits)\n
    length of the manifest (decimal)\n
    manifest (JSON of `UpdateManifest`)
    packed files (xz of their bytes, one after the other)

The file comes on a stick. Nothing of it is understood before the signature was found to be by a
known key, and nothing is unpacked before the packed bytes have the signed hash. `installer/sign.py`
writes such files.
"""

from __future__ import annotations

import hashlib
import logging
import lzma
import platform
import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import TypeAdapter, ValidationError

from engine.domain.update import PRODUCT, UpdateFile, UpdateManifest
from engine.errors import UpdateError
from engine.paths import update_key_folders

MAGIC: Final = b"NEGATOSCOPE UPDATE 1\n"
SIGNED_FOR: Final = b"Negatoscope update 1\n"
"""Stands before the manifest in what is signed: the key's other signatures mean something else."""

_LOG = logging.getLogger(__name__)
_MANIFESTS = TypeAdapter(UpdateManifest)
_MOST_MANIFEST_BYTES = 16 * 2**20
_LINE = 200
_PIECE = 2**20
_COPY_AGAIN = "Copy it again from where it came from."
_DO_NOT_USE = "Do not use it; ask whoever gave it to you."


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateKey:
    """A public key whose updates are taken.

    Attributes:
        path: Where it lies.
        mark: First 16 hex digits of the SHA-256 of its 32 bytes; people compare keys by it.
    """

    path: Path
    mark: str
    key: Ed25519PublicKey


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedUpdate:
    """An update whose manifest is signed by a known key and meant for this computer.

    Attributes:
        start: Where in the file the packed bytes begin.
    """

    path: Path
    manifest: UpdateManifest
    start: int
    signed_by: UpdateKey


def this_platform() -> str:
    """System and processor as an update names them, e.g. "linux-x86_64"."""
    return f"{sys.platform}-{platform.machine().lower()}"


def known_keys() -> list[UpdateKey]:
    """Keys that came with the program, and those that this computer's administrator added."""
    found = []
    for path in (one for folder in update_key_folders() for one in sorted(folder.glob("*.pem"))):
        try:
            key = serialization.load_pem_public_key(path.read_bytes())
        except (OSError, ValueError, UnsupportedAlgorithm) as error:
            _LOG.warning("the update key %s cannot be read", path, exc_info=error)
            continue
        if isinstance(key, Ed25519PublicKey):
            found.append(UpdateKey(path=path, mark=key_mark(key), key=key))
        else:
            _LOG.warning("the update key %s is not of Ed25519", path)
    return found


def key_mark(key: Ed25519PublicKey) -> str:
    """What people compare keys by."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()[:16]


def read_update(path: Path, keys: Sequence[UpdateKey]) -> SignedUpdate:
    """Read an update's head and hash the rest.

    Raises:
        UpdateError: It is no update, not signed by one of the keys, for other computers, or cut or
            changed in one byte.
    """
    if not keys:
        raise UpdateError(
            "This program knows no key that updates are signed with, so no update can be checked.",
            what_to_do="docs/administration.md says where an administrator puts one.",
        )
    with _opened(path) as stream:
        if stream.read(len(MAGIC)) != MAGIC:
            raise UpdateError("This file is not an update of Negatoscope.")
        signature, signed = _signature(stream), _manifest_bytes(stream)
        signed_by = next((key for key in keys if _has_signed(key.key, signature, signed)), None)
        if signed_by is None:
            raise UpdateError(
                "The update is not signed with a key that this program knows, or it was changed.",
                what_to_do=_DO_NOT_USE,
            )
        manifest = _manifest(signed)
        start = stream.tell()
        _require_packed(stream, manifest)
    return SignedUpdate(path=path, manifest=manifest, start=start, signed_by=signed_by)


def unpack(update: SignedUpdate, target: Path) -> Iterator[int]:
    """Write the files into a new folder; yields the number of bytes that stand there.

    Each file is hashed on its way: the stick may give other bytes than when it was read first.

    Raises:
        UpdateError: A file is not the one that was signed.
        OSError: It cannot be written.
    """
    written = 0
    with _opened(update.path) as stream:
        stream.seek(update.start)
        with lzma.open(stream) as packed:
            for file in update.manifest.files:
                place = target / file.name
                place.parent.mkdir(parents=True, exist_ok=True)
                if file.link:
                    place.symlink_to(file.link)
                else:
                    _write(packed, file, place)
                written += file.size
                yield written


def _write(packed: IO[bytes], file: UpdateFile, place: Path) -> None:
    left, digest = file.size, hashlib.sha256()
    with place.open("xb") as stream:
        while left and (piece := _read(packed, min(left, _PIECE))):
            stream.write(piece)
            digest.update(piece)
            left -= len(piece)
    if left or digest.hexdigest() != file.sha256:
        raise _damaged()
    # Everybody may start the program, whatever the administrator's mask is.
    place.chmod(0o755 if file.runs else 0o644)


def _read(packed: IO[bytes], size: int) -> bytes:
    try:
        return packed.read(size)
    except (lzma.LZMAError, EOFError) as error:
        raise _damaged() from error


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    try:
        stream = path.open("rb")
    except OSError as error:
        raise UpdateError(
            f"{path.name} cannot be read.", what_to_do="Look at its name and place."
        ) from error
    with stream:
        yield stream


def _signature(stream: IO[bytes]) -> bytes:
    line = stream.readline(_LINE)
    if not re.fullmatch(rb"[0-9a-f]{128}\n", line):
        raise _damaged()
    return bytes.fromhex(line.decode())


def _manifest_bytes(stream: IO[bytes]) -> bytes:
    line = stream.readline(_LINE)
    if not re.fullmatch(rb"[1-9]\d{0,9}\n", line) or int(line) > _MOST_MANIFEST_BYTES:
        raise _damaged()
    content = stream.read(int(line))
    if len(content) < int(line):
        raise _damaged()
    return content


def _has_signed(key: Ed25519PublicKey, signature: bytes, signed: bytes) -> bool:
    try:
        key.verify(signature, SIGNED_FOR + signed)
    except InvalidSignature:
        return False
    return True


def _manifest(signed: bytes) -> UpdateManifest:
    try:
        manifest = _MANIFESTS.validate_json(signed, strict=True)
    except ValidationError as error:
        raise UpdateError("The update was made for another version of Negatoscope.") from error
    if manifest.product != PRODUCT or not manifest.is_sound:
        raise UpdateError(
            "The update is signed, but what it lists is no program that can be put in.",
            what_to_do=_DO_NOT_USE,
        )
    if manifest.platform != this_platform():
        raise UpdateError(
            f"The update is for {manifest.platform}; this computer is {this_platform()}."
        )
    return manifest


def _require_packed(stream: IO[bytes], manifest: UpdateManifest) -> None:
    """What follows is, byte for byte, what was signed."""
    found = hashlib.sha256()
    size = 0
    while piece := stream.read(_PIECE):
        found.update(piece)
        size += len(piece)
    if (size, found.hexdigest()) != (manifest.packed_size, manifest.packed_sha256):
        raise _damaged()


def require_room(manifest: UpdateManifest, folder: Path) -> None:
    """Refuse an update that the disk cannot take beside the program that runs."""
    if manifest.size > shutil.disk_usage(folder).free:
        raise UpdateError(
            f"There is no room for the update: it takes {manifest.size / 1e6:.0f} MB.",
            what_to_do="Make room on the disk, then update again.",
        )


def _damaged() -> UpdateError:
    return UpdateError("The update file is cut short or damaged.", what_to_do=_COPY_AGAIN)
