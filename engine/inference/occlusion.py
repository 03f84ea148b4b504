"""What the model would make of its sentences if an area of a film were not there.

A reader draws a box, the box is painted over, and the draft's own words are scored again. The model
was not trained on films with a hole, so one drop of the score proves little: each box is filled in
two ways, each filling is compared with boxes of the same size elsewhere on the film, the mirrored
one first, and only what both fillings agree on counts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from engine.domain.evidence import Filling, Occlusion
from engine.errors import LimitExceededError

CONTROLS = 4
LEAST_SHARE = 1 / 14
"""Smallest side of a box as a share of the film's: half a cell of the first bundle's encoder."""
_DRAWS = 200
_BORDER = 0.1
"""Share of the film at each edge in which no control is drawn: mostly air and collimation."""

Films = NDArray[np.float32]
Scores = NDArray[np.float64]
ScoreAll = Callable[[Films], Scores]
"""Log-probability (natural) of each sentence `(n,)` for films `(v, 3, size, size)`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A part of one view in whole model pixels; `bottom` and `right` are one past the end."""

    view: int
    top: int
    left: int
    bottom: int
    right: int

    def overlaps(self, other: Box) -> bool:
        """Whether both share a pixel of one view."""
        return (
            self.view == other.view
            and self.top < other.bottom
            and other.top < self.bottom
            and self.left < other.right
            and other.left < self.right
        )


def box_of(view: int, corners: tuple[tuple[float, float], tuple[float, float]], size: int) -> Box:
    """The box between two points in model pixels `(x, y)`, clipped at the film's edges.

    Raises `LimitExceededError` for one that is smaller than `LEAST_SHARE` or lies outside.
    """
    (x, y), (other_x, other_y) = corners
    left, right = (round(np.clip(edge + 0.5, 0, size)) for edge in sorted((x, other_x)))
    top, bottom = (round(np.clip(edge + 0.5, 0, size)) for edge in sorted((y, other_y)))
    if min(right - left, bottom - top) < LEAST_SHARE * size:
        raise LimitExceededError(
            "The area is smaller than what the model can tell apart.",
            what_to_do="Draw a larger rectangle.",
        )
    return Box(view=view, top=int(top), left=int(left), bottom=int(bottom), right=int(right))


def without_box(films: Films, box: Box, filling: Filling) -> Films:
    """The films with a box painted over: the view's mean grey, or interpolated from its edges."""
    painted = films.copy()
    rows, columns = slice(box.top, box.bottom), slice(box.left, box.right)
    film = films[box.view]
    if filling is Filling.MEAN:
        painted[box.view, :, rows, columns] = film.mean(axis=(1, 2))[:, None, None]
    else:
        painted[box.view, :, rows, columns] = _bridged(film, box)
    return painted


def control_boxes(box: Box, size: int, count: int = CONTROLS) -> tuple[Box, ...]:
    """Boxes of the same size elsewhere on the same film, always the same for the same box.

    The mirrored box comes first if it does not overlap, then random ones inside the film's border.
    Raises `LimitExceededError` if the film has no room for any.
    """
    height, width = box.bottom - box.top, box.right - box.left
    mirrored = Box(
        view=box.view,
        top=box.top,
        left=size - box.right,
        bottom=box.bottom,
        right=size - box.left,
    )
    found = [] if mirrored.overlaps(box) else [mirrored]
    draw = np.random.default_rng([box.view, box.top, box.left, box.bottom, box.right])
    edge = round(_BORDER * size)
    for _ in range(_DRAWS):
        if len(found) == count or min(size - edge - height, size - edge - width) < edge:
            break
        top = int(draw.integers(edge, size - edge - height + 1))
        left = int(draw.integers(edge, size - edge - width + 1))
        other = Box(view=box.view, top=top, left=left, bottom=top + height, right=left + width)
        if not other.overlaps(box):
            found.append(other)
    if not found:
        raise LimitExceededError(
            "The area is too large: no other place of the film can be held against it.",
            what_to_do="Draw a smaller rectangle.",
        )
    return tuple(found)


def occlusion(
    score: ScoreAll, films: Films, box: Box, on_run: Callable[[int, int], None]
) -> tuple[Occlusion, ...]:
    """Score all sentences without the box and without each control, with both fillings.

    Args:
        score: Called once for the whole films and twice for the box and for each control.
        films: `(v, 3, size, size)` as given to the model.
        box: The area to paint over.
        on_run: Called before each run with the number of runs done and in all; may raise to stop.
    """
    boxes = (box, *control_boxes(box, films.shape[-1]))
    fillings = tuple(Filling)
    total = 1 + len(boxes) * len(fillings)
    on_run(0, total)
    whole = score(films)
    falls = np.zeros((len(boxes), len(fillings), len(whole)))
    for index, one in enumerate(boxes):
        for kind, filling in enumerate(fillings):
            on_run(1 + index * len(fillings) + kind, total)
            falls[index, kind] = whole - score(without_box(films, one, filling))
    return tuple(
        Occlusion(
            sentence=sentence,
            drops=tuple(falls[0, :, sentence].tolist()),
            control_drops=tuple(tuple(row) for row in falls[1:, :, sentence].T.tolist()),
        )
        for sentence in range(len(whole))
    )


def sums_by_sentence(log_probs: Scores, lengths: Sequence[int]) -> Scores:
    """Log-probability of each sentence `(n,)` from that of each word `(L,)`."""
    ends = np.cumsum([0, *lengths])
    return np.array([log_probs[start:end].sum() for start, end in pairwise(ends)])


def _bridged(film: Films, box: Box) -> Films:
    """Values inside a box, interpolated linearly between opposite edges, both directions averaged.

    An edge on the film's own border takes the opposite edge's values.
    """
    size = film.shape[-1]
    rows, columns = slice(box.top, box.bottom), slice(box.left, box.right)
    left, right = _sides(film[:, rows, :], box.left, box.right, size)
    top, bottom = _sides(film[:, :, columns].swapaxes(1, 2), box.top, box.bottom, size)
    across = _steps(box.right - box.left)
    down = _steps(box.bottom - box.top)
    level = left[:, :, None] * (1 - across) + right[:, :, None] * across
    upright = top[:, None, :] * (1 - down[:, None]) + bottom[:, None, :] * down[:, None]
    bridged: Films = ((level + upright) / 2).astype(np.float32)
    return bridged


def _sides(lines: Films, start: int, end: int, size: int) -> tuple[Films, Films]:
    """Values just before and just after a box `(3, n)` along the last axis."""
    edges = [lines[:, :, index] for index in (start - 1, end) if 0 <= index < size]
    if not edges:
        edges = [lines.mean(axis=2)]
    return edges[0], edges[-1]


def _steps(count: int) -> NDArray[np.float32]:
    return np.linspace(0, 1, count + 2, dtype=np.float32)[1:-1]
