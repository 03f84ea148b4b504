"""`make deb`: the frozen folder as a Debian package.

The same commit gives the same bytes: dates are the commit's, owners root, names in order.
"""

from __future__ import annotations

import gzip
import os
import platform
import re
import shutil
import subprocess
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
    """Write the package beside the frozen folder and say where."""
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
    print(f"{package} ({package.stat().st_size / 1e6:.0f} MB)")  # noqa: T201
    return 0


def lay_out(tree: Path) -> None:
    """The package's files where they will lie, and what dpkg must know."""
    lay_out_program(tree)
    scripts = tree / "DEBIAN"
    scripts.mkdir()
    for name in ("postinst", "postrm"):
        shutil.copyfile(FILES / name, scripts / name)
    (scripts / "control").write_text(control(tree), encoding="utf-8")
    set_modes(tree)


def lay_out_program(tree: Path) -> None:
    """What every package of Linux has: program, menu entry, icon, manual page, licence."""
    shutil.copytree(PROGRAM.parent, tree / "opt" / "negatoscope", symlinks=True)
    share = tree / "usr" / "share"
    for source, target in (
        ("negatoscope.desktop", share / "applications"),
        ("negatoscope.svg", share / "icons" / "hicolor" / "scalable" / "apps"),
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


def set_modes(tree: Path) -> None:
    """Everybody may read and start; the builder's mask counts for nothing."""
    for path in tree.rglob("*"):
        if not path.is_symlink():
            runs = path.is_dir() or path.parent.name == "DEBIAN" or os.access(path, os.X_OK)
            path.chmod(0o755 if runs and path.name != "control" else 0o644)


def libraries_not_held(tree: Path) -> list[str]:
    """Keys of `QT_LIBRARIES` that the folder has not."""
    held = {path.name.split(".so")[0] for path in tree.rglob("lib*.so*")}
    return sorted(name for name in QT_LIBRARIES if f"lib{name}" not in held)


def needed_glibc(tree: Path) -> str:
    """Newest version of the C library that a program or library of the folder asks for."""
    found = {(2, 17)}
    for path in tree.rglob("*"):
        if path.is_symlink() or not path.is_file():
            continue
        with path.open("rb") as stream:
            if stream.read(4) == b"\x7fELF":
                asked = re.findall(rb"GLIBC_2\.(\d+)", stream.read())
                found |= {(2, int(minor)) for minor in asked}
    return ".".join(map(str, max(found)))


def control(tree: Path) -> str:
    """The package's description; what is needed is what Qt loads and the folder has not."""
    size = sum(path.lstat().st_size for path in tree.rglob("*")) // 1024
    needed = sorted({QT_LIBRARIES[library] for library in libraries_not_held(tree)})
    return (
        "Package: negatoscope\n"
        f"Version: {version('negatoscope')}\n"
        f"Architecture: {ARCHITECTURES[platform.machine()]}\n"
        "Maintainer: The authors of Negatoscope <negatoscope@localhost>\n"
        f"Installed-Size: {size}\n"
        f"Depends: libc6 (>= {needed_glibc(tree)}), {', '.join(needed)}\n"
        "Section: science\n"
        "Priority: optional\n"
        "Description: read chest radiographs and draft the report, offline\n" + DESCRIPTION
    )


def _compressed(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(gzip.compress(source.read_bytes(), mtime=0))


if __name__ == "__main__":
    raise SystemExit(main())
