"""Write a file whole or not at all, and walk through folders of any depth."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

UNFINISHED: Final = (".tmp", ".temp", ".part", ".partial", ".filepart", ".crdownload")
"""Endings of files that another program has not finished."""


def write_atomically(path: Path, content: bytes) -> None:
    """Write to a temporary file beside it, fsync and rename; only the owner may read the file.

    A crash at any moment leaves the old file or the whole new one. Raises `OSError`.
    """
    with writing_atomically(path) as stream:
        stream.write(content)


def hidden_beside(path: Path) -> Path:
    """The hidden name in the same folder that a file has until it is whole."""
    # An unusual name, so that nobody else's file is mistaken for our leftover and deleted.
    return path.with_name(f".{path.name}.negatoscope")


@contextmanager
def writing_atomically(path: Path) -> Iterator[IO[bytes]]:
    """The same for what is too long to be held in memory; an error in the block writes nothing."""
    temporary = hidden_beside(path)
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        move_into_place(temporary, path)
    except BaseException:
        # Half a report of a patient must not stay behind under another name.
        temporary.unlink(missing_ok=True)
        raise


def move_into_place(temporary: Path, path: Path) -> None:
    """Rename over `path` and make the rename durable. Raises `OSError`."""
    temporary.replace(path)
    # The rename is durable only once the folder itself is synced.
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make new, renamed and removed names in a folder durable. Raises `OSError`."""
    if sys.platform == "win32":
        return  # Windows has no such call
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        # Some network shares refuse to sync a folder, and do it themselves.
        if error.errno not in {errno.EINVAL, errno.ENOTSUP}:
            raise
    finally:
        os.close(descriptor)


def walk(
    root: Path, on_unreadable: Callable[[Path], None]
) -> Iterator[tuple[Path, list[str], list[str]]]:
    """Each folder from `root` down, with the sorted names of its folders and of its files.

    Links to folders are not followed; a caller may clear the list of folders to go no deeper.
    Unlike `os.walk` of Python 3.11, no level needs a stack frame, and every unreadable folder is
    reported.
    """
    folders = [root]
    while folders:
        folder = folders.pop()
        try:
            with os.scandir(folder) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except OSError:
            on_unreadable(folder)
            continue
        below = [entry.name for entry in found if entry.is_dir(follow_symlinks=False)]
        yield folder, below, [entry.name for entry in found if not _is_folder(entry)]
        folders.extend(folder / name for name in reversed(below))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False
