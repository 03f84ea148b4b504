"""Films as they are seen, handed out as presentation states."""

from __future__ import annotations

import logging
from importlib.metadata import version
from pathlib import Path

from engine.domain.annotation import StudyMarks
from engine.domain.audit import AuditAction
from engine.domain.image import PixelImage
from engine.domain.presentation_state import DisplayedArea
from engine.domain.study import ImageRef, Study
from engine.errors import ExportError
from engine.files import write_atomically
from engine.imaging.presentation import GreyLook, ShownFilm
from engine.imaging.transform import ViewTransform
from engine.imaging.window import default_voi
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


def kept_view(
    study: Study, image: ImageRef, pixels: PixelImage, kept: StudyMarks, author: str
) -> ShownFilm:
    """A film as it hangs at its next opening: the file's window, the reader's turn and marks.

    Args:
        study: Of the film.
        image: The film.
        pixels: Its pixels.
        kept: What readers put on the study's films.
        author: Who writes it.
    """
    film = image.sop_uid
    turn = next((one for one in kept.turns if one.sop_uid == film), None)
    calibration = next((one for one in kept.calibrations if one.sop_uid == film), None)
    own = calibration.spacing if calibration is not None else None
    return ShownFilm(
        study=study,
        image=image,
        pixels=pixels,
        spacing=own or pixels.spacing,
        look=GreyLook(voi=default_voi(pixels), inverted=False),
        turn=ViewTransform()
        if turn is None
        else ViewTransform(quarter_turns=turn.quarter_turns, mirrored=turn.mirrored),
        area=DisplayedArea.whole(pixels.rows, pixels.columns),
        shutter=pixels.shutter,
        marks=tuple(mark for mark in kept.annotations if mark.sop_uid == film),
        author=author,
    )
