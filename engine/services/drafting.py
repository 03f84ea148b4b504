"""Drafts of studies: choose the films, run the model in its worker, store what it wrote."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.domain.audit import AuditAction
from engine.domain.bundle import BundleManifest
from engine.domain.evidence import Area, Occlusion
from engine.domain.film_choice import choose_films
from engine.domain.image import GridTransform, PixelImage
from engine.domain.model_status import ModelStatus
from engine.domain.progress import CancelToken, ProgressSink, ignore_progress
from engine.domain.report import Draft
from engine.domain.study import ImageRef, SopUid, StudyUid
from engine.domain.user import Permission
from engine.errors import BundleError, ModelError, NoSuitableFilmError, WorkerError
from engine.imaging.preprocess import film_grey, model_grey, model_input
from engine.inference.device import Device
from engine.inference.manifest import manifest_sha256, read_manifest
from engine.inference.occlusion import Box, box_of
from engine.services.draft_making import DraftMaker, chosen_films, sha256_of
from engine.services.library import Library
from engine.storage.convert import draft_sha256
from engine.storage.unit_of_work import Store
from engine.workers.inference_client import InferenceClient

_DRAFT_AGAIN = "Draft the study again, then ask again."


class Drafting:
    """The model's side of the workspace. Every method may block: call it off the GUI thread.

    Args:
        library: Supplies studies and pixels.
        store: Stores the drafts, each with an entry in the audit trail.
        model: The inference worker for `bundle`; the caller closes it.
        bundle: Folder of the model bundle.
    """

    def __init__(
        self, library: Library, store: Store, model: InferenceClient, bundle: Path
    ) -> None:
        self._library = library
        self._store = store
        self._model = model
        self._bundle = bundle
        self._pinned = ""
        self._device: Device | None = None
        self._maker = DraftMaker(
            model, lambda image, cancel: library.pixels(image, cancel=cancel), store.clock
        )

    def use(self, bundle: Path, pinned: str = "") -> None:
        """Draft with another model from here on; a draft in progress is made by one of the two.

        Args:
            bundle: Its folder.
            pinned: Hash that its manifest must have; empty for any.
        """
        self._bundle, self._pinned = bundle, pinned
        self._model.folder = bundle
        self._device = None

    def status(self) -> ModelStatus:
        """What is known of the model without loading it."""
        try:
            manifest = read_manifest(self._bundle)
        except ModelError as error:
            return ModelStatus(bundle="", provider="", is_ready=False, message=error.message)
        return self._status(manifest)

    def load(self) -> ModelStatus:
        """Verify the bundle, start the inference worker and report the provider it got.

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

        `progress.partial_text` grows word by word. Raises `CancelledError` within 1 s of a
        cancellation, `NoSuitableFilmError`, `InputError` (a film cannot be read), `ModelError` or
        `WorkerError`.
        """
        cancel = cancel or CancelToken()
        self._require_may_draft()
        with self._store.look() as unit:
            times = unit.incoming.times(uid)
        draft = self._maker.draft(
            self._library.study(uid),
            self._bundle,
            progress=progress,
            cancel=cancel,
        )
        self._device = self._maker.device
        self._keep(draft, times)
        return draft

    def without_area(
        self,
        draft: Draft,
        area: Area,
        *,
        progress: ProgressSink = ignore_progress,
        cancel: CancelToken | None = None,
    ) -> tuple[Occlusion, ...]:
        """Test each sentence of a draft with an area of a film occluded.

        Nothing is stored. Raises what `draft` raises, `LimitExceededError` (the area is too small
        or too large), and `NoSuitableFilmError` (the draft did not use that film, or the film has
        changed).
        """
        cancel = cancel or CancelToken()
        manifest, manifest_hash = read_manifest(self._bundle), manifest_sha256(self._bundle)
        if manifest_hash != draft.bundle_sha256:
            raise BundleError("Another model wrote this draft.", what_to_do=_DRAFT_AGAIN)
        if area.film not in draft.images:
            raise NoSuitableFilmError(
                "The model did not read this film for its draft.",
                what_to_do="Draw the rectangle on a film of the draft.",
            )
        known = {image.sop_uid: image for image in self._library.study(draft.study_uid).images}
        images = [known[film] for film in draft.images if film in known]
        pixels = model_input(self._maker.decoded(images, progress, cancel), manifest.preprocess)
        if sha256_of(pixels) != draft.input_sha256:
            raise NoSuitableFilmError(
                "The films are no longer those that the draft was made from.",
                what_to_do=_DRAFT_AGAIN,
            )
        box = _box(area, known[area.film], draft.images.index(area.film), manifest)
        sentences = [sentence.raw for sentence in draft.sentences]
        return self._model.without(
            pixels, manifest_hash, sentences, box, progress=progress, cancel=cancel
        )

    def seen_by_model(self, film: PixelImage) -> NDArray[np.uint8]:
        """A film as the model gets it, before normalisation: `(size, size)`, 0 black, 255 white.

        Raises `ModelError` if there is no bundle, `InputError` for a film without a picture.
        """
        spec = read_manifest(self._bundle).preprocess
        grey = model_grey(film_grey(film, spec), spec)
        seen: NDArray[np.uint8] = np.rint(grey * 255.0).astype(np.uint8)
        return seen

    def films(self, uid: StudyUid) -> tuple[SopUid, ...]:
        """The films that a draft of the study would be made from, by their headers.

        Raises `NoSuitableFilmError`, `NotFoundError`, or `ModelError` if there is no bundle.
        """
        choice = choose_films(self._library.study(uid))
        images, _warnings = chosen_films(choice, read_manifest(self._bundle))
        return tuple(image.sop_uid for image in images)

    def drafts(self, uid: StudyUid) -> tuple[Draft, ...]:
        """All drafts of a study, newest first."""
        with self._store.look() as unit:
            return unit.drafts.of_study(uid)

    def _require_may_draft(self) -> None:
        """Refuse a user who may not draft, and a model that changed under the same version."""
        self._store.require(Permission.DRAFT)
        manifest, found_sha256 = read_manifest(self._bundle), manifest_sha256(self._bundle)
        if self._pinned not in ("", found_sha256):
            raise BundleError(
                "The model's files are not those that were put to use here.",
                what_to_do="An administrator can import the model again, or go back to the one "
                "before.",
            )
        with self._store.look() as unit:
            known = unit.drafts.bundle_sha256(manifest.bundle_id, manifest.version)
        if known is not None and known != found_sha256:
            raise BundleError(
                f"This is not the model {manifest.bundle_id} {manifest.version} that drafted here "
                "before: its files or their description were changed.",
                what_to_do="Install the model again; one that was made anew needs another version.",
            )

    def _keep(self, draft: Draft, times: int) -> None:
        """Store a draft; `times` as `Incoming.settle` takes it, from before the films were read."""
        details = {
            "study": draft.study_uid,
            "bundle": f"{draft.bundle_id} {draft.bundle_version}",
            "provider": draft.provider,
            "input_sha256": draft.input_sha256,
            "decoders": list(self._maker.decoders),
            "content_sha256": draft_sha256(draft),
        }
        with self._store.change(Permission.DRAFT) as unit:
            unit.drafts.add(draft)
            unit.incoming.settle(draft.study_uid, times)
            unit.audit.record(AuditAction.DRAFT_STORED, draft.id, details)

    def _status(self, manifest: BundleManifest) -> ModelStatus:
        device = self._device
        return ModelStatus(
            bundle=f"{manifest.bundle_id} {manifest.version}",
            provider="" if device is None else device.short_name,
            is_ready=True,
            message="" if device is None else device.notice,
            licence=manifest.licence,
            intended_use=manifest.intended_use,
        )


def _box(area: Area, image: ImageRef, view: int, manifest: BundleManifest) -> Box:
    size = manifest.preprocess.size
    grid = GridTransform(rows=image.rows, columns=image.columns, size=size)
    corners = (grid.to_model(area.left, area.top), grid.to_model(area.right, area.bottom))
    return box_of(view, corners, size)
