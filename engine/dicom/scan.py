"""Find files that may be DICOM: in folders, ZIP archives and behind a DICOMDIR.

Finding only lists candidates; each is read in a request of its own, so that a file that hangs or
crashes its decoder costs only itself. A DICOMDIR is a hint: if it names a file that is missing
or outside its folder, the folder is searched instead.
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

from engine.dicom.reader import MAX_FILE_BYTES, opened, read_whole
from engine.domain.progress import CancelToken, Progress, ProgressSink
from engine.domain.study import SkippedFile
from engine.errors import DamagedFileError, InputError, LimitExceededError, WrongPasswordError
from engine.files import walk

MAX_FILES = 200_000
MAX_MEMBERS = 20_000
MAX_MEMBER_BYTES = 256 * 2**20
MAX_ARCHIVE_BYTES = 8 * 2**30
MAX_INFLATION = 200
_SMALL = 2**20
_REPORT_EVERY = 200
_DRIVE = re.compile(r"^[A-Za-z]:")
# Left behind by file managers; they are in every folder and of no interest to anybody.
_NOISE = (".DS_Store", "Thumbs.db", "desktop.ini")


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A file that may be DICOM; `member` is its name inside a ZIP archive."""

    path: Path
    member: str = ""

    @property
    def name(self) -> str:
        """For the list of skipped files."""
        return f"{self.path.name}/{self.member}" if self.member else str(self.path)


@dataclass(slots=True, kw_only=True)
class Finding:
    """Candidates in a stable order, what was left out, and archives that ask for a password."""

    candidates: list[Candidate] = field(default_factory=list)
    skipped: list[SkippedFile] = field(default_factory=list)
    locked: list[Path] = field(default_factory=list)

    def skip(self, name: str, reason: str) -> None:
        """Leave a file out, with a plain sentence."""
        self.skipped.append(SkippedFile(name=name, reason=reason))


def find(
    paths: Sequence[Path],
    *,
    progress: ProgressSink,
    cancel: CancelToken,
    passwords: Mapping[Path, str] | None = None,
    at_most: int = 0,
) -> Finding:
    """List the candidates of files, folders, ZIP archives and DICOMDIRs.

    Args:
        paths: What the user named.
        progress: Told now and then how many were found.
        cancel: Stops the search.
        passwords: Of encrypted ZIP archives, by path.
        at_most: Stop at about so many candidates, to have something to show soon; 0 for all.

    Raises:
        CancelledError: `cancel` was set.
        LimitExceededError: More than 200,000 files.
    """
    finding = Finding()
    for path in paths:
        for file in _files(_named(path), finding):
            cancel.raise_if_cancelled()
            _add(file, finding, (passwords or {}).get(file, ""))
            count = len(finding.candidates)
            if 0 < at_most <= count:
                return finding
            if count > MAX_FILES:
                raise LimitExceededError(
                    f"There are more than {MAX_FILES:,} files.",
                    what_to_do="Open a smaller folder.",
                )
            if count % _REPORT_EVERY == 0:
                progress(Progress(done=count, total=0, message=f"{count} files found"))
    unique = dict.fromkeys(finding.candidates)
    return Finding(candidates=list(unique), skipped=finding.skipped, locked=finding.locked)


@contextmanager
def opened_candidate(candidate: Candidate, password: str = "") -> Iterator[BinaryIO]:
    """Open a candidate; a ZIP member is unpacked into memory, within limits, never onto disk."""
    with opened(candidate.path) as stream:
        if not candidate.member:
            yield stream
            return
        yield io.BytesIO(_member_bytes(_Archive(stream), candidate.member, password))


class KeptArchive:
    """The ZIP archive of which a scan reads one file after the other.

    It stays open with its directory read: reading that anew for each of thousands of members
    takes longer than all of them together.
    """

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._stamp: tuple[object, ...] | None = None
        self._archive: _Archive | None = None

    @contextmanager
    def opened_candidate(self, candidate: Candidate, password: str = "") -> Iterator[BinaryIO]:
        """As the function of that name."""
        if not candidate.member:
            with opened(candidate.path) as stream:
                yield stream
            return
        archive = self._of(candidate.path)
        yield io.BytesIO(_member_bytes(archive, candidate.member, password))

    def close(self) -> None:
        """Let the archive go."""
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
    """What changes when another file takes the path; None if there is none."""
    try:
        facts = path.stat()
    except OSError:
        return None
    return path, facts.st_ino, facts.st_size, facts.st_mtime_ns


class _Archive:
    """A ZIP archive's directory, read when it is asked for.

    Raises what `zipfile` raises where it is damaged.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    @cached_property
    def plain(self) -> zipfile.ZipFile:
        """For what is not encrypted."""
        return zipfile.ZipFile(self._stream)

    @cached_property
    def locked(self) -> Any:
        """For the old encryption and WinZip's AES; the standard library knows the old one only."""
        return pyzipper.AESZipFile(self._stream)


