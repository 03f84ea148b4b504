"""The command of the cardiothoracic ratio: it proposes lines first, and takes the tool to hand."""

from __future__ import annotations

from PySide6.QtCore import QObject

from engine.domain.annotation_kind import AnnotationKind
from viewer.actions.registry import CommandRegistry
from viewer.desk import Desk
from viewer.panels.views import ViewsPanel

_KIND = AnnotationKind.CARDIOTHORACIC


class RatioCommand(QObject):
    """Chooses the tool at once and asks for a proposal, which comes while the reader looks.

    Args:
        registry: With the tools bound.
        desk: States of the open workspace.
        views: The films.
    """

    def __init__(
        self,
        registry: CommandRegistry,
        desk: Desk,
        views: ViewsPanel,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._views = views
        self._choice = views.tool
        registry.bind(f"tool.{_KIND.value}", self._choose)
        desk.annotations.confirmed.connect(self._on_confirmed)

    def drop(self) -> bool:
        """Take a proposal down or wait for none; False if there was nothing of it."""
        was_asking = self._desk.ratio.is_asking
        self._desk.ratio.stop()
        return self._desk.annotations.drop_proposal() or was_asking

    def _choose(self) -> None:
        if self._desk.annotations.drop_proposal():
            # Pressed again with a proposal on the film: the reader draws the lines by hand.
            if self._choice.tool is not _KIND:
                self._choice.choose(_KIND)
            return
        self._desk.ratio.stop()
        self._choice.choose(_KIND)
        film = self._views.active.film
        is_first = self._choice.tool is _KIND and not self._choice.stays
        if is_first and film.image is not None and film.pixels is not None:
            self._desk.ratio.ask(film.image, film.pixels)

    def _on_confirmed(self) -> None:
        if self._choice.tool is _KIND:
            self._choice.finish()
