"""What the marks of one film measure, kept: views are painted more often than marks change."""

from __future__ import annotations

from typing import Final

from engine.domain.annotation import Annotation
from engine.domain.image import PixelImage
from engine.domain.study import PixelSpacing
from engine.imaging.measure import Measurement, measure

KEPT: Final = 200
"""Results that are kept."""


class MeasuredMarks:
    """Results of marks on one film, by mark and spacing."""

    def __init__(self) -> None:
        self._kept: dict[tuple[Annotation, PixelSpacing | None], Measurement] = {}

    def of(
        self, mark: Annotation, film: PixelImage, spacing: PixelSpacing | None, projection: str
    ) -> Measurement:
        """What a mark measures; arguments as of `engine.imaging.measure.measure`."""
        key = (mark, spacing)
        if key not in self._kept:
            if len(self._kept) >= KEPT:
                self._kept.clear()
            self._kept[key] = measure(mark, film, spacing, projection)
        return self._kept[key]

    def clear(self) -> None:
        """Forget them: another film."""
        self._kept.clear()
