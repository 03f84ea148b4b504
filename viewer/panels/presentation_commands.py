"""Presentation states: offering, applying, leaving and saving them."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMenu, QWidget

from engine.domain.presentation_state import PresentationRef, PresentationState
from engine.errors import UnsupportedImageError
from engine.imaging.presentation import GreyLook, ShownFilm
from viewer.actions import presentation
from viewer.actions.registry import CommandRegistry
from viewer.desk import Desk
from viewer.errors import NoticeLevel
from viewer.panels.views import ViewsPanel
from viewer.state.viewport import ViewportState
from viewer.widgets.file_choice import ask_where

_NONE_HERE = "There is no presentation state for this film."


class PresentationCommands(QObject):
    """Binds the commands for presentation states of the active film.

    Args:
        registry: With the commands added.
        desk: States of the open workspace.
        views: The viewports.
        window: Parent of the system's dialogs.
    """

    def __init__(
        self, registry: CommandRegistry, desk: Desk, views: ViewsPanel, window: QWidget
    ) -> None:
        super().__init__(window)
        self._desk = desk
        self._say = desk.notices.say
        self._views = views
        self._window = window
        registry.bind(presentation.NEXT_STATE, self.next_state)
        registry.bind(presentation.SAVE_STATE, self._ask_and_save)
        desk.presentations.changed.connect(self._offer)
        for state in views.states:
            state.image_changed.connect(self._offer)
        self._offer()

    def next_state(self) -> None:
        """Go from the file's own look to each state, whole and as graphics only, and back."""
        state = self._views.active
        steps = _steps(state)
        if len(steps) == 1:
            self._say("No presentation state", _NONE_HERE)
            return
        applied = state.applied
        now = (applied.ref, applied.state is not None and not applied.is_whole)
        step = steps.index(now) if now in steps else 0
        self.show_state(state, *steps[(step + 1) % len(steps)])

    def show_state(
        self,
        view: ViewportState,
        ref: PresentationRef | None,
        graphics_only: bool,  # noqa: FBT001
    ) -> None:
        """Apply a state to a film; None for the look that the file asks for."""
        image, pixels = view.film.image, view.film.pixels
        if ref is None or image is None:
            view.leave_state()
            return

        def came(state: PresentationState) -> None:
            if view.film.pixels is not pixels:
                return
            try:
                view.apply_state(ref, state, graphics_only=graphics_only)
            except UnsupportedImageError as error:
                self._desk.notices.tell(error)
                return
            self._tell_left_out(state)

        self._desk.presentations.read(ref, image, came)

    def add_to(self, menu: QMenu) -> QMenu | None:
        """Add a menu of the states offered for the active film, with the applied one checked."""
        view = self._views.active
        steps = _steps(view)
        if len(steps) == 1:
            return None
        added = menu.addMenu("Presentation state")
        applied = view.applied
        now = (applied.ref, applied.state is not None and not applied.is_whole)
        for ref, graphics_only in steps:
            action = added.addAction(_words(ref, graphics_only=graphics_only))
            action.setCheckable(True)
            action.setChecked((ref, graphics_only) == now)
            action.triggered.connect(partial(self._on_chosen, view, ref, graphics_only))
        menu.addSeparator()
        return added

    def save(self, to: Path) -> None:
        """Write the active film as it is seen as a presentation state."""
        shown = self._shown()
        if shown is not None:
            self._desk.presentations.save(shown, to)

    def _on_chosen(
        self,
        view: ViewportState,
        ref: PresentationRef | None,
        graphics_only: bool,  # noqa: FBT001 - of a menu's entry
        _checked: object = None,
    ) -> None:
        self.show_state(view, ref, graphics_only)

    def _ask_and_save(self) -> None:
        if self._views.active.film.pixels is None:
            return
        to = ask_where(
            self._window, "Save as presentation state", "presentation.dcm", "DICOM (*.dcm)"
        )
        if to is not None:
            self.save(to.with_suffix(".dcm"))

    def _shown(self) -> ShownFilm | None:
        view, films = self._views.active, self._desk.films.films
        look, area = view.presentation, view.placement.area
        index = self._views.active_index
        if view.film.image is None or view.film.pixels is None or look is None or area is None:
            return None
        return ShownFilm(
            study=films[index].study,
            image=view.film.image,
            pixels=view.film.pixels,
            spacing=view.in_view.spacing,
            look=GreyLook(voi=look.voi, inverted=look.inverted),
            turn=look.turn,
            area=area,
            shutter=view.film.shutter if view.film.is_shuttered else None,
            annotations=view.annotations.of_film(view.film.image.sop_uid),
            author=self._desk.session.user_name,
        )

    def _offer(self) -> None:
        for view in self._views.states:
            image = view.film.image
            known = () if image is None else self._desk.presentations.of_film(image.sop_uid)
            view.applied.offer(known if view.film.pixels is not None else ())

    def _tell_left_out(self, state: PresentationState) -> None:
        if state.left_out:
            sentence = f"Not shown of the presentation state: {', '.join(state.left_out)}."
            self._say("Presentation state", sentence, NoticeLevel.DECIDE)


def _steps(view: ViewportState) -> list[tuple[PresentationRef | None, bool]]:
    """The steps of the key: no state, then each state whole and as graphics only."""
    steps: list[tuple[PresentationRef | None, bool]] = [(None, False)]
    for ref in view.applied.offered:
        steps += [(ref, False), (ref, True)]
    return steps


def _words(ref: PresentationRef | None, *, graphics_only: bool) -> str:
    """Text of a menu entry; ampersands are escaped, because a menu would underline a letter."""
    if ref is None:
        return "As in file"
    title = ref.title.replace("&", "&&")
    if graphics_only:
        return f"{title}, graphics only"
    maker = f" by {ref.creator}".replace("&", "&&") if ref.creator else ""
    day = f", {ref.created:%Y-%m-%d}" if ref.created else ""
    return f"{title}{maker}{day}"
