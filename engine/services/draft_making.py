"""The model's draft of one study, from its films to a `Draft`; nothing is stored here.

The workspace, the trial of a model pack and the acceptance test all draft by this one way, so that
what was tried and measured is what readers get.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from engine.domain.bundle import BundleManifest
from engine.domain.evidence import LEAST_WINS, WINS_METRIC, Evidence, Region
from engine.domain.film_choice import FilmChoice, choose_films, not_whole
from engine.domain.image import GridTransform, PixelImage
from engine.domain.progress import CancelToken, Progress, ProgressSink, ignore_progress
from engine.domain.report import Draft, DraftId, DraftSeconds, DraftSentence
from engine.domain.study import ImageRef, Study
from engine.errors import NoSuitableFilmError
from engine.imaging.preprocess import film_grey, model_input
from engine.imaging.quality import film_quality
from engine.inference.attribution import Cell
from engine.inference.device import Device
from engine.inference.generated import Generated, SentenceCells
from engine.inference.manifest import manifest_sha256, read_manifest
from engine.language.disagreement import alternative
from engine.language.sentences import STOP, readable
from engine.language.style import in_house_style
from engine.workers.inference_client import InferenceClient

SAID_AGAIN = "The model said the same in two sentences; it is shown once."
Decode = Callable[[ImageRef, CancelToken], PixelImage]
"""Decodes a film; raises `InputError` or `WorkerError`."""


class DraftMaker:
    """Drafts studies with a model. Every method may block: call it off the GUI thread.

    Args:
        model: The inference worker.
        decode: Decodes a film.
        clock: Gives a draft's time, UTC.

    Attributes:
        device: What the last draft was made on; None before the first.
        decoders: Names and versions of what decoded the films last read, in their order.
    """

    def __init__(
        self, model: InferenceClient, decode: Decode, clock: Callable[[], datetime]
    ) -> None:
        self._model = model
        self._decode = decode
        self._clock = clock
        self.device: Device | None = None
        self.decoders: tuple[str, ...] = ()

    def draft(
        self,
        study: Study,
        bundle: Path,
        *,
        choice: FilmChoice | None = None,
        progress: ProgressSink = ignore_progress,
        cancel: CancelToken | None = None,
    ) -> Draft:
        """Draft a study's findings.

        Args:
            study: Its films.
            bundle: Folder of the model, the one of the inference worker.
            choice: The films to use; None chooses them by their headers.
            progress: Its `partial_text` grows word by word.
            cancel: Stops it within 1 s; it then raises `CancelledError`.

        Raises `NoSuitableFilmError` (the study must not be drafted), `InputError` (a film cannot be
        read), `ModelError` or `WorkerError`.
        """
        cancel = cancel or CancelToken()
        started = time.perf_counter()
        manifest, manifest_hash = read_manifest(bundle), manifest_sha256(bundle)
        images, warnings = chosen_films(choice or choose_films(study), manifest)
        films = self.decoded(images, progress, cancel)
        warnings += _looked_at(films, manifest)
        pixels = model_input(films, manifest.preprocess)
        decoded = time.perf_counter()
        progress(Progress(done=0, total=0, message="The model is looking at the films"))
        written, device = self._model.draft(pixels, manifest_hash, progress=progress, cancel=cancel)
        self.device = device
        shown, order = in_house_style(written.sentences)
        warnings += (*_warnings(written, len(shown)), *filter(None, [device.notice]))
        return Draft(
            id=DraftId(str(uuid4())),
            study_uid=study.uid,
            created=self._clock(),
            bundle_id=manifest.bundle_id,
            bundle_version=manifest.version,
            bundle_sha256=manifest_hash,
            provider=device.provider,
            images=tuple(image.sop_uid for image in images),
            input_sha256=sha256_of(pixels),
            seconds=_seconds(started, decoded, written),
            sentences=tuple(_compared(s, written.others) for s in shown),
            warnings=warnings,
            evidence=_evidence_of(written, order, images, manifest),
            draws_cells=manifest.metrics.get(WINS_METRIC, 0.0) >= LEAST_WINS,
        )

    def decoded(
        self, images: Sequence[ImageRef], progress: ProgressSink, cancel: CancelToken
    ) -> list[PixelImage]:
        """The films' pixels, in the same order."""
        films = []
        for image in images:
            progress(Progress(done=0, total=0, message="Reading the films"))
            cancel.raise_if_cancelled()
            films.append(self._decode(image, cancel))
        self.decoders = tuple(film.decoder for film in films)
        return films


