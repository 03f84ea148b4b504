"""Makes and signs updates (R57); docs/administration.md says how keys are kept.

python installer/sign.py new-key KEY.pem        a new pair; the secret half has a passphrase
python installer/sign.py sign KEY.pem [--folder DIR] [--to FILE]

What is signed is a frozen folder; `engine/services/update_file.py` says how such a file looks. The
passphrase is asked for, or comes as the first line of the file descriptor `--passphrase-fd`.
"""

from __future__ import annotations

import argparse
import getpass
import hashlib
import json
import lzma
import os
import sys
import tempfile
from dataclasses import asdict
from importlib import metadata
from pathlib import Path

from archive import PACKED
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from engine.domain.update import PRODUCT, UpdateFile, UpdateManifest
from engine.files import writing_atomically
from engine.services.update_file import MAGIC, SIGNED_FOR, key_mark, this_platform

ROOT = Path(__file__).resolve().parent.parent
SHORTEST_PASSPHRASE = 8
_PIECE = 2**20


class SigningError(Exception):
    """Nothing was made; the text is one sentence for the maker."""


def main(arguments: list[str]) -> int:
    """Do what the first word says; returns the exit status."""
    parser = argparse.ArgumentParser(prog="sign.py", description="Make and sign updates.")
    parts = parser.add_subparsers(dest="part", required=True)
    made = parts.add_parser("new-key", help="make a pair of keys")
    signed = parts.add_parser("sign", help="make a signed update of a frozen folder")
    for one in (made, signed):
        one.add_argument("key", type=Path, metavar="KEY.pem", help="the secret key's file")
        one.add_argument("--passphrase-fd", type=int, metavar="N")
    signed.add_argument("--folder", type=Path, default=ROOT / "dist" / PRODUCT, metavar="DIR")
    signed.add_argument("--to", type=Path, metavar="FILE", help="default: beside the folder")
    options = parser.parse_args(arguments)
    try:
        passphrase = ask(options.passphrase_fd, is_new=options.part == "new-key")
        if options.part == "new-key":
            public, mark = make_keys(options.key, passphrase)
            print(f"{options.key}: secret; keep it off the network and a copy in a safe")  # noqa: T201
            print(f"{public}: public, mark {mark}; it belongs into resources/update-keys")  # noqa: T201
            return 0
        key = secret_key(options.key, passphrase)
        file = sign(options.folder, key, options.to)
    except (OSError, SigningError) as error:
        print(f"sign.py: {error}", file=sys.stderr)  # noqa: T201
        return 1
    mark = key_mark(key.public_key())
    print(f"{file} ({file.stat().st_size / 1e6:.0f} MB), signed with {mark}")  # noqa: T201
    return 0


def ask(descriptor: int | None, *, is_new: bool) -> bytes:
    """The passphrase of the secret key."""
    if descriptor is not None:
        with os.fdopen(descriptor, encoding="utf-8") as stream:
            return stream.readline().rstrip("\n").encode()
    passphrase = getpass.getpass("Passphrase of the key: ")
    if is_new and getpass.getpass("Once more: ") != passphrase:
        raise SigningError("The two passphrases differ.")
    return passphrase.encode()


def make_keys(path: Path, passphrase: bytes) -> tuple[Path, str]:
    """Write a pair of keys; returns the file of the public one and its mark.

    No file is replaced: a lost key of updates that hospitals trust cannot be made again.
    """
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise SigningError(f"The passphrase needs at least {SHORTEST_PASSPHRASE} letters.")
    key = Ed25519PrivateKey.generate()
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(passphrase),
    )
    public = path.with_name(f"{path.stem}.public.pem")
    for target, content, mode in (
        (path, secret, 0o600),
        (
            public,
            key.public_key().public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            ),
            0o644,
        ),
    ):
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
    return public, key_mark(key.public_key())


def secret_key(path: Path, passphrase: bytes) -> Ed25519PrivateKey:
    """The key of a file."""
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), passphrase)
    except (TypeError, ValueError) as error:
        raise SigningError(f"{path} cannot be opened with this passphrase.") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise SigningError(f"{path} is no Ed25519 key.")
    return key


def sign(folder: Path, key: Ed25519PrivateKey, to: Path | None = None) -> Path:
    """Pack a frozen folder and sign it; the same folder and key give the same bytes."""
    version = version_of(folder)
    files = [described(path, folder) for path in listed(folder)]
    with tempfile.TemporaryFile() as packed:
        with lzma.open(packed, "wb", format=lzma.FORMAT_XZ, filters=PACKED) as stream:
            for file in files:
                if not file.link:
                    stream.write((folder / file.name).read_bytes())
        size = packed.tell()
        packed.seek(0)
        manifest = UpdateManifest(
            product=PRODUCT,
            version=version,
            platform=this_platform(),
            packed_size=size,
            packed_sha256=hashlib.file_digest(packed, "sha256").hexdigest(),
            files=tuple(files),
        )
        if not manifest.is_sound:
            raise SigningError(f"{folder} holds a name or a link that no update may hold.")
        signed = json.dumps(asdict(manifest), ensure_ascii=False, separators=(",", ":")).encode()
        target = to or folder.with_name(f"{PRODUCT}-{version}-{this_platform()}.update")
        packed.seek(0)
        with writing_atomically(target) as out:
            out.write(MAGIC + key.sign(SIGNED_FOR + signed).hex().encode() + b"\n")
            out.write(f"{len(signed)}\n".encode() + signed)
            while piece := packed.read(_PIECE):
                out.write(piece)
    target.chmod(0o644)
    return target


def version_of(folder: Path) -> str:
    """Version of a frozen program, from its own metadata."""
    found = metadata.distributions(name=PRODUCT, path=[str(folder / "_internal")])
    version = next((one.version for one in found), None)
    if version is None or not (folder / PRODUCT).exists():
        raise SigningError(f"{folder} holds no frozen program: run `make package` first.")
    return version


def listed(folder: Path) -> list[Path]:
    """Every file and link; programs first, then by name."""
    found = (path for path in folder.rglob("*") if path.is_symlink() or path.is_file())
    return sorted(found, key=lambda path: (not os.access(path, os.X_OK), path.as_posix()))


def described(path: Path, folder: Path) -> UpdateFile:
    """What the manifest says of a file."""
    name = path.relative_to(folder).as_posix()
    if path.is_symlink():
        return UpdateFile(name=name, link=str(path.readlink()))
    content = path.read_bytes()
    return UpdateFile(
        name=name,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        runs=os.access(path, os.X_OK),
    )


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
