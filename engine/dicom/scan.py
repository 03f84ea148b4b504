"""Finds files that may be DICOM: in folders, ZIP archives and behind a DICOMDIR.

Finding only lists candidates. Each is read in its own request, so that a file that hangs or crashes
its decoder costs only itself. A DICOMDIR only determines the order: its folder is searched as well,
because a film that it omits must not disappear.
"""

from __future__ import annotations

import io
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO

import pyzipper
from pydicom.dataset import Dataset

from engine.dicom.reader import MAX_FILE_BYTES, looks_like_dicom, opened, read_whole
from engine.domain.progress import CancelToken, Progress, ProgressSink
from engine.domain.study import SkippedFile
from engine.errors import (
    DamagedFileError,
    InputError,
    LimitExceededError,
    NotDicomError,
    WrongPasswordError,
)
from engine.files import walk

MAX_FILES = 200_000
MAX_MEMBERS = 20_000
MAX_MEMBER_BYTES = 256 * 2**20
MAX_ARCHIVE_BYTES = 8 * 2**30
MAX_INFLATION = 200
_SMALL = 2**20
_REPORT_EVERY = 200
_DRIVE = re.compile(r"^[A-Za-z]:")
# Created by file managers in every folder; not worth reporting as skipped.
_NOISE = (".DS_Store", "Thumbs.db", "desktop.ini")


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A file that may be DICOM; `member` is its name inside a ZIP archive."""

    path: Path
    member: str = ""

    @property
    def name(self) -> str:
        """The name in the list of skipped files."""
        return f"{self.path.name}/{self.member}" if self.member else str(self.path)


@dataclass(slots=True, kw_only=True)
class FoundFiles:
    """Candidates in a stable order, skipped files, and archives that need a password."""

    candidates: list[Candidate] = field(default_factory=list)
    skipped: list[SkippedFile] = field(default_factory=list)
    locked: list[Path] = field(default_factory=list)

    def skip(self, path: Path, reason: str, *, member: str = "", may_be_film: bool = False) -> None:
        """Leave a file out; the reason is a plain sentence."""
        name = Candidate(path=path, member=member).name
        self.skipped.append(
            SkippedFile(name=name, reason=reason, path=path, member=member, may_be_film=may_be_film)
        )


def find(
    paths: Sequence[Path],
    *,
    progress: ProgressSink,
    cancel: CancelToken,
    passwords: Mapping[Path, str] | None = None,
    at_most: int = 0,
) -> FoundFiles:
    """List the candidates of files, folders, ZIP archives and DICOMDIRs.

    Args:
        paths: The paths that the user chose.
        progress: Receives the number of files found, every 200 files.
        cancel: Stops the search.
        passwords: Of encrypted ZIP archives, by path.
        at_most: Stop at about this many candidates, to have something to show soon; 0 for all.

    Raises:
        CancelledError: `cancel` was set.
        LimitExceededError: More than 200,000 files.
    """
    found = FoundFiles()
    for path in paths:
        for file in _files(_named(path), found):
            cancel.raise_if_cancelled()
            _add(file, found, (passwords or {}).get(file, ""))
            count = len(found.candidates)
            if 0 < at_most <= count:
                return found
            if count > MAX_FILES:
                raise LimitExceededError(
                    f"There are more than {MAX_FILES:,} files.",
                    what_to_do="Open a smaller folder.",
                )
            if count % _REPORT_EVERY == 0:
                progress(Progress(done=count, total=0, message=f"{count} files found"))
    unique = dict.fromkeys(found.candidates)
    return FoundFiles(candidates=list(unique), skipped=found.skipped, locked=found.locked)


@contextmanager
def opened_candidate(candidate: Candidate, password: str = "") -> Iterator[BinaryIO]:
    """Open a candidate; a ZIP member is unpacked into memory, within limits, never onto disk."""
    with opened(candidate.path) as stream:
        if not candidate.member:
            yield stream
            return
        yield io.BytesIO(_member_bytes(_Archive(stream), candidate.member, password))


class KeptArchive:
    """Keeps the ZIP archive open from which a scan reads one member after another.

    Its directory is read once: reading it again for each of thousands of members would take longer
    than reading the members.
    """

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._stamp: tuple[object, ...] | None = None
        self._archive: _Archive | None = None

    @contextmanager
    def opened_candidate(self, candidate: Candidate, password: str = "") -> Iterator[BinaryIO]:
        """Like the module's function, with the archive kept open."""
        if not candidate.member:
            with opened(candidate.path) as stream:
                yield stream
            return
        archive = self._of(candidate.path)
        yield io.BytesIO(_member_bytes(archive, candidate.member, password))

    def close(self) -> None:
        """Close the archive."""
        self._stack.close()
        self._stamp, self._archive = None, None

    def _of(self, path: Path) -> _Archive:
        stamp = _stamp(path)
        if self._archive is None or stamp is None or stamp != self._stamp:
            self.close()
            self._archive = _Archive(self._stack.enter_context(opened(path)))
            self._stamp = stamp
        return self._archive


