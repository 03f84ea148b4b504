"""Presentation states of the film in one view: those that lie beside it, and the one in force.

A state of somebody else may hide a part of a film or turn it, so none is applied by itself: they
are offered, and the one in force is named at the border until it is left.
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
    """What is offered and what is in force.

    Signals:
        changed: Paint it anew.
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
        """The states about this film, the newest first."""
        return self._offered

    @property
    def ref(self) -> PresentationRef | None:
        """Which of them is in force; None for none."""
        return self._ref

    @property
    def state(self) -> PresentationState | None:
        """What the one in force asks for."""
        return self._state

    @property
    def is_whole(self) -> bool:
        """Whether window, turn and place of a state were taken over, not its graphics alone."""
        return self._as_applied is not None

    @property
    def graphics(self) -> tuple[Graphic, ...]:
        """Its lines and shapes."""
        return () if self._state is None else self._state.graphics

    @property
    def texts(self) -> tuple[GraphicText, ...]:
        """Its words."""
        return () if self._state is None else self._state.texts

    def badge(self, shown: Presentation | None) -> str:
        """What stands at the border; empty where nothing is in force or offered.

        Args:
            shown: How the film is shown now.
        """
        if self._state is None:
            return "PRESENTATION STATE OFFERED" if self._offered else ""
        if not self.is_whole:
            return f"GRAPHICS OF STATE “{self._state.title}”"
        changed = "" if shown == self._as_applied else ", CHANGED"
        return f"STATE “{self._state.title}”{changed}"

    def offer(self, refs: tuple[PresentationRef, ...]) -> None:
        """Say which states lie beside the film."""
        if refs != self._offered:
            self._offered = refs
            self.changed.emit()

    def take(
        self, ref: PresentationRef, state: PresentationState, shown: Presentation | None
    ) -> None:
        """Let a state be in force.

        Args:
            ref: Which one.
            state: What it asks for.
            shown: How the film is shown by it; None for its graphics alone.
        """
        self._ref, self._state, self._as_applied = ref, state, shown
        self.changed.emit()

    def leave(self) -> None:
        """Let none be in force."""
        if self._state is not None:
            self._ref, self._state, self._as_applied = None, None, None
            self.changed.emit()

    def forget(self) -> None:
        """Another film: nothing is offered yet."""
        self._offered = ()
        self.leave()
