"""The display filter of one view: which one, and the film's samples through it.

Only what is painted goes through it. Measurements, statistics, the model and the file itself
never do.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from engine.domain.display_filter import DisplayFilter


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
