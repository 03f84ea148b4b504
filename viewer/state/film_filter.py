"""What one view paints a film through: its display filter, and the smoothing between pixels.

Only what is painted goes through it. Measurements, statistics, the model and the file itself
never do.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from engine.domain.display_filter import DisplayFilter
from engine.domain.interpolation import Interpolation


class FilmFilter(QObject):
    """Which filter is in force.

    Signals:
        changed: Other samples are to be painted.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._kind = DisplayFilter.NONE
        self._samples: NDArray[np.uint16] | None = None
        self._interpolation = Interpolation.AUTOMATIC

    @property
    def interpolation(self) -> Interpolation:
        """How the film is smoothed when it is enlarged."""
        return self._interpolation

    def interpolate(self, interpolation: Interpolation) -> None:
        """Smooth the film so."""
        if interpolation is not self._interpolation:
            self._interpolation = interpolation
            self.changed.emit()

    @property
    def kind(self) -> DisplayFilter:
        """The filter that is painted now."""
        return self._kind

    @property
    def samples(self) -> NDArray[np.uint16] | None:
        """The film through it; None for the film itself."""
        return self._samples

    def show(self, kind: DisplayFilter, samples: NDArray[np.uint16]) -> None:
        """Paint a film through a filter.

        Args:
            kind: Which.
            samples: `(rows, columns)`, of the film in this view.
        """
        self._kind, self._samples = kind, samples
        self.changed.emit()

    def leave(self) -> None:
        """Paint the film itself."""
        if self._samples is not None:
            self._kind, self._samples = DisplayFilter.NONE, None
            self.changed.emit()
