"""Whether the reader's hand is zooming or moving a film at this moment."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

REST_MS: Final = 120
"""Without a further move for so long the film has come to rest."""


class Glide(QObject):
    """The movement of one film under the hand; commands and keys do not make it glide.

    Signals:
        rested: It has come to rest.
    """

    rested = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._is_on = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(REST_MS)
        self._timer.timeout.connect(self.rest)

    @property
    def is_on(self) -> bool:
        """Whether the film moves: its frames may be quick rather than exact."""
        return self._is_on

    def go_on(self) -> None:
        """The hand has moved the film."""
        self._is_on = True
        self._timer.start()

    def rest(self) -> None:
        """It has stopped, or somebody must see it exactly now."""
        self._timer.stop()
        if self._is_on:
            self._is_on = False
            self.rested.emit()
