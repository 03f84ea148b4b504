"""The words of a PDF as any PDF reader finds them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest


def pdf_words(path: Path) -> str:
    """The PDF's text with runs of white space folded; skips without poppler-utils."""
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext (poppler-utils) is not installed")
    command = ["pdftotext", str(path), "-"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return " ".join(text.split())
