"""Model packs: a bundle as it is handed on, one ZIP archive or a folder.

A pack comes from outside, so nothing of it is believed before it was checked: names, sizes, hashes
and what the manifest says. docs/model-pack.md is the contract.
"""

from __future__ import annotations

import re
import shutil
import stat
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from engine.domain.bundle import BundleManifest
from engine.errors import BundleError
from engine.files import writing_atomically
from engine.inference.manifest import MANIFEST, read_manifest, verify_bundle

MOST_FILES = 64
MOST_BYTES = 4 * 2**30
"""Largest pack, unpacked."""
MOST_MANIFEST_BYTES = 2**20

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._]*(-[A-Za-z0-9][A-Za-z0-9._]*)*")
_LONGEST_WORD, _LONGEST_SENTENCE = 40, 500
_ZIP_MARK = b"PK"
_PIECE = 2**20
_ONE_DAY = (1980, 1, 1, 0, 0, 0)
_COPY_AGAIN = "Copy it again from where it came from."
_ASK_MAKER = "Ask whoever made it for another one."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Member:
    """A file of the pack: its size in bytes and where its content is."""

    size: int
    place: Path | zipfile.ZipInfo


def unpack(source: Path, target: Path) -> BundleManifest:
    """Copy the files of a pack into a new folder, and check them.

    Args:
        source: A ZIP archive, or a folder.
        target: Folder that is made; on an error it may hold some of the files.

    Raises:
        BundleError: It is no pack, or damaged, or not as its manifest says; nothing is written
            outside `target`.
    """
    try:
        target.mkdir(parents=True)
        with _opened(source) as archive:
            members = _from_folder(source) if archive is None else _from_archive(archive)
            _require_plain(members)
            _copy(archive, members, MANIFEST, target)
            manifest = read_manifest(target)
            _require_as_described(members, manifest)
            _require_room(manifest, target)
            for name in members:
                _copy(archive, members, name, target)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError) as error:
        raise BundleError(
            "The model pack is damaged or incomplete.", what_to_do=_COPY_AGAIN
        ) from error
    except OSError as error:
        raise BundleError("The model pack could not be copied.") from error
    verify_bundle(target)
    require_described(manifest)
    return manifest


def write_pack(folder: Path, file: Path) -> None:
    """Write a verified bundle as one ZIP archive; equal bundles give equal archives.

    Raises:
        BundleError: The folder holds no whole bundle, or one that no Negatoscope would import.
        OSError: The archive cannot be written.
    """
    manifest = verify_bundle(folder)
    require_described(manifest)
    names = sorted([MANIFEST, *(described.name for described in manifest.files)])
    with writing_atomically(file) as stream, zipfile.ZipFile(stream, "w") as archive:
        for name in names:
            info = zipfile.ZipInfo(name, date_time=_ONE_DAY)
            info.external_attr = (stat.S_IFREG | 0o644) << 16
            with (folder / name).open("rb") as content, archive.open(info, "w") as written:
                shutil.copyfileobj(content, written, _PIECE)


@contextmanager
def _opened(source: Path) -> Iterator[zipfile.ZipFile | None]:
    """The archive; None for a folder."""
    if source.is_dir():
        yield None
        return
    if not source.is_file():
        raise BundleError("There is no such file or folder.", what_to_do="Look at its name.")
    with source.open("rb") as stream:
        if stream.read(len(_ZIP_MARK)) != _ZIP_MARK:
            raise BundleError(
                "This file is not a model pack: it is no ZIP archive.",
                what_to_do="Name the pack's ZIP file, or the folder with its files.",
            )
        stream.seek(0)
        with zipfile.ZipFile(stream) as archive:
            yield archive


def _from_archive(archive: zipfile.ZipFile) -> dict[str, _Member]:
    members: dict[str, _Member] = {}
    for info in archive.infolist():
        kind = stat.S_IFMT(info.external_attr >> 16)
        if info.is_dir() or kind not in (0, stat.S_IFREG):
            raise _unwanted("it holds a folder or a link; its files must lie side by side")
        if info.flag_bits & 1:
            raise _unwanted("it is encrypted")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise _unwanted("it is compressed in a way that is not read here")
        if info.orig_filename != info.filename or info.filename in members:
            raise _unwanted("two of its files have the same name, or a name is not plain")
        members[info.filename] = _Member(size=info.file_size, place=info)
    return members


