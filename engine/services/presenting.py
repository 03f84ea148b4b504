"""Films as they are seen, handed out as presentation states."""

from __future__ import annotations

import logging
from importlib.metadata import version
from pathlib import Path

from engine.domain.audit import AuditAction
from engine.errors import ExportError
from engine.files import write_atomically
from engine.imaging.presentation import ShownFilm
from engine.storage.unit_of_work import Store

_LOG = logging.getLogger(__name__)


class Presenting:
    """Writes presentation states. Every method may block: call it off the GUI thread.

    Args:
        store: The open database, for the audit trail.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def save(self, shown: ShownFilm, to: Path) -> Path:
        """Write a film as it is seen, whole or not at all; raises `ExportError`."""
        # Loaded when somebody saves: highdicom takes a second.
        from engine.dicom.objects.presentation_state import (  # noqa: PLC0415
            presentation_state_file,
        )

        content = presentation_state_file(shown, version("negatoscope"))
        try:
            write_atomically(to, content)
        except OSError as error:
            _LOG.warning("a presentation state could not be written", exc_info=True)
            raise ExportError(
                "The presentation state could not be written there.",
                what_to_do="Choose another folder, or make room on the disk.",
            ) from error
        with self._store.change() as unit:
            unit.audit.record(
                AuditAction.PRESENTATION_EXPORTED,
                shown.image.study_uid,
                {"film": shown.image.sop_uid},
            )
        return to
