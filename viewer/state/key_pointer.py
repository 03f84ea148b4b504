"""A pointer that the arrow keys move over a film, for readers without a mouse."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal


class KeyPointer(QObject):
    """Where the arrow keys point in one view.

    Signals:
        changed: Paint it anew.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._place: tuple[float, float] | None = None

    @property
    def place(self) -> tuple[float, float] | None:
        """Where it stands, in view pixels; None while it is not shown."""
        return self._place

    def show_at(self, x: float, y: float) -> None:
        """Stand there."""
        if self._place != (x, y):
            self._place = (x, y)
            self.changed.emit()

    def put_away(self) -> None:
        """Show it no more."""
        if self._place is not None:
            self._place = None
            self.changed.emit()
