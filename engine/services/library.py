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
from engine.domain.user import Permission
from engine.errors import AccessError, NotFoundError
from engine.services.ordering import marked
from engine.storage.unit_of_work import Store

if TYPE_CHECKING:
    from engine.workers.decode_client import DecodeClient

_NO_FILMS = "It says how to look at films that are not here."
_SOMEBODY_ELSE = "A study with the same identifier belongs to another patient."


class Library:
    """Studies known to the workspace. Every method may block: call it off the GUI thread.

    Args:
        store: The open database.
        decoder: Gives the decode worker's client; first called for a scan or a film.
        is_incoming: Whether studies come by themselves and are remembered as wanting a draft.
    """

    def __init__(
        self, store: Store, decoder: Callable[[], DecodeClient], *, is_incoming: bool = False
    ) -> None:
        self._store = store
        self._decoder = decoder
        self._is_incoming = is_incoming
        self._deidentifier: Deidentifier | None = None

    @property
    def is_deidentified(self) -> bool:
        """Whether studies are given with codes in place of the patient's name."""
        return self._deidentifier is not None

    @property
    def deidentifier(self) -> Deidentifier | None:
        """What hides names in everything handed out; None while they are shown."""
        return self._deidentifier

    def deidentify(self, *, is_on: bool) -> None:
        """Hide names in everything handed out, or show them again.

        Each call makes new codes; the index itself is not changed.
        """
        self._deidentifier = Deidentifier(key=secrets.token_bytes(32)) if is_on else None

    def add(
        self,
        paths: Sequence[Path],
        *,
        progress: ProgressSink = ignore_progress,
        cancel: CancelToken | None = None,
    ) -> ScanResult:
        """Scan files, folders, ZIP archives or a DICOMDIR and put the studies into the index.

        Studies are stored while the scan goes on, so that the list can show them and a cancelled
        scan loses nothing; `progress` names the first of them.

        Returns:
            The studies as the index has them, and what was skipped and why.

        Raises:
            CancelledError: `cancel` was set; what was found before stays.
        """
        self._store.require(Permission.ADD_STUDIES)
        kept: dict[StudyUid, None] = {}
        refused: dict[StudyUid, list[SkippedFile]] = {}
        presentations: list[PresentationRef] = []
        documents: list[PriorDocument] = []

        def keep(studies: tuple[Study, ...]) -> None:
            ours = self._put(studies)
            kept.update(dict.fromkeys(ours))
            refused.update((s.uid, _skipped(s)) for s in studies if s.uid not in ours)

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
        """Rows of the study list with the marks of their orders, newest study first."""
        with self._store.look() as unit:
            rows = marked(unit, unit.searches.studies(query or StudyQuery()))
        hide = self._deidentifier
        return rows if hide is None else tuple(hide.summary(row) for row in rows)

    def study(self, uid: StudyUid) -> Study:
        """The whole study; raises `NotFoundError`."""
        with self._store.look() as unit:
            return self._shown(unit.studies.get(uid))

    def named(self, *, accession: str = "", uid: str = "") -> tuple[StudyUid, ...]:
        """Studies with an accession number or a UID, newest first; those off the list too."""
        with self._store.look() as unit:
            return unit.searches.named(accession=accession, uid=uid)

    def take_off_list(self, uid: StudyUid) -> None:
        """Hide a study from the list until its films are opened again; raises `NotFoundError`.

        Nothing is deleted: its reports can be found and its films still hang as priors.
        """
        with self._store.change(Permission.ADD_STUDIES) as unit:
            unit.studies.take_off_list(uid)
            unit.audit.record(AuditAction.STUDY_OFF_LIST, details={"study": uid})

    def priors(self, uid: StudyUid) -> tuple[Study, ...]:
        """Earlier studies of the same patient (same id and birth date), newest first."""
        with self._store.look() as unit:
            return tuple(self._shown(prior) for prior in unit.studies.priors(uid))

    def header(self, image: ImageRef) -> tuple[HeaderElement, ...]:
        """A film's whole header as text, for the screen only.

        Raises `InputError` or `WorkerError`, and `AccessError` while names are hidden.
        """
        self._require_names()
        return self._decoder().elements(image)

    def presentations(self, uid: StudyUid) -> tuple[PresentationRef, ...]:
        """Presentation states for films of a study, newest first."""
        with self._store.look() as unit:
            found = unit.presentations.of_study(uid)
        if not self.is_deidentified:
            return found
        return tuple(replace(ref, patient_id="", description="", creator="") for ref in found)

    def presentation(self, ref: PresentationRef, image: ImageRef) -> PresentationState:
        """A presentation state read for one film; raises `InputError` or `WorkerError`."""
        return replace(self._decoder().presentation(ref, image), title=ref.title)

    def documents(self, uid: StudyUid) -> tuple[PriorDocument, ...]:
        """Reports of other systems about a study and its patient's earlier ones, newest first.

        Only documents of the same patient (same id and birth date); undated ones come last. While
        names are hidden they have neither patient nor title, and their dates are shifted like the
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
        """The content of another system's report.

        Raises `InputError` or `WorkerError`, and `AccessError` while names are hidden.
        """
        self._require_names()
        return self._decoder().document(document)

    def document_page(self, document: PriorDocument, page: int, width: int) -> NDArray[np.uint8]:
        """A PDF's page, `(rows, columns, 3)` RGB, `width` pixels wide; errors as for `document`."""
        self._require_names()
        return self._decoder().page(document, page, width)

    def pixels(
        self, image: ImageRef, *, frame: int = 0, cancel: CancelToken | None = None
    ) -> PixelImage:
        """Decode one frame, counted from 0, in the decode worker.

        Raises `InputError` or `WorkerError`, and `CancelledError` within 1 s of a cancellation, or
        once the worker is up if it is just being started.
        """
        return self._decoder().pixels(image, frame=frame, cancel=cancel)

    def _put(self, studies: Sequence[Study]) -> tuple[StudyUid, ...]:
        """Store studies; returns those that were stored."""
        now = self._store.now_text()
        with self._store.change(Permission.ADD_STUDIES) as unit:
            ours = unit.studies.put(studies, now)
            if self._is_incoming:
                unit.incoming.expect(ours, now)
            unit.audit.record(AuditAction.STUDIES_ADDED, details={"studies": list(ours)})
        return ours

    def _those_kept(self, scanned: ScanResult, kept: Container[StudyUid]) -> tuple[Study, ...]:
        """The studies of a scan as the index has them."""
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
        """Store all of them: the films of their patient may be scanned later."""
        if found:
            with self._store.change(Permission.ADD_STUDIES) as unit:
                for document in found:
                    unit.documents.put(document)

    def _keep_presentations(self, found: Sequence[PresentationRef]) -> tuple[SkippedFile, ...]:
        """Store the states whose films are here and of the same patient; return the others."""
        if not found:
            return ()
        left = []
        with self._store.change(Permission.ADD_STUDIES) as unit:
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
                    left.append(
                        SkippedFile(
                            name=name,
                            reason=_NO_FILMS,
                            path=ref.path,
                            member=ref.member,
                            may_be_film=True,
                        )
                    )
        return tuple(left)

    def _shown(self, study: Study) -> Study:
        return study if self._deidentifier is None else self._deidentifier.study(study)


def _is_earlier(document: PriorDocument, study: Study) -> bool:
    """Whether a document may be a prior of a study; an undated one counts as earlier."""
    if document.study_date is None or study.study_date is None:
        return document.study_date is None
    return document.study_date <= study.study_date


def _skipped(study: Study) -> list[SkippedFile]:
    return [
        SkippedFile(
            name=image.member or image.path.name,
            reason=_SOMEBODY_ELSE,
            path=image.path,
            member=image.member,
            may_be_film=True,
        )
        for image in study.images
    ]
