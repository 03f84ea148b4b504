"""The workspace's folder: on a disk of this machine, and open in one process at a time."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import IO

from engine.errors import StorageError, WorkspaceLockedError

_NETWORK = {
    "afs",
    "ceph",
    "cifs",
    "davfs",
    "fuse.davfs2",
    "fuse.glusterfs",
    "fuse.rclone",
    "fuse.sshfs",
    "ncpfs",
    "nfs",
    "nfs4",
    "smb3",
    "smbfs",
}


def require_local(folder: Path) -> None:
    """Raise `StorageError` if the folder lies on a network drive, where WAL is not safe."""
    if _is_remote(folder.resolve()):
        raise StorageError(
            "This folder is on a network drive, where reports cannot be kept safely.",
            what_to_do="Choose a folder on a disk of this computer.",
        )


if sys.platform == "win32":
    import ctypes
    import msvcrt

    def _is_remote(folder: Path) -> bool:
        drive_remote = 4
        drive = folder.drive
        is_share = drive.startswith("\\\\")
        return is_share or ctypes.windll.kernel32.GetDriveTypeW(f"{drive}\\") == drive_remote

    def _take(stream: IO[bytes]) -> None:
        msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _is_remote(folder: Path) -> bool:
        try:
            mounts = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return False
        return filesystem_of(folder, mounts) in _NETWORK

    def _take(stream: IO[bytes]) -> None:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)


def filesystem_of(folder: Path, mounts: str) -> str:
    """Type of the file system that holds an absolute folder, from the text of /proc/mounts."""
    best, kind = "", ""
    for line in mounts.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        point = fields[1].replace("\\040", " ")
        if folder.is_relative_to(point) and len(point) >= len(best):
            best, kind = point, fields[2]
    return kind


class WorkspaceLock:
    """The operating system's lock on the folder; it goes when the process ends, however it ends."""

    def __init__(self, folder: Path) -> None:
        """Take the lock; raises `WorkspaceLockedError`, or `StorageError` in a read-only folder."""
        try:
            self._stream = (folder / "workspace.lock").open("a+b")
        except OSError as error:
            raise StorageError(
                "Nothing can be written to the folder of the workspace.",
                what_to_do="Choose a folder that you may write to.",
            ) from error
        try:
            _take(self._stream)
        except OSError as error:
            self._stream.close()
            raise WorkspaceLockedError(
                "This workspace is open in another Negatoscope.",
                what_to_do="Use that window, or close it first.",
            ) from error
        self._stream.truncate(0)
        self._stream.write(str(os.getpid()).encode())
        self._stream.flush()

    def release(self) -> None:
        """Give the lock back."""
        self._stream.close()
