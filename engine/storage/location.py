"""The workspace's folder must be on a local disk, and open in one process at a time."""

from __future__ import annotations

import os
import re
import sys
from contextlib import suppress
from pathlib import Path
from typing import IO

from engine.errors import StorageError, WorkspaceLockedError

# Named as in /proc/mounts: network and cluster file systems, and host folders that a virtual
# machine shares. SQLite's WAL needs memory shared by all who open the file.
# fmt: off
_NETWORK = frozenset([
    "9p", "afpfs", "afs", "beegfs", "ceph", "cifs", "coda", "cvmfs", "davfs", "drvfs", "fhgfs",
    "gfs", "gfs2", "glusterfs", "gpfs", "lustre", "mfs", "ncpfs", "nfs", "nfs4", "ocfs2",
    "orangefs", "prl_fs", "pvfs2", "shfs", "smb3", "smbfs", "v9fs", "vboxsf", "virtiofs",
    "vmhgfs", "fuse.blobfuse", "fuse.blobfuse2", "fuse.ceph", "fuse.ceph-fuse", "fuse.curlftpfs",
    "fuse.davfs2", "fuse.gcsfuse", "fuse.geesefs", "fuse.glusterfs", "fuse.goofys",
    "fuse.google-drive-ocamlfuse", "fuse.gvfs-fuse-daemon", "fuse.gvfsd-fuse", "fuse.juicefs",
    "fuse.kio-fuse", "fuse.mfs", "fuse.moosefs", "fuse.mount-s3", "fuse.onedrive",
    "fuse.onedriver", "fuse.portal", "fuse.prl_fsd", "fuse.rclone", "fuse.s3fs", "fuse.seaweedfs",
    "fuse.smbnetfs", "fuse.sshfs", "fuse.vmhgfs-fuse", "fuse.xrootdfs",
])
# fmt: on
# FUSE programs that keep their files on a local disk; any other may be remote.
# fmt: off
_LOCAL_PROGRAMS = frozenset([
    "fuse.cryfs", "fuse.ecryptfs", "fuse.encfs", "fuse.exfat", "fuse.fuse-overlayfs",
    "fuse.gocryptfs", "fuse.lxcfs", "fuse.mergerfs", "fuse.ntfs", "fuse.ntfs-3g",
    "fuse.veracrypt",
])
# fmt: on
_ESCAPED = re.compile(r"\\([0-7]{3})")


def require_local(folder: Path) -> None:
    """Raise `StorageError` if the folder is on a network drive, where WAL is not safe."""
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
        return is_network(filesystem_of(folder, mounts))

    def _take(stream: IO[bytes]) -> None:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)


def is_network(kind: str) -> bool:
    """Whether files on that type of file system are, or may be, on another machine."""
    is_unknown_program = kind.startswith("fuse.") and kind not in _LOCAL_PROGRAMS
    return kind in _NETWORK or is_unknown_program


def filesystem_of(folder: Path, mounts: str) -> str:
    """Type of the file system that holds an absolute folder, from the text of /proc/mounts."""
    best, kind = "", ""
    for line in mounts.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        point = _ESCAPED.sub(lambda octal: chr(int(octal[1], 8)), fields[1])
        if folder.is_relative_to(point) and len(point) >= len(best):
            best, kind = point, fields[2]
    return kind


def take_lock(path: Path) -> IO[bytes]:
    """Open the file and take the operating system's lock on it, which ends with the process.

    Raises `BlockingIOError` if another process has the lock, or `OSError` if there is no file.
    """
    stream = _lock_file(path)
    try:
        _take(stream)
    except OSError as error:
        stream.close()
        raise BlockingIOError from error
    return stream


def _lock_file(path: Path) -> IO[bytes]:
    """The file to lock; opened for reading where nothing can be written but it exists."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        return os.fdopen(descriptor, "a+b", buffering=0)
    except OSError:
        return path.open("rb")


class WorkspaceLock:
    """The operating system's lock on the folder; it ends with the process, however that ends."""

    def __init__(self, folder: Path) -> None:
        """Take the lock; raises `WorkspaceLockedError`, or `StorageError` in a read-only folder."""
        try:
            self._stream = take_lock(folder / "workspace.lock")
        except BlockingIOError as error:
            raise WorkspaceLockedError(
                "This workspace is open in another Negatoscope.",
                what_to_do="Use that window, or close it first.",
            ) from error
        except OSError as error:
            raise StorageError(
                "Nothing can be written to the folder of the workspace.",
                what_to_do="Choose a folder that you may write to.",
            ) from error
        # The process id helps whoever looks for the process; the lock works without it.
        with suppress(OSError, ValueError):
            self._stream.truncate(0)
            self._stream.write(str(os.getpid()).encode())
            self._stream.flush()

    def release(self) -> None:
        """Release the lock."""
        self._stream.close()
