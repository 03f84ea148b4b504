"""Export of a study's films as DICOM files without the patient's identity."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from engine.domain.anonymous_film import AnonymousFilm
from engine.domain.audit import AuditAction
from engine.domain.study import ImageRef, StudyUid
from engine.domain.user import Permission
from engine.errors import ExportError, InputError, StorageError, WorkerError
from engine.files import write_atomically
from engine.storage.key_locks import derive
from engine.storage.unit_of_work import Store

_PURPOSE = "negatoscope pseudonyms"
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnonymousExport:
    """Result of an export.

    Attributes:
        written: The files.
        left_out: A sentence for each film that was not exported.
    """

    written: tuple[Path, ...]
    left_out: tuple[str, ...]


class AnonymousFilms:
    """Exports films without identity. Every method may block: call it off the GUI thread.

    Args:
        store: The open database: it knows the films, and gives the codes their secret.
        strip: Reads a film in the decode worker and takes the identity out.
    """

    def __init__(self, store: Store, strip: Callable[[ImageRef, bytes], AnonymousFilm]) -> None:
        self._store = store
        self._strip = strip

    def export(self, uid: StudyUid, to: Path, *, shows_no_text: bool) -> AnonymousExport:
        """Write a study's films into a folder, each recorded before it is written.

        The same patient, study and film get the same codes in every export of this workspace,
        until its database is given another key.

        Args:
            uid: The study.
            to: The folder; made if it is not there.
            shows_no_text: Whether somebody looked at the films and saw no text burned into them.

        Raises:
            ExportError: Nobody has looked, or nothing could be written.
            NotFoundError: The study is not in the workspace.
        """
        if not shows_no_text:
            raise ExportError(
                "A name may be burned into the films, which no program can rule out.",
                what_to_do="Look at every film, then say that they show no text.",
            )
        with self._store.look() as unit:
            study = unit.studies.get(uid)
        key = derive(self._store.database.key, _PURPOSE)
        written, left_out = [], []
        for number, image in enumerate(study.images, start=1):
            try:
                film = self._strip(image, key)
            except (InputError, WorkerError) as error:
                left_out.append(f"Film {number}: {error.message}")
                continue
            if film.says_burned_in:
                left_out.append(f"Film {number}: it says of itself that text is burned into it.")
                continue
            written.append(self._write(image, film, to))
        _LOG.info("%d films were exported without identity", len(written))
        return AnonymousExport(written=tuple(written), left_out=tuple(left_out))

    def _write(self, image: ImageRef, film: AnonymousFilm, to: Path) -> Path:
        content = film.content.tobytes()
        details = {
            "film": image.sop_uid,
            "as": film.sop_uid,
            "sha256": hashlib.sha256(content).hexdigest(),
            "said": "looked at, no text burned in",
        }
        # Recorded first: what cannot be recorded must not leave the workspace.
        with self._store.change(Permission.READ) as unit:
            unit.audit.record(AuditAction.FILM_WITHOUT_IDENTITY, image.study_uid, details)
        path = to / f"{film.sop_uid}.dcm"
        try:
            to.mkdir(parents=True, exist_ok=True)
            write_atomically(path, content)
        except OSError as error:
            with suppress(StorageError), self._store.change(Permission.READ) as unit:
                unit.audit.record(AuditAction.EXPORT_FAILED, image.study_uid)
            raise ExportError(
                "The films could not be written there.",
                what_to_do="Choose another folder, or make room on the disk.",
            ) from error
        return path
