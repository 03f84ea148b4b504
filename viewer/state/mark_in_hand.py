"""The mark that is being placed or dragged in one view, which is not kept yet."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from engine.domain.annotation import Annotation


class MarkInHand(QObject):
    """A mark on its way, and what to do next with it.

    Signals:
        changed: Paint it anew.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._mark: Annotation | None = None
        self._hint = ""

    @property
    def mark(self) -> Annotation | None:
        """The mark as it is now; None while none is begun."""
        return self._mark

    @property
    def hint(self) -> str:
        """What to do next."""
        return self._hint

    def show(self, mark: Annotation | None, hint: str = "") -> None:
        """Show a mark that is not kept yet, and what to do next."""
        if (mark, hint) != (self._mark, self._hint):
            self._mark, self._hint = mark, hint
            self.changed.emit()