def _named(path: Path) -> Path:
    """What the user named, even by a link; links inside folders are not followed."""
    try:
        return path.resolve(strict=True) if path.is_symlink() else path
    except (OSError, RuntimeError):  # RuntimeError: a link that leads to itself
        return path


def _files(path: Path, finding: Finding) -> Iterator[Path]:
    """Every file below a path; a DICOMDIR on the way decides for its folder if it can."""
    if path.name.upper() == "DICOMDIR" and path.is_file():
        path = path.parent
    if not path.is_dir():
        yield path
        return

    def on_unreadable(folder: Path) -> None:
        finding.skip(str(folder), "The folder cannot be opened.")

    for folder, below, names in walk(path, on_unreadable):
        index = next((name for name in names if name.upper() == "DICOMDIR"), None)
        listed = [] if index is None else _listed(folder / index, finding)
        if listed:
            below.clear()
            yield from listed
        else:
            left_out = (*_NOISE, index)
            yield from (folder / name for name in names if name not in left_out)


def _add(path: Path, finding: Finding, password: str) -> None:
    try:
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            finding.skip(str(path), "It is a link to another place.")
            return
        if not stat.S_ISREG(mode):
            finding.skip(str(path), "It is not a regular file.")
            return
        with opened(path) as stream:
            is_zip = stream.read(4) == b"PK\x03\x04" and not _has_dicom_mark(stream)
            if is_zip:
                _add_members(path, stream, finding, password)
            else:
                finding.candidates.append(Candidate(path=path))
    except InputError as error:
        finding.skip(str(path), error.message)
    except OSError:
        finding.skip(str(path), "The file cannot be found or opened.")


def _has_dicom_mark(stream: BinaryIO) -> bool:
    stream.seek(128)
    mark = stream.read(4)
    stream.seek(0)
    return mark == b"DICM"


def _listed(index: Path, finding: Finding) -> list[Path]:
    """Files that a DICOMDIR names, or nothing if it cannot be relied on."""
    try:
        with opened(index) as stream:
            records = read_whole(stream).get("DirectoryRecordSequence") or ()
            names = [_file_id(record) for record in records]
        root = index.parent.resolve()
        files = [_inside(root, name) for name in names if name]
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a broken index provokes, the folder is here
        reason = error.message if isinstance(error, InputError) else "It cannot be read."
        finding.skip(str(index), f"{reason} The folder was searched instead.")
        return []
    if not all(file.is_file() for file in files):
        finding.skip(str(index), "It names files that are missing; the folder was searched.")
        return []
    return files


def _file_id(record: Dataset) -> tuple[str, ...]:
    value = record.get("ReferencedFileID")
    if value is None or value == "":
        return ()
    parts = [value] if isinstance(value, str) else list(value)
    return tuple(str(part) for part in parts)


def _inside(root: Path, parts: tuple[str, ...]) -> Path:
    """The file below `root` that a Referenced File ID names; never one outside (CVE-2026-32711)."""
    for part in parts:
        if part in ("", ".", "..") or re.search(r"[/\\:\x00]", part):
            raise DamagedFileError("It names a file outside its own folder.")
    path = root.joinpath(*parts)
    if not path.exists():
        path = root.joinpath(*(part.lower() for part in parts))
    if not path.resolve().is_relative_to(root):
        raise DamagedFileError("It names a file outside its own folder.")
    return path


def _add_members(path: Path, stream: BinaryIO, finding: Finding, password: str) -> None:
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
        finding.locked.append(path)
    for item in sorted(members, key=lambda member: member.filename):
        name = item.filename
        reason = _member_problem(item) or (key_problem if _is_encrypted(item) else "")
        if reason:
            finding.skip(f"{path.name}/{name}", reason)
        elif name.rsplit("/", 1)[-1].upper() != "DICOMDIR":
            finding.candidates.append(Candidate(path=path, member=name))


def _member_problem(item: zipfile.ZipInfo) -> str:
    """Why a ZIP member is left out; empty if it is not."""
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
        return ""  # damaged, not locked: it is said of each member when it is read
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
    """The member; raises `LimitExceededError` if it is none that is read."""
    reason = _member_problem(item)
    if reason:
        raise LimitExceededError(reason)
    return item


def _unpacked(archive: _Archive, item: zipfile.ZipInfo, password: str) -> bytes:
    """A member's bytes, and one more than announced where its header lies about the size."""
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
        # The old encryption tells a wrong password only in 255 of 256 cases.
        raise WrongPasswordError("The password of the ZIP archive is wrong.") from error
    return unpacked
