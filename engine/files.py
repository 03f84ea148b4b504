"""Writing a file whole or not at all, and walking through folders of any depth."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path


def write_atomically(path: Path, content: bytes) -> None:
    """Write by a neighbouring temporary file, fsync and rename; only the owner may read it.

    A crash at any moment leaves the old file or the whole new one. Raises `OSError`.
    """
    temporary = path.with_name(path.name + ".part")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        move_into_place(temporary, path)
    except BaseException:
        # Half a report of a patient must not stay behind under another name.
        temporary.unlink(missing_ok=True)
        raise


def move_into_place(temporary: Path, path: Path) -> None:
    """Rename over `path` and make the rename itself durable. Raises `OSError`."""
    temporary.replace(path)
    if sys.platform != "win32":
        # The folder's entry is only on disk once the folder is; Windows has no such call.
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def walk(
    root: Path, on_unreadable: Callable[[Path], None]
) -> Iterator[tuple[Path, list[str], list[str]]]:
    """Each folder from `root` down with the sorted names of its folders and of its files.

    Links to folders are left out; a caller that clears the list of folders is led no deeper.
    Unlike `os.walk` of Python 3.11 it needs no stack frame for a level, and no folder that cannot
    be read goes unmentioned.
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
