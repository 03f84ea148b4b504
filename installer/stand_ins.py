"""Takes video and linear algebra out of the OpenCV of a frozen folder, and the data out of ICU.

The wheel's one library is linked to FFmpeg, and that to OpenSSL 1.1.1, and to OpenBLAS: 70 MiB of
code for foreign bytes that no part of the program calls. Each library that OpenCV asks for is
replaced by a stand-in with the same names, which ends the process if one of them is ever called;
what only those libraries needed is left out. Needs a C compiler and nm; without them all stays.

ICU's data, 31 MiB, are the languages' orders, names of time zones and old encodings. Qt falls back
to comparing letters where they are missing; the interface is English and names its times itself.
The stand-in is the empty package that ICU's own sources have for such programs.
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


# `icudataHeader` of ICU's stubdata.cpp: a table of contents without an entry.
NO_DATA = """
#include <stdint.h>
typedef struct {
    uint16_t header_size; uint8_t magic[2];
    uint16_t size, reserved; uint8_t is_big_endian, charset, size_of_char, reserved_byte;
    uint8_t format[4], format_version[4], data_version[4]; char padding[8];
    uint32_t count, reserved_word; int32_t entries[4];
} Package;
const Package %s __attribute__((aligned(16))) = {
    32, {0xda, 0x27}, 20, 0, 0, 0, 2, 0, "ToCP", {1, 0, 0, 0}, {0}, {0}, 0, 0, {0}
};
"""


def thin_out(internal: Path) -> int:
    """Replace and remove; returns the bytes that were saved."""
    if shutil.which("cc") is None or shutil.which("nm") is None:
        return 0
    return _thin_out_opencv(internal) + _thin_out_icu(internal)


def _thin_out_icu(internal: Path) -> int:
    saved = 0
    # The header is written for processors that begin with the least byte.
    for library in (internal / "PySide6" / "Qt" / "lib").glob("libicudata.so.*"):
        before = library.stat().st_size
        name = next(name for _kind, name, _version in _names(library, "--defined-only"))
        _compile(NO_DATA % name, library)
        saved += before - library.stat().st_size
    return saved


def _thin_out_opencv(internal: Path) -> int:
    folder = internal / LIBRARIES
    if not folder.exists():
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
    source = "extern void abort(void);\n" + "".join(
        f"void {name}(void) {{ abort(); }}\n" for _kind, name, _version in taken
    )
    versions = sorted({version for _kind, _name, version in taken if version})
    _compile(source, library, "".join(_version_of(one, taken) for one in versions))


def _compile(source: str, library: Path, versions: str = "") -> None:
    """Write a library of that source over one of the same name."""
    with tempfile.TemporaryDirectory() as work:
        # One name for all files, and no hash of the builder's folder: the same bytes every time.
        (Path(work) / "source.c").write_text(source)
        command = ["cc", "-shared", "-fPIC", "-O1", "-fno-builtin", "-w", "-s", "source.c"]
        command += [f"-Wl,-soname,{library.name}", "-Wl,--build-id=none", "-o", library.name]
        if versions:
            (Path(work) / "versions.map").write_text(versions)
            command.append("-Wl,--version-script=versions.map")
        subprocess.run(command, check=True, cwd=work)
        mode = library.stat().st_mode
        library.unlink()
        shutil.copyfile(Path(work) / library.name, library)
        library.chmod(mode)


def _version_of(version: str, taken: list[tuple[str, str, str]]) -> str:
    names = "; ".join(name for _kind, name, one in taken if one == version)
    return f"{version} {{ global: {names}; }};\n"