def _from_folder(folder: Path) -> dict[str, _Member]:
    members: dict[str, _Member] = {}
    for path in folder.iterdir():
        found = path.lstat()
        if not stat.S_ISREG(found.st_mode):
            raise _unwanted("it holds a folder or a link; its files must lie side by side")
        members[path.name] = _Member(size=found.st_size, place=path)
    return members


def _require_plain(members: Mapping[str, _Member]) -> None:
    if MANIFEST not in members:
        raise _unwanted(f"it holds no {MANIFEST}")
    if len(members) > MOST_FILES:
        raise _unwanted(f"it holds {len(members)} files; {MOST_FILES} is the limit")
    if not all(_NAME.fullmatch(name) for name in members):
        raise _unwanted("a file's name is not plain: letters, digits, dot, line and hyphen only")
    if len({name.casefold() for name in members}) < len(members):
        raise _unwanted("two of its files have the same name, or a name is not plain")
    if members[MANIFEST].size > MOST_MANIFEST_BYTES:
        raise _unwanted(f"its {MANIFEST} is larger than 1 MiB")
    if sum(member.size for member in members.values()) > MOST_BYTES:
        raise _unwanted(f"it is larger than {MOST_BYTES // 2**30} GiB")


def _require_as_described(members: Mapping[str, _Member], manifest: BundleManifest) -> None:
    """Names and sizes are as the manifest says; hashes are compared once the files are copied."""
    listed = {file.name: file.size for file in manifest.files}
    if len(listed) < len(manifest.files) or MANIFEST in listed:
        raise _unwanted(f"its {MANIFEST} lists a file twice, or itself")
    others = sorted(members.keys() - listed.keys() - {MANIFEST})
    if others:
        raise _unwanted(f"it holds {others[0]}, which its {MANIFEST} does not name")
    for name, size in listed.items():
        if name not in members:
            raise _unwanted(f"{name} is missing")
        if members[name].size != size:
            raise _unwanted(f"{name} is not the file it should be")


def _require_room(manifest: BundleManifest, target: Path) -> None:
    needed = sum(file.size for file in manifest.files)
    if needed > shutil.disk_usage(target).free:
        raise BundleError(
            f"There is no room for the model: it takes {needed / 2**20:.0f} MiB.",
            what_to_do="Make room on the disk, then import it again.",
        )


def require_described(manifest: BundleManifest) -> None:
    """Refuse a manifest whose words readers cannot be shown; raises `BundleError`.

    They are its name, version, licence and intended use.
    """
    words, said = (manifest.bundle_id, manifest.version), (manifest.licence, manifest.intended_use)
    if not all(_WORD.fullmatch(word) and len(word) <= _LONGEST_WORD for word in words):
        raise _unwanted("its name and version must be of letters, digits, dot, line and hyphen")
    if not all(0 < len(text.strip()) <= _LONGEST_SENTENCE and text.isprintable() for text in said):
        raise _unwanted("its licence and intended use must each be a sentence on one line")


def _copy(
    archive: zipfile.ZipFile | None, members: Mapping[str, _Member], name: str, target: Path
) -> None:
    """Copy no more bytes than the pack's directory says, so that an archive cannot swell."""
    member, left = members[name], members[name].size
    with _content(archive, member) as content, (target / name).open("wb") as written:
        while piece := content.read(_PIECE):
            left -= len(piece)
            if left < 0:
                raise _unwanted(f"{name} is not the file it should be")
            written.write(piece)


def _content(archive: zipfile.ZipFile | None, member: _Member) -> IO[bytes]:
    if archive is not None and isinstance(member.place, zipfile.ZipInfo):
        return archive.open(member.place)
    return Path(str(member.place)).open("rb")


def _unwanted(reason: str) -> BundleError:
    return BundleError(f"The model pack cannot be used: {reason}.", what_to_do=_ASK_MAKER)
