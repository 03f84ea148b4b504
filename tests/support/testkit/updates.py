"""Frozen folders of three files, and signed updates made of them by the makers' own script."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[3]


def signing() -> ModuleType:
    """`installer/sign.py`; the scripts there are no package."""
    path = ROOT / "installer" / "sign.py"
    sys.path.insert(0, str(path.parent))
    specification = importlib.util.spec_from_file_location("negatoscope_sign", path)
    assert specification
    assert specification.loader
    module = importlib.util.module_from_spec(specification)
    sys.modules["negatoscope_sign"] = module
    specification.loader.exec_module(module)
    return module


def frozen_folder(folder: Path, version: str, told: str | None = None) -> Path:
    """A program that tells its version, a library with a link to it, and its metadata."""
    (folder / "_internal" / "Qt" / "lib").mkdir(parents=True)
    program = folder / "negatoscope"
    program.write_text(f"#!/bin/sh\necho 'Negatoscope {told or version}'\n")
    program.chmod(0o755)
    library = folder / "_internal" / "Qt" / "lib" / "libone.so"
    library.write_bytes(version.encode() * 50)
    (folder / "_internal" / "libone.so").symlink_to("Qt/lib/libone.so")
    metadata = folder / "_internal" / f"negatoscope-{version}.dist-info" / "METADATA"
    metadata.parent.mkdir()
    metadata.write_text(f"Metadata-Version: 2.4\nName: negatoscope\nVersion: {version}\n")
    return folder


def installed(folder: Path, version: str) -> Path:
    """A folder of versions with one in it, as the tar archive lays it out; returns its program."""
    frozen_folder(folder / "versions" / version, version)
    (folder / "current").symlink_to(f"versions/{version}")
    (folder / "negatoscope").symlink_to("current/negatoscope")
    return folder / "negatoscope"


def content(folder: Path) -> dict[str, bytes | str]:
    """Every file below a folder with its bytes, every link with where it leads."""
    return {
        str(path.relative_to(folder)): str(path.readlink())
        if path.is_symlink()
        else path.read_bytes()
        for path in folder.rglob("*")
        if path.is_symlink() or path.is_file()
    }
