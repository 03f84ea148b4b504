"""What a frozen folder is made of: bill of materials (CycloneDX 1.5), licences, metadata of parts.

PyInstaller says which files it took. Each belongs to a distribution of the environment, to a Debian
package of the computer that froze, or to Python. The parts' metadata go into the folder too: the
program's About reads them.
"""

from __future__ import annotations

import json
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from viewer.state.about import licence_of

ROOT = Path(__file__).resolve().parent.parent
BILL = "sbom.cdx.json"
LICENCES = "licences"
_LICENCE_FILE = re.compile(r"(?i)(\.dist-info/licen[cs]es/|(licen[cs]e|copying|notices?)[^/]*$)")
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
        purl: Package URL, which names it and its version everywhere.
        texts: Files with its licence.
    """

    name: str
    version: str
    licence: str
    purl: str
    texts: tuple[Path, ...] = ()


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
        *(_component(distribution) for distribution in found),
        *_system_packages(paths),
    ]
    for component in components:
        _keep_texts(component, folder / LICENCES)
    bill = json.dumps(_cyclonedx(components, moment), indent=1, ensure_ascii=False)
    (folder / BILL).write_text(bill + "\n", encoding="utf-8")
    return components


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


def _component(distribution: metadata.Distribution) -> Component:
    name = plain(distribution.name)
    texts = [ROOT / text for text in _TEXTS_OF_OURS.get(name, ())]
    texts += [
        Path(str(distribution.locate_file(file)))
        for file in distribution.files or ()
        if _LICENCE_FILE.search(str(file)) and file.suffix not in {".py", ".pyc", ".so"}
    ]
    return Component(
        name=name,
        version=distribution.version,
        licence=licence_of(distribution) or _UNNAMED.get(name, ""),
        purl=f"pkg:pypi/{name}@{distribution.version}",
        texts=tuple(texts),
    )


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
    inside = (Path(sys.prefix), Path(sys.base_prefix), ROOT)
    outside = [path for path in paths if not any(path.is_relative_to(root) for root in inside)]
    if shutil.which("dpkg-query") is None or not outside:
        return
    owners = set()
    for path in outside:
        # The database knows some libraries by the place before /lib became a link.
        for name in (str(path), str(path).removeprefix("/usr")):
            asked = _printed("dpkg-query", "--search", name)
            owners |= {line.split(": ")[0] for line in asked.splitlines()}
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
    if component.licence:
        entry["licenses"] = [{"license": {"name": component.licence}}]
    return entry
