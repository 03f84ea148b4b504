"""The studies of a workspace: scan, list, search, open, and the pixels of their films."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from engine.domain.image import PixelImage
from engine.domain.progress import CancelToken, ProgressSink, ignore_progress
from engine.domain.study import (
    ImageRef,
    ScanResult,
    Study,
    StudyQuery,
    StudySummary,
    StudyUid,
)


class Library:
    """Studies known to the workspace. Every method may block: call it off the GUI thread."""

    def add(
        self,
        paths: Sequence[Path],
        *,
        progress: ProgressSink = ignore_progress,
        cancel: CancelToken | None = None,
    ) -> ScanResult:
        """Scan files, folders, ZIP archives or a DICOMDIR and keep the studies in the index."""
        raise NotImplementedError

    def studies(self, query: StudyQuery | None = None) -> tuple[StudySummary, ...]:
        """Rows of the study list, newest study first."""
        raise NotImplementedError

    def study(self, uid: StudyUid) -> Study:
        """The whole study; raises `NotFoundError`."""
        raise NotImplementedError

    def priors(self, uid: StudyUid) -> tuple[Study, ...]:
        """Earlier studies of the same patient (same id and birth date), newest first."""
        raise NotImplementedError

    def pixels(self, image: ImageRef) -> PixelImage:
        """Decode one frame in the decode worker; raises `InputError` or `WorkerError`."""
        raise NotImplementedError
