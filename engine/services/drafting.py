"""Drafts of studies: choose the films, run the model in its worker, keep what it said."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol
from uuid import uuid4

from engine.domain.bundle import BundleManifest
from engine.domain.film_choice import choose_films
from engine.domain.image import PixelImage
from engine.domain.model_status import ModelStatus
from engine.domain.progress import CancelToken, Progress, ProgressSink, ignore_progress
from engine.domain.report import Draft, DraftId, DraftSeconds
from engine.domain.study import ImageRef, Study, StudyUid
from engine.errors import ModelError, NoSuitableFilmError, WorkerError
from engine.inference.device import Device
from engine.inference.manifest import manifest_sha256, read_manifest
from engine.workers.inference_client import InferenceClient


class FilmSource(Protocol):
    """The two things that drafting asks of the library."""

    def study(self, uid: StudyUid) -> Study:
        """The whole study."""
        ...

    def pixels(self, image: ImageRef) -> PixelImage:
        """One decoded frame."""
        ...


class DraftStore(Protocol):
    """Where drafts are kept, untouched."""

    def add(self, draft: Draft) -> None:
        """Keep a new draft; durable when it returns."""
        ...

    def of_study(self, uid: StudyUid) -> tuple[Draft, ...]:
        """All drafts of a study, newest first."""
        ...


class Drafting:
    """The model's side of the workspace. Every method may block: call it off the GUI thread.

    Args:
        films: The library, or whatever else has studies and pixels.
        store: Keeps the drafts.
        model: The inference worker of the bundle in `bundle`.
        bundle: Folder of the model bundle.
    """

    def __init__(
        self, films: FilmSource, store: DraftStore, model: InferenceClient, bundle: Path
    ) -> None:
        self._films = films
        self._store = store
        self._model = model
        self._bundle = bundle
        self._device: Device | None = None

    def status(self) -> ModelStatus:
        """What is known of the model without loading it."""
        try:
            manifest = read_manifest(self._bundle)
        except ModelError as error:
            return ModelStatus(bundle="", provider="", is_ready=False, message=error.message)
        return self._status(manifest)

    def load(self) -> ModelStatus:
        """Verify the bundle, start the inference worker and say which provider it got.

        A model that cannot be loaded is a state, not an exception: `is_ready` is False and
        `message` says why.
        """
        try:
            manifest = read_manifest(self._bundle)
            self._device = self._model.load(manifest_sha256(self._bundle))
        except (ModelError, WorkerError) as error:
            return replace(self.status(), is_ready=False, message=error.message)
        return self._status(manifest)

    def draft(
        self,
        uid: StudyUid,
        *,
        progress: ProgressSink = ignore_progress,
        cancel: CancelToken | None = None,
    ) -> Draft:
        """Draft a study's findings and store the draft untouched.

        `progress.partial_text` grows by words. Raises `CancelledError` within 1 s of a
        cancellation, `NoSuitableFilmError`, `InputError` (a film cannot be read), `ModelError` or
        `WorkerError`.
        """
        cancel = cancel or CancelToken()
        started = time.perf_counter()
        manifest, manifest_hash = read_manifest(self._bundle), manifest_sha256(self._bundle)
        images, warnings = _chosen(self._films.study(uid), manifest)
        from engine.imaging.preprocess import model_input  # noqa: PLC0415 - window.py is on its way

        pixels = model_input(self._decoded(images, progress, cancel), manifest.preprocess)
        decoded = time.perf_counter()
        cancel.raise_if_cancelled()
        progress(Progress(done=0, total=0, message="The model is looking at the films"))
        written, device = self._model.draft(pixels, manifest_hash, progress=progress, cancel=cancel)
        self._device = device
        draft = Draft(
            id=DraftId(str(uuid4())),
            study_uid=uid,
            created=datetime.now(UTC),
            bundle_id=manifest.bundle_id,
            bundle_version=manifest.version,
            bundle_sha256=manifest_hash,
            provider=device.provider,
            images=tuple(image.sop_uid for image in images),
            input_sha256=hashlib.sha256(pixels.astype("<f4").tobytes()).hexdigest(),
            seconds=DraftSeconds(
                decode=decoded - started,
                encode=written.encode_s,
                words=written.words_s,
                total=time.perf_counter() - started,
            ),
            sentences=written.sentences,
            warnings=(*warnings, *written.warnings, *filter(None, [device.notice])),
        )
        self._store.add(draft)
        return draft

    def drafts(self, uid: StudyUid) -> tuple[Draft, ...]:
        """All drafts of a study, newest first."""
        return self._store.of_study(uid)

    def _decoded(
        self, images: Sequence[ImageRef], progress: ProgressSink, cancel: CancelToken
    ) -> list[PixelImage]:
        films = []
        for image in images:
            progress(Progress(done=0, total=0, message="Reading the films"))
            cancel.raise_if_cancelled()
            films.append(self._films.pixels(image))
        return films

    def _status(self, manifest: BundleManifest) -> ModelStatus:
        device = self._device
        return ModelStatus(
            bundle=f"{manifest.bundle_id} {manifest.version}",
            provider="" if device is None else device.short_name,
            is_ready=True,
            message="" if device is None else device.notice,
        )


def _chosen(study: Study, manifest: BundleManifest) -> tuple[list[ImageRef], tuple[str, ...]]:
    """The films in the model's order and warnings about the choice."""
    choice = choose_films(study)
    films = [choice.frontal]
    warnings = choice.warnings
    if choice.lateral is not None and 2 in manifest.shape.views:
        films.append(choice.lateral)
    elif choice.lateral is not None:
        warnings += ("This model reads the frontal film only.",)
    if len(films) not in manifest.shape.views:
        raise NoSuitableFilmError("This model needs a frontal and a lateral film.")
    return films, warnings