def _stamp(path: Path) -> tuple[object, ...] | None:
    """A value that changes if the path gets another file; None if there is no file."""
    try:
        facts = path.stat()
    except OSError:
        return None
    return path, facts.st_ino, facts.st_size, facts.st_mtime_ns


class _Archive:
    """A ZIP archive whose directory is read on first use.

    Raises the errors of `zipfile` if the archive is damaged.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    @cached_property
    def plain(self) -> zipfile.ZipFile:
        """For unencrypted members."""
        return zipfile.ZipFile(self._stream)

    @cached_property
    def locked(self) -> Any:
        """For the old encryption and WinZip's AES; the standard library only has the former."""
        return pyzipper.AESZipFile(self._stream)


def _named(path: Path) -> Path:
    """The user's path with a link resolved; links inside folders are not followed."""
    try:
        return path.resolve(strict=True) if path.is_symlink() else path
    except (OSError, RuntimeError):  # RuntimeError: a link that leads to itself
        return path


def _files(path: Path, found: FoundFiles) -> Iterator[Path]:
    """Every file below a path: first those in a DICOMDIR, then the others.

    A medium's directory need not name every film on it (PS3.10 8.6). Other files next to an index,
    such as the disc's own viewer, are ignored unless they look like DICOM.
    """
    if path.name.upper() == "DICOMDIR" and path.is_file():
        path = path.parent
    if not path.is_dir():
        yield path
        return

    def on_unreadable(folder: Path) -> None:
        found.skip(folder, "The folder cannot be opened.", may_be_film=True)

    given: set[Path] = set()
    indexed: set[Path] = set()
    for folder, _, names in walk(path, on_unreadable):
        index = next((name for name in names if name.upper() == "DICOMDIR"), None)
        listed = [] if index is None else _listed(folder / index, found)
        if listed:
            indexed.add(folder)
        yield from (file for file in listed if file not in given)
        given.update(listed)
        is_indexed = any(root == folder or root in folder.parents for root in indexed)
        for name in names:
            file = folder / name
            if name in (*_NOISE, index) or file in given:
                continue
            if not is_indexed or _may_hold_films(file):
                yield file


def _add(path: Path, found: FoundFiles, password: str) -> None:
    try:
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            found.skip(path, "It is a link to another place.")
            return
        if not stat.S_ISREG(mode):
            found.skip(path, "It is not a regular file.")
            return
        with opened(path) as stream:
            is_zip = stream.read(4) == b"PK\x03\x04" and not _has_dicom_mark(stream)
            if is_zip:
                _add_members(path, stream, found, password)
            else:
                found.candidates.append(Candidate(path=path))
    except InputError as error:
        found.skip(path, error.message, may_be_film=not isinstance(error, NotDicomError))
    except OSError:
        found.skip(path, "The file cannot be found or opened.", may_be_film=True)


def _may_hold_films(path: Path) -> bool:
    """Whether a file outside the index looks like a DICOM file or an archive."""
    try:
        with opened(path) as stream:
            return looks_like_dicom(stream) or stream.read(4) == b"PK\x03\x04"
    except (InputError, OSError):
        return True  # reading it later gives the reason


def _has_dicom_mark(stream: BinaryIO) -> bool:
    stream.seek(128)
    mark = stream.read(4)
    stream.seek(0)
    return mark == b"DICM"


def _listed(index: Path, found: FoundFiles) -> list[Path]:
    """The files that a DICOMDIR names; empty if it is unreadable or names missing files."""
    try:
        with opened(index) as stream:
            records = read_whole(stream).get("DirectoryRecordSequence") or ()
            names = [_file_id(record) for record in records]
        files = [_inside(index.parent, name) for name in names if name]
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a broken index provokes, the folder is here
        reason = error.message if isinstance(error, InputError) else "It cannot be read."
        found.skip(index, f"{reason} The folder was searched instead.")
        return []
    if not all(file.is_file() for file in files):
        found.skip(index, "It names files that are missing; the folder was searched.")
        return []
    return files


def _file_id(record: Dataset) -> tuple[str, ...]:
    value = record.get("ReferencedFileID")
    if value is None or value == "":
        return ()
    parts = [value] if isinstance(value, str) else list(value)
    return tuple(str(part) for part in parts)


