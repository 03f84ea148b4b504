"""What a frozen folder is made of: bill of materials (CycloneDX 1.5), licences, metadata of parts.

`make sbom` writes the same bill, without texts, of what is installed from source.

PyInstaller says which files it took. Each belongs to a distribution of the environment, to a Debian
package of the computer that froze, or to Python. The parts' metadata go into the folder too: the
program's About reads them.
"""

from __future__ import annotations

import hashlib
import json
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import vex
from packaging.requirements import Requirement

from viewer.state.about import licence_of

ROOT = Path(__file__).resolve().parent.parent
BILL = "sbom.cdx.json"
LICENCES = "licences"
_LICENCE_FILE = re.compile(r"(?i)(\.dist-info/licen[cs]es/|(licen[cs]e|copying|notices?)[^/]*$)")
# Where tools for wheels put libraries of others.
_BROUGHT = re.compile(r"^[^/]+\.libs/[^/]+$")
# Of an installation, not of the package: they differ from one build to the next.
_OF_THE_BUILD = ("RECORD", "direct_url.json", "INSTALLER", "REQUESTED")
# Whose wheels hold no text of their licence.
_OURS = "resources/licences"
_TEXTS_OF_OURS = {
    "negatoscope": ("LICENSE", f"{_OURS}/NOTICE.txt"),
    "pyside6-essentials": (f"{_OURS}/LGPL-3.0.txt", f"{_OURS}/GPL-3.0.txt"),
    "shiboken6": (f"{_OURS}/LGPL-3.0.txt", f"{_OURS}/GPL-3.0.txt"),
    "fhir-core": (f"{_OURS}/BSD-3-Clause.txt",),
    "fhir-resources": (f"{_OURS}/BSD-3-Clause.txt",),
}

