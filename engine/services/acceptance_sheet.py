"""The acceptance test's sheet, written as PDF."""

from __future__ import annotations

from pathlib import Path

from engine.documents.acceptance_sheet import render_sheet
from engine.domain.acceptance import AcceptanceResult
from engine.errors import ExportError
from engine.files import write_atomically
from engine.settings import load_settings


def write_sheet(result: AcceptanceResult, to: Path) -> None:
    """Write the sheet with the site's letterhead; raises `ExportError`."""
    settings = load_settings()
    content = render_sheet(result, settings.institution, settings.letterhead.splitlines())
    try:
        write_atomically(to, content)
    except OSError as error:
        raise ExportError(
            "The sheet could not be saved there.",
            what_to_do="Choose a folder that exists and that you may write to.",
        ) from error
