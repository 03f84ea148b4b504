"""dciodvfy (Debian's dicom3tools), which knows every IOD, as a judge of what we write."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

# The index keeps no Study ID (type 2, so it may be empty); a DICOMDIR would need one.
_NOT_OURS = (
    "</StudyID(0020,0010)> - Missing attribute or value that would be needed to build",
    # It knows no private coding scheme, whatever a file says about it.
    "Unrecognized defined term = <99NEGATOSCOPE>",
)


SIDE_NOT_KNOWN = "</Laterality(0020,0060)> - is only permitted to be empty when actually unknown"
"""For a film that states neither body part nor side: the side is then unknown."""


def complaints_of(path: Path) -> list[str]:
    """Errors and warnings of dciodvfy, without the known ones; skips if it is not installed."""
    program = shutil.which("dciodvfy")
    if program is None:
        pytest.skip("dciodvfy is not installed (Debian: dicom3tools)")
    done = subprocess.run([program, "-new", str(path)], capture_output=True, text=True, check=False)
    lines = (done.stdout + done.stderr).splitlines()
    return [
        line
        for line in lines
        if re.match(r"\s*(Error|Warning)", line) and not any(known in line for known in _NOT_OURS)
    ]
