"""Export of a film's present appearance as a presentation state."""

from __future__ import annotations

import logging
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

from engine.domain.annotation import StudyAnnotations
from engine.domain.audit import AuditAction
from engine.domain.image import PixelImage
from engine.domain.presentation_state import DisplayedArea
from engine.domain.study import ImageRef, Study
from engine.domain.user import Permission
from engine.errors import ExportError, StorageError
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
        """Write a film's presentation state, whole or not at all; raises `ExportError`."""
        # Imported only when needed: highdicom takes a second.
        from engine.documents.dicom.presentation_state import (  # noqa: PLC0415
            presentation_state_file,
        )

        content = presentation_state_file(shown, version("negatoscope"))
        # Recorded first: what cannot be recorded must not leave the workspace.
        with self._store.change(Permission.READ) as unit:
            unit.audit.record(
                AuditAction.PRESENTATION_EXPORTED,
                shown.image.study_uid,
                {"film": shown.image.sop_uid},
            )
        try:
            write_atomically(to, content)
        except OSError as error:
            _LOG.warning("a presentation state could not be written", exc_info=True)
            with suppress(StorageError), self._store.change(Permission.READ) as unit:
                unit.audit.record(AuditAction.EXPORT_FAILED, shown.image.study_uid)
            raise ExportError(
                "The presentation state could not be written there.",
                what_to_do="Choose another folder, or make room on the disk.",
            ) from error
        return to


def kept_view(
    study: Study, image: ImageRef, pixels: PixelImage, kept: StudyAnnotations, author: str
) -> ShownFilm:
    """A film as it will hang when next opened: the file's window, the stored turn and annotations.

    Args:
        study: The film's study.
        image: The film.
        pixels: Its pixels.
        kept: The stored annotations, calibrations and turns of the study's films.
        author: Name of the user, for the object's content creator.
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
        annotations=tuple(
            annotation for annotation in kept.annotations if annotation.sop_uid == film
        ),
        author=author,
    )
