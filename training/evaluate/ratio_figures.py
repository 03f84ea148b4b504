"""How far proposed cardiothoracic ratios are from those of hand-drawn label maps.

The reference is the width of the drawn heart over the widest horizontal line between the outer
borders of the drawn lungs, both on the map's own grid.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.domain.bundle import PreprocessSpec
from engine.domain.outline import OutlineClass
from engine.errors import NoSuitableFilmError
from engine.imaging.chest_lines import agreed_lines, chest_lines, film_variants
from engine.imaging.preprocess import film_grey, grey_image, model_grey
from engine.imaging.quality import require_upright
from training.data.film_masks import MaskedFilm, label_map
from training.data.picture import film_samples

Outlining = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""Films `(n, 1, S, S)` to probabilities `(n, classes, S, S)`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RatioFigures:
    """Errors on films with label maps.

    Attributes:
        errors: Proposed less drawn ratio of each film with a proposal.
        unchecked: Absolute errors of every film with lines, the confidence rule left out.
        declined: How often each reason was given for no proposal.
        dice: Mean overlap of heart and of both lungs, all films.
    """

    errors: tuple[float, ...]
    unchecked: tuple[float, ...]
    declined: dict[str, int]
    dice: dict[str, float]

    def metrics(self) -> dict[str, float]:
        """The figures by name, as in the manifest."""
        absolute = np.abs(self.errors) if self.errors else np.array([np.nan])
        unchecked = np.array(self.unchecked) if self.unchecked else np.array([np.nan])
        figures = {
            "held_out_films": len(self.errors) + sum(self.declined.values()),
            "held_out_declined": sum(self.declined.values()),
            "ratio_mean_error": absolute.mean(),
            "ratio_95th_percentile_error": np.percentile(absolute, 95),
            "ratio_worst_error": absolute.max(),
            "ratio_bias": np.mean(self.errors) if self.errors else np.nan,
            "unchecked_mean_error": unchecked.mean(),
            "unchecked_worst_error": unchecked.max(),
            **{f"dice_{name}": value for name, value in self.dice.items()},
        }
        return {name: round(float(value), 4) for name, value in figures.items()}


def ratio_figures(
    films: Sequence[MaskedFilm], spec: PreprocessSpec, outlining: Outlining
) -> RatioFigures:
    """Propose a ratio on each film as the product does, and compare it with the drawn one."""
    errors, unchecked, dice = [], [], []
    declined: Counter[str] = Counter()
    for film in films:
        drawn = label_map(film.mask)
        truth = drawn_ratio(drawn)
        grey = film_grey(grey_image(film_samples(film.film)), spec)
        outlines = outlining(film_variants(model_grey(grey, spec)))
        dice.append(_overlaps(outlines[0], drawn))
        try:
            unchecked.append(abs(chest_lines(outlines[0]).ratio - truth))
            require_upright(grey)
            errors.append(agreed_lines(outlines).ratio - truth)
        except NoSuitableFilmError as reason:
            declined[reason.message] += 1
    heart, lungs = np.mean(dice, axis=0)
    return RatioFigures(
        errors=tuple(errors),
        unchecked=tuple(unchecked),
        declined=dict(declined),
        dice={"heart": heart, "lungs": lungs},
    )


def drawn_ratio(drawn: NDArray[np.uint8]) -> float:
    """The cardiothoracic ratio of a label map."""
    heart = np.flatnonzero((drawn == OutlineClass.HEART).any(axis=0))
    lungs = (drawn == OutlineClass.LEFT_LUNG) | (drawn == OutlineClass.RIGHT_LUNG)
    ends = [np.flatnonzero(row) for row in lungs if row.any()]
    return float((heart[-1] - heart[0] + 1) / max(row[-1] - row[0] + 1 for row in ends))


def _overlaps(shares: NDArray[np.float32], drawn: NDArray[np.uint8]) -> tuple[float, float]:
    """Dice of the heart and of both lungs."""
    side = shares.shape[-1]
    square = Image.fromarray(drawn).resize((side, side), Image.Resampling.NEAREST)
    truth, found = np.asarray(square), shares.argmax(axis=0)
    lungs = (OutlineClass.LEFT_LUNG, OutlineClass.RIGHT_LUNG)
    return _dice(found == OutlineClass.HEART, truth == OutlineClass.HEART), _dice(
        np.isin(found, lungs), np.isin(truth, lungs)
    )


def _dice(found: NDArray[np.bool_], truth: NDArray[np.bool_]) -> float:
    return float(2.0 * (found & truth).sum() / max(1, found.sum() + truth.sum()))
