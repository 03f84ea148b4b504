"""Drafts of studies: choose the films, run the model in its worker, keep what it said."""

from __future__ import annotations

from engine.domain.model_status import ModelStatus
from engine.domain.progress import CancelToken, ProgressSink, ignore_progress
from engine.domain.report import Draft
from engine.domain.study import StudyUid


class Drafting:
    """The model's side of the workspace. Every method may block: call it off the GUI thread."""

    def status(self) -> ModelStatus:
        """What is known of the model without loading it."""
        raise NotImplementedError

    def load(self) -> ModelStatus:
        """Verify the bundle, start the inference worker and say which provider it got."""
        raise NotImplementedError

    def draft(
        self,
        uid: StudyUid,
        *,
        progress: ProgressSink = ignore_progress,
        cancel: CancelToken | None = None,
    ) -> Draft:
        """Draft a study's findings and store the draft untouched.

        `progress.partial_text` grows by words. Raises `CancelledError` within 1 s of a
        cancellation, `NoSuitableFilmError`, `ModelError` or `WorkerError`.
        """
        raise NotImplementedError

    def drafts(self, uid: StudyUid) -> tuple[Draft, ...]:
        """All drafts of a study, newest first."""
        raise NotImplementedError
