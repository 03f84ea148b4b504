"""Presentation states of the film in one viewport: those found beside it, and the applied one.

Somebody else's state may hide a part of a film or turn it, so none is applied unasked. States are
offered, and the applied one is named at the border until it is left.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from engine.domain.presentation_state import (
    Graphic,
    GraphicText,
    PresentationRef,
    PresentationState,
)
from viewer.state.presentation import Presentation


class AppliedState(QObject):
    """The presentation states on offer and the one applied.

    Signals:
        changed: Offered or applied states changed; paint again.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._offered: tuple[PresentationRef, ...] = ()
        self._ref: PresentationRef | None = None
        self._state: PresentationState | None = None
        self._as_applied: Presentation | None = None

    @property
    def offered(self) -> tuple[PresentationRef, ...]:
        """The presentation states that refer to this film, newest first."""
        return self._offered

    @property
    def ref(self) -> PresentationRef | None:
        """The applied state; None if none is applied."""
        return self._ref

    @property
    def state(self) -> PresentationState | None:
        """Contents of the applied state; None if none is applied."""
        return self._state

    @property
    def is_whole(self) -> bool:
        """Whether the applied state sets window and placement too, not only graphics."""
        return self._as_applied is not None

    @property
    def graphics(self) -> tuple[Graphic, ...]:
        """Lines and shapes of the applied state."""
        return () if self._state is None else self._state.graphics

    @property
    def texts(self) -> tuple[GraphicText, ...]:
        """Texts of the applied state."""
        return () if self._state is None else self._state.texts

    def badge(self, shown: Presentation | None) -> str:
        """The badge at the border; empty if nothing is applied or offered.

        Args:
            shown: How the film is shown at present; a difference from the applied state is named.
        """
        if self._state is None:
            return "PRESENTATION STATE OFFERED" if self._offered else ""
        if not self.is_whole:
            return f"GRAPHICS OF STATE “{self._state.title}”"
        changed = "" if shown == self._as_applied else ", CHANGED"
        return f"STATE “{self._state.title}”{changed}"

    def offer(self, refs: tuple[PresentationRef, ...]) -> None:
        """Set the states that refer to the film."""
        if refs != self._offered:
            self._offered = refs
            self.changed.emit()

    def take(
        self, ref: PresentationRef, state: PresentationState, shown: Presentation | None
    ) -> None:
        """Apply a state.

        Args:
            ref: The state to apply.
            state: Its contents.
            shown: How the film is shown by it; None to apply its graphics alone.
        """
        self._ref, self._state, self._as_applied = ref, state, shown
        self.changed.emit()

    def leave(self) -> None:
        """Stop applying the state."""
        if self._state is not None:
            self._ref, self._state, self._as_applied = None, None, None
            self.changed.emit()

    def forget(self) -> None:
        """Drop offered and applied states, for another film."""
        self._offered = ()
        self.leave()
