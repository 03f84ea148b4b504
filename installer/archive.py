"""`make tar`: the frozen folder as a tar archive that takes signed updates.

The folder inside has one version and the links that an update changes
(`engine/services/updating.py`). The same commit gives the same bytes.
"""

from __future__ import annotations

import io
import lzma
import platform
import sys
import tarfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from freeze import PROGRAM, commit_time

from engine.services.updating import CURRENT, VERSIONS

NAME = "negatoscope"
# Machine code packs better when its jumps are written as places.
_JUMPS = [{"id": lzma.FILTER_X86}] if platform.machine().lower() in {"x86_64", "amd64"} else []
PACKED = [*_JUMPS, {"id": lzma.FILTER_LZMA2, "preset": 6}]


def main() -> int:
    """Write the archive beside the frozen folder and say where."""
    if not PROGRAM.exists():
        print(f"{PROGRAM} is not there: run `make package` first.")  # noqa: T201
        return 1
    name = f"{NAME}-{version(NAME)}-{sys.platform}-{platform.machine().lower()}.tar.xz"
    archive = PROGRAM.parents[1] / name
    pack(PROGRAM.parent, version(NAME), archive, int(commit_time()))
    print(f"{archive} ({archive.stat().st_size / 1e6:.0f} MB)")  # noqa: T201
    return 0


def pack(folder: Path, number: str, archive: Path, moment: int) -> None:
    """Write the frozen folder of a version as an archive whose files are of one moment."""
    place = f"{NAME}/{VERSIONS}/{number}"

    def settled(entry: tarfile.TarInfo) -> tarfile.TarInfo:
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = "root"
        entry.mtime = moment
        if not entry.issym():
            entry.mode = 0o755 if entry.isdir() or entry.mode & 0o100 else 0o644
        return entry

    with (
        lzma.open(archive, "wb", format=lzma.FORMAT_XZ, filters=PACKED) as stream,
        tarfile.open(fileobj=stream, mode="w") as tar,
    ):
        for entry in _links(number):
            tar.addfile(settled(entry), io.BytesIO())
        for path in sorted(folder.rglob("*")):
            inside = f"{place}/{path.relative_to(folder).as_posix()}"
            tar.add(path, inside, recursive=False, filter=settled)


def _links(number: str) -> Iterator[tarfile.TarInfo]:
    for name, target in (
        (f"{NAME}/{CURRENT}", f"{VERSIONS}/{number}"),
        (f"{NAME}/{NAME}", f"{CURRENT}/{NAME}"),
    ):
        entry = tarfile.TarInfo(name)
        entry.type, entry.linkname = tarfile.SYMTYPE, target
        yield entry


if __name__ == "__main__":
    raise SystemExit(main())
