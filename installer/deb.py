"""`make deb`: the frozen folder as a Debian package and as a tar archive.

The same commit gives the same bytes: dates are the commit's, owners root, names in order.
"""

from __future__ import annotations

import gzip
import os
import platform
import shutil
import subprocess
import tarfile
from importlib.metadata import version
from pathlib import Path

from bootstrap import QT_LIBRARIES, ROOT
from freeze import PROGRAM, commit_time

FILES = ROOT / "installer" / "debian"
DESCRIPTION = """\
 It opens DICOM films, hangs them with the prior, drafts the findings with a model on this computer,
 and lets the radiologist check, edit, sign and export the report. No network in any direction.
 .
 Research use only. Not a medical device.
"""
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def main() -> int:
    """Write both files beside the frozen folder and say where."""
    if not PROGRAM.exists():
        print(f"{PROGRAM} is not there: run `make package` first.")  # noqa: T201
        return 1
    name = f"negatoscope_{version('negatoscope')}_{ARCHITECTURES[platform.machine()]}"
    tree = ROOT / "build" / "deb"
    shutil.rmtree(tree, ignore_errors=True)
    lay_out(tree)
    package = PROGRAM.parents[1] / f"{name}.deb"
    build = ["dpkg-deb", "--root-owner-group", "-Zxz", "--build", str(tree), str(package)]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": commit_time()}
    subprocess.run(build, check=True, env=environment, stdout=subprocess.DEVNULL)
    archive = PROGRAM.parents[1] / f"{name}.tar.xz"
    pack(PROGRAM.parent, archive)
    for path in (package, archive):
        print(f"{path} ({path.stat().st_size / 1e6:.0f} MB)")  # noqa: T201
    return 0


def lay_out(tree: Path) -> None:
    """The package's files where they will lie, and what dpkg must know."""
    shutil.copytree(PROGRAM.parent, tree / "opt" / "negatoscope", symlinks=True)
    share = tree / "usr" / "share"
    for source, target in (
        ("negatoscope.desktop", share / "applications"),
        ("negatoscope.svg", share / "icons" / "hicolor" / "scalable" / "apps"),
        ("postinst", tree / "DEBIAN"),
        ("postrm", tree / "DEBIAN"),
    ):
        target.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(FILES / source, target / source)
    documents = share / "doc" / "negatoscope"
    documents.mkdir(parents=True)
    shutil.copyfile(ROOT / "resources" / "licences" / "NOTICE.txt", documents / "copyright")
    _compressed(ROOT / "CHANGELOG.md", documents / "changelog.gz")
    _compressed(FILES / "negatoscope.1", share / "man" / "man1" / "negatoscope.1.gz")
    programs = tree / "usr" / "bin"
    programs.mkdir()
    (programs / "negatoscope").symlink_to("/opt/negatoscope/negatoscope")
    (tree / "DEBIAN" / "control").write_text(control(tree), encoding="utf-8")
    for path in tree.rglob("*"):
        if not path.is_symlink():
            runs = path.is_dir() or path.parent.name == "DEBIAN" or os.access(path, os.X_OK)
            path.chmod(0o755 if runs and path.name != "control" else 0o644)


def control(tree: Path) -> str:
    """The package's description; what is needed is what Qt loads and the folder has not."""
    size = sum(path.lstat().st_size for path in tree.rglob("*")) // 1024
    held = {path.name.split(".so")[0] for path in tree.rglob("lib*.so*")}
    needed = sorted({p for library, p in QT_LIBRARIES.items() if f"lib{library}" not in held})
    return (
        "Package: negatoscope\n"
        f"Version: {version('negatoscope')}\n"
        f"Architecture: {ARCHITECTURES[platform.machine()]}\n"
        "Maintainer: The authors of Negatoscope <negatoscope@localhost>\n"
        f"Installed-Size: {size}\n"
        f"Depends: libc6 (>= {platform.libc_ver()[1]}), {', '.join(needed)}\n"
        "Section: science\n"
        "Priority: optional\n"
        "Description: read chest radiographs and draft the report, offline\n" + DESCRIPTION
    )


def pack(folder: Path, archive: Path) -> None:
    """The folder as a tar archive."""
    moment = int(commit_time())

    def settled(entry: tarfile.TarInfo) -> tarfile.TarInfo:
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = "root"
        entry.mtime = moment
        return entry

    with tarfile.open(archive, "w:xz") as tar:
        tar.add(folder, "negatoscope", filter=settled)


def _compressed(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(gzip.compress(source.read_bytes(), mtime=0))


if __name__ == "__main__":
    raise SystemExit(main())
