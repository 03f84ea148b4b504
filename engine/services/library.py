"""The studies of a workspace: scan, list, search, open, and the pixels of their films."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from engine.domain.audit import AuditAction
from engine.domain.image import PixelImage
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
from engine.storage.searching import study_summaries
from engine.storage.unit_of_work import Store

if TYPE_CHECKING:
    from engine.workers.decode_client import DecodeClient

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

    def add(
        self,
        paths: Sequence[Path],
        *,
        progress: ProgressSink = ignore_progress,
        cancel: CancelToken | None = None,
    ) -> ScanResult:
        """Scan files, folders, ZIP archives or a DICOMDIR and keep the studies in the index.

        Returns:
            The studies as the index has them now, films found earlier included, and what was
            skipped and why.
        """
        scanned = self._decoder().scan(paths, progress=progress, cancel=cancel)
        skipped = list(scanned.skipped)
        kept: list[Study] = []
        if scanned.studies:
            with self._store.change() as unit:
                for study in scanned.studies:
                    if unit.studies.put(study, self._store.now_text()):
                        kept.append(unit.studies.get(study.uid))
                    else:
                        skipped += _skipped(study)
                details = {"studies": [study.uid for study in kept], "skipped": len(skipped)}
                unit.audit.record(AuditAction.STUDIES_ADDED, details=details)
        return ScanResult(studies=tuple(kept), skipped=tuple(skipped))

    def studies(self, query: StudyQuery | None = None) -> tuple[StudySummary, ...]:
        """Rows of the study list, newest study first."""
        with self._store.look() as unit:
            return study_summaries(unit.session, query or StudyQuery())

    def study(self, uid: StudyUid) -> Study:
        """The whole study; raises `NotFoundError`."""
        with self._store.look() as unit:
            return unit.studies.get(uid)

    def priors(self, uid: StudyUid) -> tuple[Study, ...]:
        """Earlier studies of the same patient (same id and birth date), newest first."""
        with self._store.look() as unit:
            return unit.studies.priors(uid)

    def pixels(self, image: ImageRef, *, cancel: CancelToken | None = None) -> PixelImage:
        """Decode one frame in the decode worker.

        Raises `InputError` or `WorkerError`, and `CancelledError` within 1 s of a cancellation.
        """
        return self._decoder().pixels(image, cancel=cancel)


def _skipped(study: Study) -> list[SkippedFile]:
    return [
        SkippedFile(name=image.member or image.path.name, reason=_SOMEBODY_ELSE)
        for image in study.images
    ]
