"""A crosshair that the arrow keys move over a film, for readers without a mouse."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal


class KeyPointer(QObject):
    """The position of the keyboard crosshair in one viewport.

    Signals:
        changed: Moved, shown or hidden; paint again.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._position: tuple[float, float] | None = None

    @property
    def position(self) -> tuple[float, float] | None:
        """Position in view pixels; None while hidden."""
        return self._position

    def show_at(self, x: float, y: float) -> None:
        """Show the crosshair at a position in view pixels."""
        if self._position != (x, y):
            self._position = (x, y)
            self.changed.emit()

    def hide(self) -> None:
        """Hide the crosshair."""
        if self._position is not None:
            self._position = None
            self.changed.emit()
