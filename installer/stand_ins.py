"""Takes video and linear algebra out of the OpenCV of a frozen folder.

The wheel's one library is linked to FFmpeg, and that to OpenSSL 1.1.1, and to OpenBLAS: 70 MiB of
code for foreign bytes that no part of the program calls. Each library that OpenCV asks for is
replaced by a stand-in with the same names, which ends the process if one of them is ever called;
what only those libraries needed is left out. Needs a C compiler and nm; without them all stays.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

LIBRARIES = "opencv_python_headless.libs"
# AVIF's stay: OpenCV asks each of its decoders whether a picture is theirs.
REPLACED = ("libavcodec", "libavformat", "libavutil", "libswscale", "libopenblas")
NEEDED_BY_THEM = (
    *("libvpx", "libdrm", "libswresample"),
    *("libcrypto", "libssl", "libgfortran", "libquadmath"),
)
# A C compiler writes code for functions; of data it would need the size.
_FUNCTION = frozenset("TWi")


def thin_out(internal: Path) -> int:
    """Replace and remove; returns the bytes that were saved."""
    folder = internal / LIBRARIES
    if not folder.exists() or shutil.which("cc") is None or shutil.which("nm") is None:
        return 0
    before = _size(folder)
    wanted = {name for user in (internal / "cv2").glob("*.so") for name in _asked(user)}
    for library in sorted(folder.iterdir()):
        if library.name.startswith(REPLACED):
            _replace(library, wanted)
        elif library.name.startswith(NEEDED_BY_THEM):
            library.unlink()
    for link in internal.iterdir():
        if link.is_symlink() and not link.exists():
            link.unlink()
    return before - _size(folder)


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


def _asked(library: Path) -> Iterable[str]:
    """Names that a library expects of others."""
    for _kind, name, _version in _names(library, "--undefined-only"):
        yield name


def _names(library: Path, which: str) -> list[tuple[str, str, str]]:
    """Kind, name and version (empty without one) of dynamic symbols."""
    listed = subprocess.run(
        ["nm", "-D", which, "--with-symbol-versions", str(library)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return re.findall(r"^[0-9a-f ]* (\w) ([^@\s]+)(?:@@?(\S+))?$", listed, re.MULTILINE)


def _replace(library: Path, wanted: set[str]) -> None:
    """Write the stand-in over the library."""
    taken = [one for one in _names(library, "--defined-only") if one[1] in wanted]
    data = [name for kind, name, _version in taken if kind not in _FUNCTION]
    if data:
        raise SystemExit(f"{library.name}: {data[0]} is no function, so it has no stand-in.")
    with tempfile.TemporaryDirectory() as work:
        source, script = Path(work) / "source.c", Path(work) / "versions.map"
        source.write_text(
            "extern void abort(void);\n"
            + "".join(f"void {name}(void) {{ abort(); }}\n" for _kind, name, _version in taken)
        )
        made = Path(work) / library.name
        # One name for all files, and no hash of the builder's folder: the same bytes every time.
        command = ["cc", "-shared", "-fPIC", "-O1", "-fno-builtin", "-w", "-s", "source.c"]
        command += [f"-Wl,-soname,{library.name}", "-Wl,--build-id=none", "-o", str(made)]
        versions = sorted({version for _kind, _name, version in taken if version})
        if versions:
            script.write_text("".join(_version_of(one, taken) for one in versions))
            command.append(f"-Wl,--version-script={script.name}")
        subprocess.run(command, check=True, cwd=work)
        mode = library.stat().st_mode
        library.unlink()
        shutil.copyfile(made, library)
        library.chmod(mode)


def _version_of(version: str, taken: list[tuple[str, str, str]]) -> str:
    names = "; ".join(name for _kind, name, one in taken if one == version)
    return f"{version} {{ global: {names}; }};\n"
