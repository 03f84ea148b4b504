from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from engine.errors import StorageError, WorkspaceLockedError
from engine.storage import location
from engine.storage.location import WorkspaceLock, filesystem_of, is_network, require_local

MOUNTS = """\
/dev/sda1 / ext4 rw 0 0
server:/export /mnt/reading\\040room nfs4 rw 0 0
/dev/sdb1 /mnt/reading\\040room/local xfs rw 0 0
//server/share /srv cifs rw 0 0
broken
"""

HOLD = """
import sys
from pathlib import Path
from engine.storage.location import WorkspaceLock
lock = WorkspaceLock(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/home/a", "ext4"),
        ("/mnt/reading room/w", "nfs4"),
        ("/mnt/reading room/local/w", "xfs"),
        ("/srv", "cifs"),
        ("/srvother", "ext4"),
    ],
)
def test_the_file_system_is_that_of_the_nearest_mount(folder: str, kind: str) -> None:
    assert filesystem_of(Path(folder), MOUNTS) == kind


@pytest.mark.parametrize(
    ("mount", "is_refused"),
    [
        ("gvfsd-fuse /run/user/1000/gvfs fuse.gvfsd-fuse rw 0 0", True),
        ("kio-fuse /run/user/1000/gvfs fuse.kio-fuse rw 0 0", True),
        ("C:\\134 /run/user/1000/gvfs 9p rw,aname=drvfs 0 0", True),
        ("share /run/user/1000/gvfs vboxsf rw 0 0", True),
        (".host:/x /run/user/1000/gvfs fuse.vmhgfs-fuse rw 0 0", True),
        ("mgs:/x /run/user/1000/gvfs lustre rw 0 0", True),
        ("some /run/user/1000/gvfs fuse.cloud-of-next-year rw 0 0", True),
        ("nas:/x /run/user/1000/gvfs\\011too nfs4 rw 0 0", False),
        ("/dev/sdc1 /run/user/1000/gvfs fuseblk rw 0 0", False),
        ("gocryptfs /run/user/1000/gvfs fuse.gocryptfs rw 0 0", False),
        ("overlay /run/user/1000/gvfs overlay rw 0 0", False),
    ],
)
def test_folders_that_may_lie_elsewhere_are_told_from_disks(mount: str, is_refused: bool) -> None:
    kind = filesystem_of(Path("/run/user/1000/gvfs/ws"), f"/dev/sda1 / ext4 rw 0 0\n{mount}\n")
    assert is_network(kind) is is_refused


def test_every_escaped_letter_of_a_mount_is_read() -> None:
    assert filesystem_of(Path("/a\tb\\c/w"), "x /a\\011b\\134c nfs4 rw 0 0\n") == "nfs4"


def test_r14_network_drives_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    require_local(tmp_path)
    monkeypatch.setattr(location, "filesystem_of", lambda *_: "nfs4")
    if sys.platform != "win32":
        with pytest.raises(StorageError, match="network drive"):
            require_local(tmp_path)


def test_r14_one_process_at_a_time_and_a_kill_frees_the_lock(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline().strip() == b"held"
        with pytest.raises(WorkspaceLockedError, match="another Negatoscope"):
            WorkspaceLock(tmp_path)
        other.kill()
        other.wait()
    lock = WorkspaceLock(tmp_path)
    with pytest.raises(WorkspaceLockedError):
        WorkspaceLock(tmp_path)
    lock.release()
    WorkspaceLock(tmp_path).release()
