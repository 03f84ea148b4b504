"""Hand-over: a report as PDF or plain text, written whole or not at all."""

from __future__ import annotations

from pathlib import Path

from engine.domain.report import Report


class Exporting:
    """Documents made of reports. Every method may block: call it off the GUI thread."""

    def pdf(self, report: Report, to: Path) -> Path:
        """Write the report as PDF/A-2b by temporary file, fsync and rename; logs the export."""
        raise NotImplementedError

    def text(self, report: Report) -> str:
        """The report as plain text, for the clipboard."""
        raise NotImplementedError
