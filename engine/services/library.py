"""The studies of a workspace: scan, list, search, open, and the pixels of their films."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Container, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.domain.audit import AuditAction
from engine.domain.deidentify import Deidentifier
from engine.domain.header import HeaderElement
from engine.domain.image import PixelImage
from engine.domain.presentation_state import PresentationRef, PresentationState
from engine.domain.prior_document import DocumentContent, PriorDocument
from engine.domain.progress import CancelToken, ProgressSink, ignore_progress
from engine.domain.study import (
    ImageRef,
    ScanResult,
    SkippedFile,
    Study,
    StudyQuery,
    StudySummary,
    StudyUid,
)
from engine.errors import AccessError, NotFoundError
from engine.storage.searching import study_summaries
from engine.storage.unit_of_work import Store

if TYPE_CHECKING:
    from engine.workers.decode_client import DecodeClient

_NO_FILMS = "It says how to look at films that are not here."
_SOMEBODY_ELSE = "A study with the same identifier and a report belongs to another patient."


class Library:
    """Studies known to the workspace. Every method may block: call it off the GUI thread.

    Args:
        store: The open database.
        decoder: Gives the decode worker's client; asked at the first scan or film.
    """

    def __init__(self, store: Store, decoder: Callable[[], DecodeClient]) -> None:
        self._store = store
        self._decoder = decoder
        self._deidentifier: Deidentifier | None = None

    @property
    def is_deidentified(self) -> bool:
        """Whether studies are given without what names their patient."""
        return self._deidentifier is not None

    def deidentify(self, *, is_on: bool) -> None:
        """Give studies from now on with codes in place of names, or with names again.

        The codes are made anew each time; the index itself is not changed.
        """
        self._deidentifier = Deidentifier(key=secrets.token_bytes(32)) if is_on else None

    def add(
        self,
        paths: Sequence[Path],
        *,
        progress: ProgressSink = ignore_progress,
        cancel: CancelToken | None = None,
    ) -> ScanResult:
        """Scan files, folders, ZIP archives or a DICOMDIR and keep the studies in the index.

        Studies are kept while the scan goes on, so that the list can show them and a scan that is
        stopped loses nothing; the progress names the first of them.

        Returns:
            The studies as the index has them now, films found earlier included, and what was
            skipped and why.

        Raises:
            CancelledError: `cancel` was set; what was found before is kept.
        """
        kept: dict[StudyUid, None] = {}
        refused: dict[StudyUid, list[SkippedFile]] = {}
        presentations: list[PresentationRef] = []
        documents: list[PriorDocument] = []

        def keep(studies: tuple[Study, ...]) -> None:
            with self._store.change() as unit:
                ours = unit.studies.put(studies, self._store.now_text())
                kept.update(dict.fromkeys(ours))
                refused.update((s.uid, _skipped(s)) for s in studies if s.uid not in ours)
                unit.audit.record(AuditAction.STUDIES_ADDED, details={"studies": list(ours)})

        try:
            scanned = self._decoder().scan(
                paths,
                progress=lambda now: progress(replace(now, first_study=next(iter(kept), ""))),
                cancel=cancel,
                on_found=keep,
                on_presentation=presentations.append,
                on_document=documents.append,
            )
        finally:
            without_films = self._keep_presentations(presentations)
            self._keep_documents(documents)
        others = (item for items in refused.values() for item in items)
        return ScanResult(
            studies=self._those_kept(scanned, kept),
            skipped=(*scanned.skipped, *others, *without_films),
            locked=scanned.locked,
            documents=len(documents),
        )

    def unlock(self, archive: Path, password: str) -> None:
        """Remember the password of an encrypted ZIP archive until closing; it is never stored."""
        self._decoder().unlock(archive, password)

    def studies(self, query: StudyQuery | None = None) -> tuple[StudySummary, ...]:
        """Rows of the study list, newest study first."""
        with self._store.look() as unit:
            rows = study_summaries(unit.session, query or StudyQuery())
        hide = self._deidentifier
        return rows if hide is None else tuple(hide.summary(row) for row in rows)

    def study(self, uid: StudyUid) -> Study:
        """The whole study; raises `NotFoundError`."""
        with self._store.look() as unit:
            return self._shown(unit.studies.get(uid))

    def priors(self, uid: StudyUid) -> tuple[Study, ...]:
        """Earlier studies of the same patient (same id and birth date), newest first."""
        with self._store.look() as unit:
            return tuple(self._shown(prior) for prior in unit.studies.priors(uid))

    def header(self, image: ImageRef) -> tuple[HeaderElement, ...]:
        """All of a film's header as text, for the screen only.

        Raises `InputError` or `WorkerError`, and `AccessError` while names are hidden.
        """
        self._require_names()
        return self._decoder().elements(image)

    def presentations(self, uid: StudyUid) -> tuple[PresentationRef, ...]:
        """Presentation states about films of a study, the newest first."""
        with self._store.look() as unit:
            found = unit.presentations.of_study(uid)
        if not self.is_deidentified:
            return found
        return tuple(replace(ref, patient_id="", description="", creator="") for ref in found)

    def presentation(self, ref: PresentationRef, image: ImageRef) -> PresentationState:
        """What a presentation state asks for on a film; raises `InputError` or `WorkerError`."""
        return replace(self._decoder().presentation(ref, image), title=ref.title)

    def documents(self, uid: StudyUid) -> tuple[PriorDocument, ...]:
        """Reports of other systems about a study and its patient's earlier ones, newest first.

        Of the same patient only (same id and birth date); those without a date come last. While
        names are hidden they have neither patient nor title, and their days are moved like the
        study's.
        """
        with self._store.look() as unit:
            study = unit.studies.get(uid)
            found = unit.documents.of_patient(study.patient)
        shown = [one for one in found if one.study_uid == uid or _is_earlier(one, study)]
        shown.sort(key=lambda one: (one.study_date or date.min, one.sop_uid), reverse=True)
        hide = self._deidentifier
        return tuple(shown if hide is None else map(hide.document, shown))

    def document(self, document: PriorDocument) -> DocumentContent:
        """What a report of another system says.

        Raises `InputError` or `WorkerError`, and `AccessError` while names are hidden.
        """
        self._require_names()
        return self._decoder().document(document)

    def document_page(self, document: PriorDocument, page: int, width: int) -> NDArray[np.uint8]:
        """A PDF's page, `(rows, columns, 3)` RGB, `width` pixels wide; errors as `document`."""
        self._require_names()
        return self._decoder().page(document, page, width)

    def pixels(self, image: ImageRef, *, cancel: CancelToken | None = None) -> PixelImage:
        """Decode one frame in the decode worker.

        Raises `InputError` or `WorkerError`, and `CancelledError` within 1 s of a cancellation.
        """
        return self._decoder().pixels(image, cancel=cancel)

    def _those_kept(self, scanned: ScanResult, kept: Container[StudyUid]) -> tuple[Study, ...]:
        """The studies of a scan as the index has them now."""
        with self._store.look() as unit:
            ours = [study.uid for study in scanned.studies if study.uid in kept]
            return tuple(unit.studies.each(ours))

    def _require_names(self) -> None:
        if self.is_deidentified:
            raise AccessError(
                "This names the patient, and names are hidden.",
                what_to_do="Show the names again first.",
            )

    def _keep_documents(self, found: Sequence[PriorDocument]) -> None:
        """Keep them all: the films of their patient may be found later."""
        if found:
            with self._store.change() as unit:
                for document in found:
                    unit.documents.put(document)

    def _keep_presentations(self, found: Sequence[PresentationRef]) -> tuple[SkippedFile, ...]:
        """Keep the states whose films are here and of the same patient; the others are named."""
        if not found:
            return ()
        left = []
        with self._store.change() as unit:
            for ref in found:
                try:
                    study = unit.studies.get(ref.study_uid)
                except NotFoundError:
                    is_ours = False
                else:
                    is_ours = study.patient.patient_id == ref.patient_id
                if is_ours:
                    unit.presentations.put(ref)
                else:
                    name = f"{ref.path.name}/{ref.member}" if ref.member else str(ref.path)
                    left.append(SkippedFile(name=name, reason=_NO_FILMS))
        return tuple(left)

    def _shown(self, study: Study) -> Study:
        return study if self._deidentifier is None else self._deidentifier.study(study)


def _is_earlier(document: PriorDocument, study: Study) -> bool:
    """Whether a document may be a prior of a study; one without a date may be."""
    if document.study_date is None or study.study_date is None:
        return document.study_date is None
    return document.study_date <= study.study_date


def _skipped(study: Study) -> list[SkippedFile]:
    return [
        SkippedFile(name=image.member or image.path.name, reason=_SOMEBODY_ELSE)
        for image in study.images
    ]
