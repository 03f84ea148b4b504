"""Drafts of studies: choose the films, run the model in its worker, keep what it said."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from engine.domain.audit import AuditAction
from engine.domain.bundle import BundleManifest
from engine.domain.evidence import LEAST_WINS, WINS_METRIC, Area, Evidence, KnockOut, Region
from engine.domain.film_choice import choose_films
from engine.domain.image import GridTransform, PixelImage
from engine.domain.model_status import ModelStatus
from engine.domain.progress import CancelToken, Progress, ProgressSink, ignore_progress
from engine.domain.report import Draft, DraftId, DraftSeconds, DraftSentence
from engine.domain.study import ImageRef, Study, StudyUid
from engine.errors import BundleError, ModelError, NoSuitableFilmError, WorkerError
from engine.imaging.preprocess import film_grey, model_grey, model_input
from engine.imaging.quality import film_quality
from engine.inference.attribution import Cell
from engine.inference.device import Device
from engine.inference.generated import Generated, SentenceCells
from engine.inference.knock_out import Box, box_of
from engine.inference.manifest import manifest_sha256, read_manifest
from engine.inference.sentences import STOP, readable
from engine.report.disagreement import alternative
from engine.report.style import in_house_style
from engine.services.library import Library
from engine.storage.convert import draft_sha256
from engine.storage.unit_of_work import Store
from engine.workers.inference_client import InferenceClient

_DRAFT_AGAIN = "Draft the study again, then ask again."


class Drafting:
    """The model's side of the workspace. Every method may block: call it off the GUI thread.

    Args:
        library: Has the studies and their pixels.
        store: Keeps the drafts, each with an entry in the audit trail.
        model: The inference worker of the bundle in `bundle`; closed by whoever made it.
        bundle: Folder of the model bundle.
    """

    def __init__(
        self, library: Library, store: Store, model: InferenceClient, bundle: Path
    ) -> None:
        self._library = library
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
        images, warnings = _chosen(self._library.study(uid), manifest)
        films = self._decoded(images, progress, cancel)
        warnings += _looked_at(films[0], manifest)
        pixels = model_input(films, manifest.preprocess)
        decoded = time.perf_counter()
        cancel.raise_if_cancelled()
        progress(Progress(done=0, total=0, message="The model is looking at the films"))
        written, device = self._model.draft(pixels, manifest_hash, progress=progress, cancel=cancel)
        self._device = device
        told, order = in_house_style(written.sentences)
        draft = Draft(
            id=DraftId(str(uuid4())),
            study_uid=uid,
            created=self._store.clock(),
            bundle_id=manifest.bundle_id,
            bundle_version=manifest.version,
            bundle_sha256=manifest_hash,
            provider=device.provider,
            images=tuple(image.sop_uid for image in images),
            input_sha256=_sha256(pixels),
            seconds=DraftSeconds(
                decode=decoded - started,
                encode=written.encode_s,
                words=written.words_s,
                total=time.perf_counter() - started,
            ),
            sentences=tuple(_compared(s, written.others) for s in told),
            warnings=(*warnings, *written.warnings, *filter(None, [device.notice])),
            evidence=_evidence_of(written, order, images, manifest),
            draws_cells=manifest.metrics.get(WINS_METRIC, 0.0) >= LEAST_WINS,
        )
        self._keep(draft)
        return draft

    def without_area(
        self,
        draft: Draft,
        area: Area,
        *,
        progress: ProgressSink = ignore_progress,
        cancel: CancelToken | None = None,
    ) -> tuple[KnockOut, ...]:
        """What becomes of each sentence of a draft when an area of a film is painted out.

        Nothing is stored. Raises what `draft` raises, and `LimitExceededError` (the area is too
        small or too large) or `NoSuitableFilmError` (the draft did not read that film, or not as
        it is now).
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
        pixels = model_input(self._decoded(images, progress, cancel), manifest.preprocess)
        if _sha256(pixels) != draft.input_sha256:
            raise NoSuitableFilmError(
                "The films are no longer those that the draft was made from.",
                what_to_do=_DRAFT_AGAIN,
            )
        box = _box(area, known[area.film], draft.images.index(area.film), manifest)
        told = [sentence.raw for sentence in draft.sentences]
        return self._model.without(
            pixels, manifest_hash, told, box, progress=progress, cancel=cancel
        )

    def seen_by_model(self, film: PixelImage) -> NDArray[np.uint8]:
        """A film as the model gets it, before normalisation: `(size, size)`, 0 black, 255 white.

        Raises `ModelError` if there is no bundle, `InputError` for a film without a picture.
        """
        spec = read_manifest(self._bundle).preprocess
        grey = model_grey(film_grey(film, spec), spec)
        seen: NDArray[np.uint8] = np.rint(grey * 255.0).astype(np.uint8)
        return seen

    def drafts(self, uid: StudyUid) -> tuple[Draft, ...]:
        """All drafts of a study, newest first."""
        with self._store.look() as unit:
            return unit.drafts.of_study(uid)

    def _decoded(
        self, images: Sequence[ImageRef], progress: ProgressSink, cancel: CancelToken
    ) -> list[PixelImage]:
        films = []
        for image in images:
            progress(Progress(done=0, total=0, message="Reading the films"))
            cancel.raise_if_cancelled()
            films.append(self._library.pixels(image, cancel=cancel))
        return films

    def _keep(self, draft: Draft) -> None:
        details = {
            "study": draft.study_uid,
            "bundle": f"{draft.bundle_id} {draft.bundle_version}",
            "provider": draft.provider,
            "input_sha256": draft.input_sha256,
            "content_sha256": draft_sha256(draft),
        }
        with self._store.change() as unit:
            unit.drafts.add(draft)
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


