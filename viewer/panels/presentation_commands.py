"""What the window does with presentation states: offers, applies, leaves and saves them."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from engine.domain.presentation_state import PresentationRef, PresentationState
from engine.errors import UnsupportedImageError
from engine.imaging.presentation import GreyLook, ShownFilm
from viewer.actions import presentation
from viewer.actions.registry import CommandRegistry
from viewer.app_context import AppContext
from viewer.errors import Notice, Severity, notice_of
from viewer.panels.views import ViewsPanel
from viewer.state.viewport import ViewportState
from viewer.tasks.changes import NOTHING

_NONE_HERE = "No presentation state about this film is in the workspace."


class PresentationCommands(QObject):
    """Acts on the active film.

    Args:
        window: Parent of the system's dialogs.
    """

    def __init__(
        self, registry: CommandRegistry, context: AppContext, views: ViewsPanel, window: QWidget
    ) -> None:
        super().__init__(window)
        self._context = context
        self._views = views
        self._window = window
        registry.bind(presentation.NEXT_STATE, self.next_state)
        registry.bind(presentation.SAVE_STATE, self._ask_and_save)
        context.presentations.changed.connect(self._offer)
        for state in views.states:
            state.image_changed.connect(self._offer)
        self._offer()

    def next_state(self) -> None:
        """As the file asks, then each state, whole and its graphics alone, and round again."""
        state = self._views.active
        steps = _steps(state)
        if len(steps) == 1:
            self._say("No presentation state", _NONE_HERE)
            return
        applied = state.applied
        now = (applied.ref, applied.state is not None and not applied.is_whole)
        place = steps.index(now) if now in steps else 0
        self.show_state(state, *steps[(place + 1) % len(steps)])

    def show_state(
        self,
        view: ViewportState,
        ref: PresentationRef | None,
        graphics_only: bool,  # noqa: FBT001
    ) -> None:
        """Apply a state to the film of a view; None for the film as its own file asks."""
        image, pixels = view.image, view.pixels
        if ref is None or image is None:
            view.leave_state()
            return

        def came(state: PresentationState) -> None:
            if view.pixels is not pixels:
                return
            try:
                view.apply_state(ref, state, graphics_only=graphics_only)
            except UnsupportedImageError as error:
                self._context.noticed.emit(notice_of(error))
                return
            self._tell_left_out(state)

        self._context.presentations.read(ref, image, came)

    def add_to(self, menu: QMenu) -> QMenu | None:
        """Add a menu of the states beside the active film, the one in force checked."""
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
        """Write the active film as it is seen."""
        workspace, shown = self._context.session.workspace, self._shown()
        if workspace is None or shown is None:
            return

        def done(path: Path) -> None:
            self._say("Saved", f"The presentation state was written to {path.name}.")

        self._context.runner.change(
            lambda: workspace.presenting.save(shown, to), NOTHING, done, self._context.tell_error
        )

    def _on_chosen(
        self,
        view: ViewportState,
        ref: PresentationRef | None,
        graphics_only: bool,  # noqa: FBT001 - of a menu's entry
        _checked: object = None,
    ) -> None:
        self.show_state(view, ref, graphics_only)

    def _ask_and_save(self) -> None:
        if self._views.active.pixels is None:
            return
        name, _ = QFileDialog.getSaveFileName(
            self._window, "Save as presentation state", "presentation.dcm", "DICOM (*.dcm)"
        )
        if name:
            self.save(Path(name).with_suffix(".dcm"))

    def _shown(self) -> ShownFilm | None:
        view, films = self._views.active, self._context.films.films
        look, area = view.presentation, view.area
        index = self._views.active_index
        if view.image is None or view.pixels is None or look is None or area is None:
            return None
        return ShownFilm(
            study=films[index].study,
            image=view.image,
            pixels=view.pixels,
            spacing=view.spacing,
            look=GreyLook(voi=look.voi, inverted=look.inverted),
            turn=look.turn,
            area=area,
            shutter=view.shutter if view.is_shuttered else None,
            marks=view.marks.of_film(view.image.sop_uid),
            author=self._context.session.user_name,
        )

    def _offer(self) -> None:
        for view in self._views.states:
            image = view.image
            known = () if image is None else self._context.presentations.of_film(image.sop_uid)
            view.applied.offer(known if view.pixels is not None else ())

    def _tell_left_out(self, state: PresentationState) -> None:
        if state.left_out:
            sentence = f"Not shown of the presentation state: {', '.join(state.left_out)}."
            self._context.noticed.emit(
                Notice(title="Presentation state", sentence=sentence, severity=Severity.DECIDE)
            )

    def _say(self, title: str, sentence: str) -> None:
        self._context.noticed.emit(Notice(title=title, sentence=sentence, severity=Severity.QUIET))


def _steps(view: ViewportState) -> list[tuple[PresentationRef | None, bool]]:
    """What the key goes through: no state, then each whole and as graphics only."""
    steps: list[tuple[PresentationRef | None, bool]] = [(None, False)]
    for ref in view.applied.offered:
        steps += [(ref, False), (ref, True)]
    return steps


def _words(ref: PresentationRef | None, *, graphics_only: bool) -> str:
    """A line of the menu; no letter of it is a mnemonic."""
    if ref is None:
        return "As in the file"
    title = ref.title.replace("&", "&&")
    if graphics_only:
        return f"{title}, graphics only"
    maker = f" by {ref.creator}".replace("&", "&&") if ref.creator else ""
    day = f", {ref.created:%Y-%m-%d}" if ref.created else ""
    return f"{title}{maker}{day}"
