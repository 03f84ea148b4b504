"""A film and copies of it at a half, a quarter and an eighth, for quick frames while zooming.

During a zoom drag a frame is interpolated from the copy nearest in size, which costs a tenth of the
exact mean over each device pixel. Positions are off by at most a fifth of a device pixel. When the
drag ends the frame is painted exactly (see `film_buffer`). Nothing is ever measured on these
copies.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

_LEVELS: Final = 4
_EDGE: Final = 64
"""Width of the repeated edge around the film, in pixels, so that a frame can begin outside it."""
_MOST_BEFORE: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run of device pixels along one axis.

    Attributes:
        first: Stored position (pixel centres at whole numbers) of the first one's centre.
        step: Stored pixels per device pixel, > 0.
        count: Number of device pixels.
    """

    first: float
    step: float
    count: int


class FilmLevels:
    """The copies of one film. They take a third more memory than the film: drop them after a drag.

    Args:
        samples: `(rows, columns)` stored values.
    """

    def __init__(self, samples: NDArray[np.uint16]) -> None:
        import cv2  # noqa: PLC0415 - after the first paint

        self.samples = samples
        # Pad to whole pixels at every level: halving an odd side would add an error at each.
        below, right = (-side % 2 ** (_LEVELS - 1) for side in samples.shape)
        level = cv2.copyMakeBorder(
            samples, _EDGE, _EDGE + below, _EDGE, _EDGE + right, cv2.BORDER_REPLICATE
        )
        self._levels = [level]
        for _ in range(_LEVELS - 1):
            height, width = level.shape
            level = cv2.resize(level, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
            self._levels.append(level)

    def sampled(self, rows: Run, columns: Run) -> NDArray[np.uint16]:
        """The film at device pixels, not turned; `(rows.count, columns.count)`."""
        import cv2  # noqa: PLC0415 - after the first paint

        nearest = round(math.log2(max(rows.step, columns.step)))
        index = min(max(nearest, 0), _LEVELS - 1)
        level = self._levels[index]
        top, bottom, above = _cut(rows, index, level.shape[0])
        left, right, before = _cut(columns, index, level.shape[1])
        scale_x, scale_y = 2**index / columns.step, 2**index / rows.step
        # Without a size OpenCV keeps the scales exactly as given; a rounded size would change them.
        found = cv2.resize(
            level[top:bottom, left:right],
            None,
            fx=scale_x,
            fy=scale_y,
            interpolation=cv2.INTER_LINEAR,
        )
        return np.asarray(found[above : above + rows.count, before : before + columns.count])


def _cut(run: Run, index: int, size: int) -> tuple[int, int, int]:
    """First and last pixel of a level to enlarge, and the surplus device pixels before the run.

    OpenCV aligns the edge of the first device pixel with the edge of the first pixel it is given.
    The run seldom starts on such an edge, but one of the device pixels before it nearly does.
    """
    step = run.step / 2**index
    edge = (run.first + 0.5 + _EDGE) / 2**index - step / 2
    most = min(_MOST_BEFORE, int((edge - 1) / step))
    starts = edge - step * np.arange(max(most, 0) + 1)
    before = int(np.argmin(np.abs(starts - np.rint(starts))))
    start = max(round(starts[before]), 0)
    end = math.ceil(start + (before + run.count + 1) * step) + 1
    return start, min(end, size), before
