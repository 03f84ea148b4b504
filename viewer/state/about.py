"""What the about sheet says: versions with their licences, the model's licence, licence texts.

All of it is read from what is installed, so that it cannot differ from what runs.
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
        "Apache License 2.0: Negatoscope, JetBrains Mono, Droid Sans Fallback",
        "fonts/APACHE-2.0.txt",
    ),
    ("SIL Open Font License: Inter, Noto and NanumSquare, the type faces", "fonts/OFL.txt"),
    ("ISC License: Lucide, the icons", "icons/LICENSE-lucide.txt"),
    ("The demo films and where they come from", "demo/ATTRIBUTION.txt"),
)

_LONGEST_NAME = 60  # some parts put the whole text where the name belongs


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of the program.

    Attributes:
        licence: Short name of its licence; empty if the part does not say.
    """

    name: str
    version: str
    licence: str = ""


def installed_parts() -> tuple[Part, ...]:
    """The parts that run here, in order."""
    found = {d.name.lower().replace("_", "-"): d for d in metadata.distributions()}
    parts = [Part(name="Negatoscope", version="from source", licence="Apache-2.0")]
    for title, name in _PARTS:
        if name not in found:
            continue
        distribution = found[name]
        part = Part(name=title, version=distribution.version, licence=_licence(distribution))
        parts = [p for p in parts if p.name != title] + [part]
    return tuple(parts)


def licence_texts() -> tuple[tuple[str, str], ...]:
    """Subject and text of each licence that is bundled."""
    resources = files("resources")
    return tuple(
        (subject, file.read_text("utf-8"))
        for subject, place in _TEXTS
        if (file := resources.joinpath(*place.split("/"))).is_file()
    )


def _licence(distribution: metadata.Distribution) -> str:
    about = distribution.metadata
    stated = [*(about.get_all("License-Expression") or ()), *(about.get_all("License") or ())]
    if stated and stated[0] and len(stated[0]) <= _LONGEST_NAME:
        return str(stated[0])
    names = [c.rsplit(" :: ", 1)[-1] for c in about.get_all("Classifier") or [] if "License" in c]
    return ", ".join(names)
