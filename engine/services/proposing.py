"""The proposed cardiothoracic ratio: where it may be proposed, and the lines.

A proposal is shown and nothing else. It is stored, compared or exported only as the measurement of
the reader who confirmed it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.domain.annotation import Point
from engine.domain.bundle import PreprocessSpec
from engine.domain.film_choice import is_child, may_be_drafted
from engine.domain.image import GridTransform, PixelImage
from engine.domain.progress import CancelToken
from engine.domain.projection import stated_projection
from engine.domain.study import ImageRef, View
from engine.errors import NoSuitableFilmError
from engine.imaging.chest_lines import agreed_lines, film_variants
from engine.imaging.preprocess import film_grey, model_grey
from engine.imaging.quality import require_upright
from engine.inference.manifest import manifest_sha256
from engine.inference.outline import read_outline_manifest
from engine.services.library import Library
from engine.workers.inference_client import InferenceClient


@dataclass(frozen=True, slots=True, kw_only=True)
class RatioProposal:
    """Lines that the outline model proposes.

    Attributes:
        points: Of a cardiothoracic annotation, in image pixels.
        proposed_by: Name and version of the model.
    """

    points: tuple[Point, ...]
    proposed_by: str


class Proposing:
    """Proposes measurements. Every method may block: call it off the GUI thread.

    Args:
        library: Supplies a film's study.
        model: The inference worker; the caller closes it.
        folder: Folder of the outline model.
    """

    def __init__(self, library: Library, model: InferenceClient, folder: Path) -> None:
        self._library = library
        self._model = model
        self._folder = folder

    def cardiothoracic_ratio(
        self, image: ImageRef, film: PixelImage, *, cancel: CancelToken | None = None
    ) -> RatioProposal:
        """Lines of the ratio on a decoded film.

        Raises:
            NoSuitableFilmError: Nothing is proposed for this film; the message says why.
            ModelError: The outline model is missing or failed.
            WorkerError: The worker failed.
            CancelledError: `cancel` was set.
        """
        _require_frontal(image)
        if is_child(self._library.study(image.study_uid)):
            raise NoSuitableFilmError("The patient is a child.")
        manifest = read_outline_manifest(self._folder)
        spec = PreprocessSpec(
            size=manifest.size,
            low_percentile=manifest.low_percentile,
            high_percentile=manifest.high_percentile,
        )
        grey = film_grey(film, spec)
        require_upright(grey)
        variants = film_variants(model_grey(grey, spec))
        outlined = self._model.outline(
            variants, self._folder, manifest_sha256(self._folder), cancel=cancel
        )
        lines = agreed_lines(outlined.shares)
        grid = GridTransform(rows=film.rows, columns=film.columns, size=spec.size)
        points = (grid.to_image(x, y) for x, y in lines.points)
        return RatioProposal(
            points=tuple(Point(x=x, y=y) for x, y in points),
            proposed_by=f"{manifest.model_id} {manifest.version}",
        )


def _require_frontal(image: ImageRef) -> None:
    """Refuse a film whose header says that it is none for the ratio."""
    if image.is_picture:
        raise NoSuitableFilmError("This is a picture, not a film.")
    if image.view is View.LATERAL:
        raise NoSuitableFilmError("This is a lateral film.")
    if image.lost_part:
        raise NoSuitableFilmError(image.lost_part)
    if not may_be_drafted(image):
        raise NoSuitableFilmError("This is not a frontal chest film.")
    if "AP" in map(stated_projection, (image.view_position, image.description)):
        raise NoSuitableFilmError("The film was taken AP, which magnifies the heart.")
