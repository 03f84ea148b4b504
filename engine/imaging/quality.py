"""Whether a film may be drafted: a frontal chest film, upright, not inverted.

A model that has only seen such films writes fluently about anything else. A linear classifier over
a thumbnail of the film's grey ranks recognises seven orientations and views, and the correlation
with the typical frontal film tells a chest from something else or from a part of a chest
(`resources/quality`). Figures are in docs/findings.md.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.errors import NoSuitableFilmError
from engine.paths import resources

LEAST_LIKENESS = 0.25
"""Correlation with the typical frontal film below which a film is refused."""
MIRROR_MARGIN = 2.0
"""How far the score of "mirrored" must exceed that of "upright" for a warning."""

_REFUSALS = {
    "turned left": "The film lies on its side.",
    "turned right": "The film lies on its side.",
    "upside down": "The film is upside down.",
    "inverted": "The film's black and white are swapped.",
    "lateral": "The film looks like a lateral one, not a frontal one.",
}
_LATERAL_OR_NONE = "The film does not look like a frontal chest film; it may be a lateral one."
_NO_CHEST = "The film does not look like a whole frontal chest film."
_MIRRORED = "Left and right of the film may be swapped; check the side marker."


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmQuality:
    """What a film looks like.

    Attributes:
        refusal: Why it must not be drafted, a plain sentence; empty if it may.
        warning: What the reader should check, a plain sentence; empty for nothing.
        likeness: Correlation with the typical frontal film, -1 to 1.
    """

    refusal: str
    warning: str
    likeness: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Classifier:
    side: int
    kinds: tuple[str, ...]
    weights: NDArray[np.float64]
    offsets: NDArray[np.float64]
    typical: NDArray[np.float64]


def film_quality(grey: NDArray[np.float32]) -> FilmQuality:
    """Judge a film that is to be drafted as the frontal one.

    Args:
        grey: `(rows, columns)` in [0, 1], from `engine.imaging.preprocess.film_grey`.
    """
    model = _classifier()
    thumbnail = ranks(grey, model.side)
    scores = dict(zip(model.kinds, model.weights @ thumbnail + model.offsets, strict=True))
    likeness = float(model.typical @ thumbnail)
    kind = max(scores, key=lambda name: scores[name])
    refusal = _REFUSALS.get(kind, "")
    # In a film without contrast the ranks would only follow the order of the pixels.
    is_flat = float(np.subtract(*np.percentile(grey, (95, 5)))) <= 0
    if is_flat or (not refusal and likeness < LEAST_LIKENESS):
        refusal = _NO_CHEST
    elif kind == "lateral" and likeness < LEAST_LIKENESS:
        refusal = _LATERAL_OR_NONE
    is_mirrored = scores["mirrored"] - scores["upright"] > MIRROR_MARGIN
    return FilmQuality(refusal=refusal, warning=_MIRRORED if is_mirrored else "", likeness=likeness)


def require_upright(grey: NDArray[np.float32]) -> None:
    """Refuse a film that does not look like an upright frontal chest film, seen from the front.

    Raises:
        NoSuitableFilmError: With what it looks like; `grey` as in `film_quality`.
    """
    quality = film_quality(grey)
    if quality.refusal or quality.warning:
        raise NoSuitableFilmError(quality.refusal or quality.warning)


def looks_inverted(grey: NDArray[np.float32]) -> bool:
    """Whether the film's black and white look swapped; `grey` as in `film_quality`."""
    model = _classifier()
    scores = model.weights @ ranks(grey, model.side) + model.offsets
    return model.kinds[int(np.argmax(scores))] == "inverted"


def ranks(grey: NDArray[np.float32], side: int) -> NDArray[np.float64]:
    """Ranks of a film's greys on a grid of `side` x `side`: `(side**2,)`, zero mean, unit length.

    Ranks instead of greys, so that no window and no exposure changes the answer.
    """
    small = Image.fromarray(np.ascontiguousarray(grey, dtype=np.float32)).resize(
        (side, side), Image.Resampling.BILINEAR
    )
    order = np.asarray(small).ravel().argsort(kind="stable").argsort(kind="stable")
    centred = order - order.mean()
    return np.asarray(centred / np.linalg.norm(centred), dtype=np.float64)


@cache
def _classifier() -> _Classifier:
    content = json.loads((resources() / "quality" / "frontal_chest.json").read_text("utf-8"))
    return _Classifier(
        side=content["side"],
        kinds=tuple(content["kinds"]),
        weights=np.array(content["weights"]),
        offsets=np.array(content["offsets"]),
        typical=np.array(content["typical"]),
    )