def sha256_of(pixels: NDArray[np.float32]) -> str:
    """Hash of the model's input, hex."""
    return hashlib.sha256(pixels.astype("<f4").tobytes()).hexdigest()


def _seconds(started: float, decoded: float, written: Generated) -> DraftSeconds:
    return DraftSeconds(
        decode=decoded - started,
        encode=written.encode_s,
        words=written.words_s,
        total=time.perf_counter() - started,
    )


def chosen_films(
    choice: FilmChoice, manifest: BundleManifest
) -> tuple[list[ImageRef], tuple[str, ...]]:
    """The films in the model's order, and warnings about the choice."""
    films = [choice.frontal]
    warnings = choice.warnings
    if choice.lateral is not None and 2 in manifest.shape.views:
        films.append(choice.lateral)
    elif choice.lateral is not None:
        warnings += ("This model reads the frontal film only.",)
    if len(films) not in manifest.shape.views:
        raise NoSuitableFilmError("This model needs a frontal and a lateral film.")
    return films, warnings


def _require_whole(films: Sequence[PixelImage]) -> None:
    """Refuse films that lack a part, also those listed before that was looked for."""
    for film, name in zip(films, ("frontal", "lateral"), strict=False):
        if film.lost_part:
            raise NoSuitableFilmError(
                not_whole(film.lost_part, name), what_to_do="Copy it again from where it came from."
            )


def _looked_at(films: Sequence[PixelImage], manifest: BundleManifest) -> tuple[str, ...]:
    """Warnings about the frontal film's image quality; raises `NoSuitableFilmError`."""
    _require_whole(films)
    quality = film_quality(film_grey(films[0], manifest.preprocess))
    if quality.refusal:
        raise NoSuitableFilmError(
            quality.refusal,
            what_to_do="Send the film again as it was taken, or write the report by hand.",
        )
    return (quality.warning,) if quality.warning else ()


def _warnings(written: Generated, shown: int) -> tuple[str, ...]:
    """Warnings about the text, `shown` being the number of sentences left in house style."""
    return (*written.warnings, *([SAID_AGAIN] if shown < len(written.sentences) else []))


def _compared(sentence: DraftSentence, others: Sequence[str]) -> DraftSentence:
    """The sentence with what another likely wording says to the contrary."""
    rival = alternative(sentence.text, others)
    return replace(sentence, alternative=readable([*rival.split(), STOP])) if rival else sentence


def _evidence_of(
    written: Generated,
    order: Sequence[int],
    images: Sequence[ImageRef],
    manifest: BundleManifest,
) -> tuple[Evidence, ...]:
    """Evidence of the sentences shown, renumbered to their positions in the draft."""
    found = (_evidence(cells, images, manifest) for cells in written.cells)
    return tuple(
        replace(one, sentence=order.index(one.sentence)) for one in found if one.sentence in order
    )


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
    """The cell in image pixels; its edges lie half a pixel outside the outer pixel centres."""
    size = manifest.preprocess.size
    step = size / manifest.shape.grid
    grid = GridTransform(rows=image.rows, columns=image.columns, size=size)
    left, top = grid.to_image(cell.column * step - 0.5, cell.row * step - 0.5)
    right, bottom = grid.to_image((cell.column + 1) * step - 0.5, (cell.row + 1) * step - 0.5)
    return Region(
        film=image.sop_uid, left=left, top=top, right=right, bottom=bottom, weight=cell.weight
    )
