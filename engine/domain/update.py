"""An update of the program: what its signed manifest says, and which version follows which."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

PRODUCT = "negatoscope"

_VERSION = re.compile(r"(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})")
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateFile:
    """A file of the new program, or a link to one.

    Attributes:
        name: Below the program's folder, parted by slashes.
        size: Bytes; 0 for a link.
        sha256: Of its bytes, hex; empty for a link.
        runs: Whether it is a program.
        link: Where a link leads, seen from its own folder; empty for a file.
    """

    name: str
    size: int = 0
    sha256: str = ""
    runs: bool = False
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateManifest:
    """What a maker of updates signs.

    Attributes:
        product: `PRODUCT`.
        version: Of the new program, three numbers.
        platform: Computers that it runs on, e.g. "linux-x86_64".
        packed_size: Bytes of the packed files that follow the manifest.
        packed_sha256: Of those bytes, hex.
        files: In the order in which they are packed.
    """

    product: str
    version: str
    platform: str
    packed_size: int
    packed_sha256: str
    files: tuple[UpdateFile, ...]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)

    @property
    def is_sound(self) -> bool:
        """Whether names, hashes and links are such that nothing leads out of one folder."""
        names = {file.name for file in self.files}
        links = {file.name for file in self.files if file.link}
        return (
            version_order(self.version) is not None
            and len({name.casefold() for name in names}) == len(self.files) > 0
            and all(_is_sound(file, names) for file in self.files)
            # A file behind a link would be written where the link leads.
            and not any(links & _folders(name) for name in names)
        )


def version_order(version: str) -> tuple[int, ...] | None:
    """A value by which versions can be compared; None for what is not three numbers."""
    found = _VERSION.fullmatch(version)
    return None if found is None else tuple(map(int, found.groups()))


def _is_sound(file: UpdateFile, names: Iterable[str]) -> bool:
    if not _is_plain(file.name):
        return False
    if file.link:
        return _led_to(file) in names and not file.size and not file.sha256
    return file.size >= 0 and _HASH.fullmatch(file.sha256) is not None


def _is_plain(name: str) -> bool:
    """Whether a name leads below its folder and is written in the one way it can be."""
    path = PurePosixPath(name)
    odd = "\\" in name or ":" in name or not name.isprintable() or ".." in path.parts
    return bool(path.parts) and not path.is_absolute() and str(path) == name and not odd


def _led_to(link: UpdateFile) -> str:
    """Name of the file that a link leads to; empty if that is out of the folder."""
    parts = list(PurePosixPath(link.name).parts[:-1])
    for part in PurePosixPath(link.link).parts:
        if part == ".." and parts:
            parts.pop()
        elif part == ".." or part.startswith("/"):
            return ""
        else:
            parts.append(part)
    return "/".join(parts)


def _folders(name: str) -> set[str]:
    return {str(parent) for parent in PurePosixPath(name).parents}