def _sha256(pixels: NDArray[np.float32]) -> str:
    return hashlib.sha256(pixels.astype("<f4").tobytes()).hexdigest()


def _box(area: Area, image: ImageRef, view: int, manifest: BundleManifest) -> Box:
    size = manifest.preprocess.size
    grid = GridTransform(rows=image.rows, columns=image.columns, size=size)
    corners = (grid.to_model(area.left, area.top), grid.to_model(area.right, area.bottom))
    return box_of(view, corners, size)


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


def _looked_at(frontal: PixelImage, manifest: BundleManifest) -> tuple[str, ...]:
    """Warnings about what the frontal film looks like; raises `NoSuitableFilmError`."""
    quality = film_quality(film_grey(frontal, manifest.preprocess))
    if quality.refusal:
        raise NoSuitableFilmError(
            quality.refusal,
            what_to_do="Send the film again as it was taken, or write the report by hand.",
        )
    return (quality.warning,) if quality.warning else ()


def _compared(sentence: DraftSentence, others: Sequence[str]) -> DraftSentence:
    """The sentence with what another beam says against it."""
    rival = alternative(sentence.text, others)
    return replace(sentence, alternative=readable([*rival.split(), STOP])) if rival else sentence


def _evidence_of(
    written: Generated,
    order: Sequence[int],
    images: Sequence[ImageRef],
    manifest: BundleManifest,
) -> tuple[Evidence, ...]:
    """Evidence of the sentences in the order that they stand in now."""
    found = (_evidence(cells, images, manifest) for cells in written.cells)
    return tuple(replace(one, sentence=order.index(one.sentence)) for one in found)


def _evidence(
    found: SentenceCells, images: Sequence[ImageRef], manifest: BundleManifest
) -> Evidence:
    return Evidence(
        sentence=found.sentence,
        grade=found.deletion.grade,
        drop=found.deletion.drop,
        control_drop=found.deletion.control_drop,
        regions=tuple(_region(cell, images[cell.view], manifest) for cell in found.cells),
    )


def _region(cell: Cell, image: ImageRef, manifest: BundleManifest) -> Region:
    """The cell in image pixels: its edges lie half a pixel before and behind pixel centres."""
    size = manifest.preprocess.size
    step = size / manifest.shape.grid
    grid = GridTransform(rows=image.rows, columns=image.columns, size=size)
    left, top = grid.to_image(cell.column * step - 0.5, cell.row * step - 0.5)
    right, bottom = grid.to_image((cell.column + 1) * step - 0.5, (cell.row + 1) * step - 0.5)
    return Region(
        film=image.sop_uid, left=left, top=top, right=right, bottom=bottom, weight=cell.weight
    )