# Whose metadata do not name the licence that their text is.
_UNNAMED = {"sqlcipher3": "Zlib"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """A part.

    Attributes:
        licence: An SPDX expression, or what the makers call it; empty if they do not say.
        purl: Package URL, which names it and its version everywhere.
        is_expression: Whether `licence` is an SPDX expression.
        texts: Files with its licence.
        libraries: Shared libraries of others that its wheel brings along.
    """

    name: str
    version: str
    licence: str
    purl: str
    is_expression: bool = False
    texts: tuple[Path, ...] = ()
    libraries: tuple[Path, ...] = ()


def main() -> int:
    """Write into `build/` the bill of what `make run` installs."""
    parts = [_python(), *(_component(one) for one in needed_distributions())]
    folder = ROOT / "build"
    folder.mkdir(exist_ok=True)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    _write_json(folder / BILL, _cyclonedx(parts, now))
    _write_json(folder / vex.FILE, vex.document({p.name: p.purl for p in parts}, now))
    print(f"{len(parts)} parts: {folder / BILL}, {folder / vex.FILE}")  # noqa: T201
    return 0


def needed_distributions() -> list[metadata.Distribution]:
    """Ourselves and everything that the product asks for, in this environment, in order."""
    left, found = [("negatoscope", "cpu")], {}
    while left:
        name, extra = left.pop()
        if (name, extra) in found:
            continue
        found[name, extra] = distribution = metadata.distribution(name)
        for line in distribution.requires or ():
            asked = Requirement(line)
            if asked.marker is None or asked.marker.evaluate({"extra": extra}):
                left += [(plain(asked.name), one) for one in ("", *asked.extras)]
    by_name = {name: distribution for (name, _extra), distribution in found.items()}
    return [by_name[name] for name in sorted(by_name)]


def write(folder: Path, sources: Iterable[str], moment: str) -> list[Component]:
    """Write bill, licences and metadata of parts into a frozen folder.

    Args:
        folder: With the program in it.
        sources: Files that the folder was made of.
        moment: ISO time that the bill carries.
    """
    paths = [Path(source).resolve() for source in sources]
    found = _distributions(paths)
    for distribution in found:
        _keep_metadata(distribution, folder / "_internal")
    components = [
        _python(),
        *(_component(distribution, folder / "_internal") for distribution in found),
        *_system_packages(paths),
    ]
    for component in components:
        _keep_texts(component, folder / LICENCES)
    _write_json(folder / BILL, _cyclonedx(components, moment))
    known = vex.document({part.name: part.purl for part in components}, moment, is_frozen=True)
    _write_json(folder / vex.FILE, known)
    return components


def _write_json(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _distributions(paths: list[Path]) -> list[metadata.Distribution]:
    """Those of the environment that one of the files belongs to, in order, and ourselves."""
    # By the text of their records: asking the disk for each of some 100,000 files takes minutes.
    root = Path(sysconfig.get_path("purelib")).resolve()
    wanted = {p.relative_to(root).as_posix() for p in paths if p.is_relative_to(root)}
    found = {}
    for distribution in metadata.distributions(path=[str(root)]):
        record = (distribution.read_text("RECORD") or "").splitlines()
        name = plain(distribution.name)
        if name == "negatoscope" or any(line.rsplit(",", 2)[0] in wanted for line in record):
            found[name] = distribution
    return [found[name] for name in sorted(found)]


def plain(name: str) -> str:
    """A package's name as all that compare names write it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _component(distribution: metadata.Distribution, internal: Path | None = None) -> Component:
    """A distribution as it is installed, or as it lies in a frozen folder."""
    name = plain(distribution.name)
    is_ours = name == "negatoscope"
    texts = [ROOT / text for text in _TEXTS_OF_OURS.get(name, ())]
    texts += [
        Path(str(distribution.locate_file(file)))
        for file in distribution.files or ()
        if _LICENCE_FILE.search(str(file)) and file.suffix not in {".py", ".pyc", ".so"}
    ]
    return Component(
        name=name,
        version=distribution.version,
        licence=own_licence() if is_ours else licence_of(distribution) or _UNNAMED.get(name, ""),
        is_expression=is_ours or bool(distribution.metadata.get_all("License-Expression")),
        purl=f"pkg:pypi/{name}@{distribution.version}",
        texts=tuple(texts),
        libraries=_brought_along(distribution, internal),
    )


def own_licence() -> str:
    """Of all that is handed on, as an SPDX expression."""
    # Not from our metadata: an environment may be older than the project's file.
    return str(tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["license"])


def _brought_along(distribution: metadata.Distribution, internal: Path | None) -> tuple[Path, ...]:
    names = [str(file) for file in distribution.files or () if _BROUGHT.search(str(file))]
    root = Path(str(distribution.locate_file(""))) if internal is None else internal
    return tuple(path for name in sorted(names) if (path := root / name).exists())


def _python() -> Component:
    version = platform.python_version()
    text = Path(sysconfig.get_path("stdlib")) / "LICENSE.txt"
    return Component(
        name="python",
        version=version,
        licence="PSF-2.0",
        purl=f"pkg:generic/python@{version}",
        texts=(text,) if text.exists() else (),
    )


def _system_packages(paths: list[Path]) -> Iterator[Component]:
    """Debian packages whose libraries were taken along."""
    # Resolved as the paths are: an environment may be a link.
    inside = [Path(place).resolve() for place in (sys.prefix, sys.base_prefix, ROOT)]
    outside = [path for path in paths if not any(path.is_relative_to(root) for root in inside)]
    if shutil.which("dpkg-query") is None or not outside:
        return
    # The database knows some libraries by the place before /lib became a link.
    names = [name for path in outside for name in (str(path), str(path).removeprefix("/usr"))]
    asked = _printed("dpkg-query", "--search", *names)
    owners = {line.split(": ")[0] for line in asked.splitlines()}
    for owner in sorted(owners):
        name, version = _printed(
            "dpkg-query", "--show", "--showformat", "${Package} ${Version}", owner
        ).split()
        text = Path("/usr/share/doc") / name / "copyright"
        yield Component(
            name=name,
            version=version,
            licence="",
            purl=f"pkg:deb/debian/{name}@{version}",
            texts=(text,) if text.exists() else (),
        )


def _printed(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def _keep_metadata(distribution: metadata.Distribution, internal: Path) -> None:
    # Named as in the environment, where PyInstaller may have copied it from.
    files = (str(file) for file in distribution.files or ())
    name = next(file.split("/")[0] for file in files if file.endswith(".dist-info/METADATA"))
    folder = internal / name
    folder.mkdir(exist_ok=True)
    (folder / "METADATA").write_text(distribution.read_text("METADATA") or "", encoding="utf-8")
    for name in _OF_THE_BUILD:
        (folder / name).unlink(missing_ok=True)


def _keep_texts(component: Component, folder: Path) -> None:
    if not component.texts:
        return
    own = folder / component.name
    own.mkdir(parents=True, exist_ok=True)
    for number, text in enumerate(component.texts):
        target = own / text.name
        shutil.copyfile(text, own / f"{number}-{text.name}" if target.exists() else target)


def _cyclonedx(components: list[Component], moment: str) -> dict[str, Any]:
    ours = next(one for one in components if one.name == "negatoscope")
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"timestamp": moment, "component": _entry(ours, kind="application")},
        "components": [_entry(one) for one in components if one is not ours],
    }


def _entry(component: Component, *, kind: str = "library") -> dict[str, Any]:
    entry: dict[str, Any] = {
        "type": kind,
        "bom-ref": component.purl,
        "name": component.name,
        "version": component.version,
        "purl": component.purl,
    }
    if component.is_expression:
        entry["licenses"] = [{"expression": component.licence}]
    elif component.licence:
        entry["licenses"] = [{"license": {"name": component.licence}}]
    if component.libraries:
        entry["components"] = [_library(path) for path in component.libraries]
    return entry


def _library(path: Path) -> dict[str, Any]:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return {
        "type": "file",
        "name": path.name,
        "hashes": [{"alg": "SHA-256", "content": digest}],
    }


if __name__ == "__main__":
    raise SystemExit(main())
