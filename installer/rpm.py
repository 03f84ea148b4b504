"""`make rpm`: the frozen folder as a package for Fedora, Red Hat and SUSE; needs rpmbuild.

The same files as in the Debian package. What it needs is named by libraries, not by packages: their
names differ from one distribution to another.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path

from bill import own_licence
from bootstrap import ROOT
from deb import lay_out_program, libraries_not_held, needed_glibc, set_modes
from freeze import PROGRAM, commit_time

RECIPE = ROOT / "installer" / "redhat" / "negatoscope.spec"
# The binary interface of each library of `QT_LIBRARIES`.
NUMBERS = {"xcb-icccm": 4, "dbus-1": 3, "EGL": 1, "GL": 1, "fontconfig": 1, "xcb-keysyms": 1}


def main() -> int:
    """Write the package beside the frozen folder and say where."""
    if not PROGRAM.exists():
        print(f"{PROGRAM} is not there: run `make package` first.")  # noqa: T201
        return 1
    if shutil.which("rpmbuild") is None:
        print("rpmbuild is not here: on Debian and Ubuntu `apt-get install rpm` brings it.")  # noqa: T201
        return 1
    work = ROOT / "build" / "rpm"
    shutil.rmtree(work, ignore_errors=True)
    tree = work / "tree"
    lay_out_program(tree)
    set_modes(tree)
    recipe = work / RECIPE.name
    recipe.write_text(filled(RECIPE.read_text("utf-8"), tree), encoding="utf-8")
    command = ["rpmbuild", "-bb", "--quiet", "--define", f"_topdir {work}", str(recipe)]
    # Neither the builder's name nor the hour stands in the package.
    environment = {**os.environ, "SOURCE_DATE_EPOCH": commit_time()}
    subprocess.run(command, check=True, env=environment)
    built = next((work / "RPMS").rglob("*.rpm"))
    package = PROGRAM.parents[1] / built.name
    shutil.move(built, package)
    print(f"{package} ({package.stat().st_size / 1e6:.0f} MB)")  # noqa: T201
    return 0


def filled(recipe: str, tree: Path) -> str:
    """The recipe for the files of a tree."""
    bits = "()(64bit)"
    libraries = [f"lib{name}.so.{NUMBERS.get(name, 0)}{bits}" for name in libraries_not_held(tree)]
    needed = [f"libc.so.6(GLIBC_{needed_glibc(tree)})(64bit)", *libraries]
    for word, value in (
        ("@LICENCE@", own_licence()),
        ("@VERSION@", version("negatoscope")),
        ("@ARCHITECTURE@", platform.machine()),
        ("@TREE@", str(tree)),
        ("@NEEDED@", ", ".join(needed)),
    ):
        recipe = recipe.replace(word, value)
    return recipe


if __name__ == "__main__":
    raise SystemExit(main())