def _inside(root: Path, parts: tuple[str, ...]) -> Path:
    """The file of a Referenced File ID below `root`; never one outside it (CVE-2026-32711)."""
    for part in parts:
        if part in ("", ".", "..") or re.search(r"[/\\:\x00]", part):
            raise DamagedFileError("It names a file outside its own folder.")
    path = root.joinpath(*parts)
    if not path.exists():
        path = root.joinpath(*(part.lower() for part in parts))
    if not path.resolve().is_relative_to(root.resolve()):
        raise DamagedFileError("It names a file outside its own folder.")
    return path


def _add_members(path: Path, stream: BinaryIO, found: FoundFiles, password: str) -> None:
    try:
        archive = _Archive(stream)
        members = [item for item in archive.plain.infolist() if not item.is_dir()]
    except MemoryError:
        raise
    except Exception as error:  # whatever a broken directory provokes costs this archive only
        raise DamagedFileError("The ZIP archive is damaged.") from error
    if len(members) > MAX_MEMBERS:
        raise LimitExceededError(f"The ZIP archive holds more than {MAX_MEMBERS:,} files.")
    if sum(item.file_size for item in members) > MAX_ARCHIVE_BYTES:
        raise LimitExceededError("The ZIP archive unpacks to more than 8 GiB.")
    key_problem = _key_problem(archive, members, password)
    if key_problem:
        found.locked.append(path)
    for item in sorted(members, key=lambda member: member.filename):
        name = item.filename
        reason = _member_problem(item) or (key_problem if _is_encrypted(item) else "")
        if reason:
            found.skip(path, reason, member=name)
        elif name.rsplit("/", 1)[-1].upper() != "DICOMDIR":
            found.candidates.append(Candidate(path=path, member=name))


def _member_problem(item: zipfile.ZipInfo) -> str:
    """Why a ZIP member is left out; empty if it is read."""
    name = item.filename
    is_outside = name.startswith(("/", "\\")) or _DRIVE.match(name) is not None
    if is_outside or ".." in re.split(r"[/\\]", name):
        return "Its name leads out of the ZIP archive."
    if item.file_size > min(MAX_MEMBER_BYTES, MAX_FILE_BYTES):
        return "It is larger than the safety limit for files in ZIP archives."
    if item.file_size > max(_SMALL, MAX_INFLATION * item.compress_size):
        return "It unpacks to suspiciously many times its size."
    return ""


def _is_encrypted(item: zipfile.ZipInfo) -> bool:
    return bool(item.flag_bits & 0x1)


def _key_problem(archive: _Archive, members: Sequence[zipfile.ZipInfo], password: str) -> str:
    """Why encrypted members cannot be read; empty if they can, or if there are none."""
    encrypted = [item for item in members if _is_encrypted(item) and not _member_problem(item)]
    if not encrypted:
        return ""
    if not password:
        return "It is encrypted."
    smallest = min(encrypted, key=lambda item: item.file_size)
    try:
        _member_bytes(archive, smallest.filename, password)
    except WrongPasswordError as error:
        return error.message
    except InputError:
        return ""  # damaged, not locked: reading each member reports it
    return ""


def _member_bytes(archive: _Archive, member: str, password: str) -> bytes:
    try:
        item = _bearable(archive.plain.getinfo(member))
        unpacked = _unpacked(archive, item, password)
    except (InputError, MemoryError):
        raise
    except (ValueError, RuntimeError, OSError) as error:
        raise DamagedFileError("The file inside the ZIP archive cannot be read.") from error
    except Exception as error:  # of any decompressor, on any bytes
        raise DamagedFileError("The file inside the ZIP archive is damaged.") from error
    if len(unpacked) != item.file_size:
        raise DamagedFileError("The file inside the ZIP archive has another size than announced.")
    return unpacked


def _bearable(item: zipfile.ZipInfo) -> zipfile.ZipInfo:
    """The member; raises `LimitExceededError` if it must not be read."""
    reason = _member_problem(item)
    if reason:
        raise LimitExceededError(reason)
    return item


def _unpacked(archive: _Archive, item: zipfile.ZipInfo, password: str) -> bytes:
    """A member's bytes; one more than announced if its header gives too small a size."""
    if not _is_encrypted(item):
        with archive.plain.open(item) as packed:
            return packed.read(item.file_size + 1)
    if not password:
        raise WrongPasswordError(
            "The ZIP archive is encrypted.", what_to_do="Open it again and type its password."
        )
    archive.locked.setpassword(password.encode())
    try:
        with archive.locked.open(item.filename) as packed:
            unpacked: bytes = packed.read(item.file_size + 1)
    except (RuntimeError, zlib.error, zipfile.BadZipFile, pyzipper.BadZipFile) as error:
        # The old encryption detects a wrong password in only 255 of 256 cases.
        raise WrongPasswordError("The password of the ZIP archive is wrong.") from error
    return unpacked
