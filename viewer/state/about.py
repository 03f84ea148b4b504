"""Contents of the About dialog: versions, the licences of the parts and the model, licence texts.

Everything is read from the installed packages, so the dialog cannot differ from what runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import metadata
from importlib.resources import files

_PARTS = (
    ("Negatoscope", "negatoscope"),
    ("Qt for Python", "pyside6-essentials"),
    ("pydicom", "pydicom"),
    ("ONNX Runtime", "onnxruntime"),
    ("ONNX Runtime, GPU", "onnxruntime-gpu"),
    ("typst", "typst"),
    ("SQLAlchemy", "sqlalchemy"),
    ("cryptography", "cryptography"),
)
_TEXTS = (
    (
        "Apache License 2.0: Negatoscope, Droid Sans Fallback",
        "fonts/APACHE-2.0.txt",
    ),
    (
        "SIL Open Font License: Inter, JetBrains Mono, Noto and NanumSquare, the type faces",
        "fonts/OFL.txt",
    ),
    ("What is bundled, and how to replace Qt", "licences/NOTICE.txt"),
    ("GNU Lesser General Public License 3: Qt and Qt for Python", "licences/LGPL-3.0.txt"),
    ("GNU General Public License 3, which the LGPL adds to", "licences/GPL-3.0.txt"),
    ("ISC License: Lucide, the icons", "icons/LICENSE-lucide.txt"),
    ("The demo films and where they come from", "demo/ATTRIBUTION.txt"),
)

CODE_LICENCE = "Apache-2.0"
_LONGEST_NAME = 60  # some packages put the whole licence text into the name field


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """An installed component.

    Attributes:
        licence: Short name of its licence; empty if its metadata give none.
    """

    name: str
    version: str
    licence: str = ""


def installed_parts() -> tuple[Part, ...]:
    """The installed components, in the order of the dialog."""
    found = {d.name.lower().replace("_", "-"): d for d in metadata.distributions()}
    parts = [Part(name="Negatoscope", version="from source", licence=CODE_LICENCE)]
    for title, name in _PARTS:
        if name not in found:
            continue
        distribution = found[name]
        # Ours names everything that is handed on; the row is about the code.
        licence = CODE_LICENCE if title == parts[0].name else licence_of(distribution)
        part = Part(name=title, version=distribution.version, licence=licence)
        parts = [p for p in parts if p.name != title] + [part]
    return tuple(parts)


def licence_texts() -> tuple[tuple[str, str], ...]:
    """Subject and text of each bundled licence."""
    resources = files("resources")
    return tuple(
        (subject, file.read_text("utf-8"))
        for subject, path in _TEXTS
        if (file := resources.joinpath(*path.split("/"))).is_file()
    )


def licence_of(distribution: metadata.Distribution) -> str:
    """The licence that the package's metadata name; empty if they name none."""
    about = distribution.metadata
    if expressions := about.get_all("License-Expression"):
        return str(expressions[0])
    stated = about.get_all("License") or [""]
    if stated[0] and len(stated[0]) <= _LONGEST_NAME:
        return str(stated[0])
    names = [c.rsplit(" :: ", 1)[-1] for c in about.get_all("Classifier") or [] if "License" in c]
    return ", ".join(names)
