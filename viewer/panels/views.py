"""The viewports: up to four films of one patient in a grid, or one at a time under tabs.

On a narrow window the default layout shows one film and tabs. A layout that the reader chose is
shown as it is at any width.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QAction, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QGridLayout, QTabBar, QVBoxLayout, QWidget

from engine.domain.annotation import Annotation
from engine.domain.evidence import EvidenceGrade, Region
from engine.domain.report import SentenceId
from viewer.canvas.viewport import Viewport
from viewer.desk import Desk
from viewer.panels.thumbnails import FILM_MIME
from viewer.state.film_in_view import FilmCaption
from viewer.state.films import Film
from viewer.state.layout import SLOTS
from viewer.state.linked_views import LinkedViews
from viewer.state.tool_choice import ToolChoice
from viewer.state.viewport import ViewportState
from viewer.state.wording import date_text, short_name, view_word
from viewer.theme.palette import set_look
from viewer.theme.tokens import DARK, Tokens
from viewer.tools.arrow_keys import ArrowKeys
from viewer.tools.dispatcher import ToolDispatcher
from viewer.tools.loupe import LoupeKey

GAP = 2


class ViewsPanel(QWidget):
    """Four viewports; which are visible, and which is active.

    Signals:
        active_changed: The active viewport's `ViewportState`.
        menu_requested: Screen position for the film's menu.
        annotation_menu_requested: Screen position for the selected annotation's menu.
        point_asked: SOP instance UID and a point in image pixels whose sentences are wanted.

    Args:
        desk: States of the open workspace.
        loupe: The command whose keys show the loupe.
        tokens: Colours.
        parent: The window.
    """

    active_changed = Signal(object)
    menu_requested = Signal(QPoint)
    annotation_menu_requested = Signal(QPoint)
    point_asked = Signal(str, float, float)

    def __init__(
        self,
        desk: Desk,
        loupe: QAction,
        tokens: Tokens = DARK,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self.states = tuple(ViewportState(self, desk.annotations) for _ in range(SLOTS))
        self.links = LinkedViews(self.states, self)
        self.views = tuple(Viewport(state, tokens, self) for state in self.states)
        self.tool = ToolChoice(self)
        self._dispatchers: list[ToolDispatcher] = []
        self._loupes: list[LoupeKey] = []
        self._arrows: list[ArrowKeys] = []
        self.tabs = QTabBar()
        self._is_narrow = False
        self._is_maximised = False
        self._active = 0
        self._followed: SentenceId | None = None
        self._grid = QGridLayout()
        self._grid_cells: list[tuple[int, int]] = []
        self._lay_out()
        self.setAcceptDrops(True)
        self.tabs.currentChanged.connect(self._on_tab)
        for index, view in enumerate(self.views):
            view.state.image_changed.connect(partial(self._note_zoom, view.state))
            view.state.geometry_changed.connect(partial(self._note_zoom, view.state))
            view.focused.connect(lambda index=index: self._activate(index))
            dispatcher = ToolDispatcher(view, self.tool)
            self._dispatchers.append(dispatcher)
            self._loupes.append(LoupeKey(view, loupe))
            self._arrows.append(ArrowKeys(view, self.tool, dispatcher))
            dispatcher.menu_requested.connect(self.menu_requested)
            dispatcher.annotation_menu_requested.connect(self.annotation_menu_requested)
            dispatcher.maximise_requested.connect(self.toggle_maximised)
            dispatcher.film_asked.connect(lambda step, index=index: self._step_under(index, step))
            dispatcher.frame_asked.connect(lambda step, index=index: self._turn_under(index, step))
            dispatcher.point_asked.connect(lambda x, y, index=index: self._ask_about(index, x, y))
        desk.films.slots_changed.connect(self.refresh)
        desk.films.film_changed.connect(self._show_film)
        desk.film_watch.changed.connect(self._show_captions)
        desk.evidence.changed.connect(self._show_evidence)
        desk.library.rows_changed.connect(self._show_nothing)
        self.refresh()

    @property
    def active(self) -> ViewportState:
        """State of the viewport that keys and tools act on."""
        return self.states[self._active]

    @property
    def active_view(self) -> Viewport:
        """The viewport that keys and tools act on."""
        return self.views[self._active]

    def sentence_of(self, annotation: Annotation) -> str:
        """An annotation's measurement as a sentence; empty if its film is not in view."""
        for state in self.states:
            image = state.film.image
            is_its_film = image is not None and image.sop_uid == annotation.sop_uid
            if is_its_film and state.film.pixels is not None:
                return state.in_view.measured(annotation).sentence
        return ""

    def toggle_loupe(self) -> None:
        """Show the loupe in the active viewport, or hide it."""
        self._loupes[self._active].toggle()

    def select_annotation(self) -> None:
        """Select the next annotation of the active film; after the last one none."""
        self._arrows[self._active].select_annotation()

    def select_handle(self) -> None:
        """Let the arrow keys move the selected annotation's next handle, or all of it again."""
        self._arrows[self._active].select_handle()

    def toggle_model_eye(self) -> None:
        """Show the active film as the model sees it, or the film again."""
        state, film = self.active, self.active.film.pixels
        if state.film.model_view is not None:
            state.film.show_model_view(None)
        elif film is not None:

            def came(grey: NDArray[np.uint8]) -> None:
                if state.film.pixels is film:
                    state.film.show_model_view(grey)

            self._desk.films.read_as_model(film, came)

    def drop_tool(self) -> bool:
        """Drop an unfinished annotation, its tool and the loupe; False if there is none of them."""
        was_marking = self.tool.places
        for dispatcher in self._dispatchers:
            dispatcher.cancel_placing()
        self.tool.leave()
        loupe = self.active_view.loupe
        was_enlarging = loupe.position is not None
        loupe.hide()
        return was_marking or was_enlarging

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept a film dragged from the thumbnails."""
        if event.mimeData().hasFormat(FILM_MIME):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Show the dragged film in the viewport it was dropped on."""
        number = int(event.mimeData().data(FILM_MIME).toStdString())
        slots = self._desk.thumbnails.slots
        for index, view in enumerate(self.views):
            is_under = view.isVisible() and view.geometry().contains(event.position().toPoint())
            if is_under and number < len(slots):
                self._desk.films.exchange(index, slots[number].image)
                event.acceptProposedAction()

    def set_narrow(self, *, is_narrow: bool) -> None:
        """Set whether the window is narrow: the default layout then uses tabs."""
        self._is_narrow = is_narrow
        self._arrange()

    def refresh(self) -> None:
        """Show the films of the present layout."""
        films = self._desk.films.films
        self._is_maximised = False
        for index, state in enumerate(self.states):
            if index < len(films):
                self._show_film(index)
            else:
                state.clear()
        if not films:
            self._show_nothing()
        self._activate(0)
        self._arrange()

    @property
    def active_index(self) -> int:
        """Index of the active film among those in view."""
        return self._active

    def select_view(self, step: int) -> None:
        """Activate the next (1) or previous (-1) film; after the last comes the first."""
        count = len(self._desk.films.films)
        if count > 1:
            self._activate((self._active + step) % count)
            self.active_view.setFocus(Qt.FocusReason.TabFocusReason)

    def step_film(self, step: int) -> None:
        """Show the next (1) or previous (-1) film in the active viewport."""
        self._desk.films.step(self._active, step)

    def turn_frame(self, step: int) -> None:
        """Show the next (1) or previous (-1) frame of the active film."""
        self._desk.films.turn_frame(self._active, step)

    def _turn_under(self, index: int, step: int) -> None:
        """Step through the frames of the film under the pointer."""
        self._activate(index)
        self.turn_frame(step)

    def _note_zoom(self, state: ViewportState) -> None:
        if state.film.image is not None and state.film.pixels is not None:
            self._desk.thumbnails.saw(state.film.image, state.placement.zoom)

    def _step_under(self, index: int, step: int) -> None:
        """Step through the films in the viewport under the pointer."""
        self._activate(index)
        self.step_film(step)

    def caption(self, film: Film) -> FilmCaption:
        """Corner texts of a film."""
        badges = [word for word, is_on in self._badges(film) if is_on]
        images = film.study.images
        picture = "" if self._desk.session.hides_names else film.study.file_name
        position = f"{images.index(film.image) + 1} of {len(images)}" if len(images) > 1 else ""
        if film.image.frames > 1:
            frame = f"frame {film.frame + 1} of {film.image.frames}"
            position = f"{position} · {frame}" if position else frame
        return FilmCaption(
            patient=picture or short_name(film.study.patient),
            study=date_text(film.study.study_date),
            view=view_word(film.image),
            position=position,
            badges=tuple(badges),
        )

    def toggle_maximised(self) -> None:
        """Show the active film alone, or all films again."""
        self._is_maximised = not self._is_maximised
        self._arrange()

    def _show_film(self, index: int) -> None:
        films = self._desk.films.films
        film, state = films[index], self.states[index]
        self._rename_tabs(films)
        caption = self.caption(film)
        if film.pixels is not None:
            state.show_image(film.image, film.pixels, caption)
        elif film.failure is not None:
            failure = film.failure
            state.show_unreadable(film.image, caption, failure.sentence, failure.what_to_do)
        else:
            state.show_decoding(film.image, caption)
        self._show_evidence()

    def _show_captions(self) -> None:
        for index in range(len(self._desk.films.films)):
            self._show_film(index)

    def _show_evidence(self) -> None:
        """Outline the focused sentence's cells; bring their film to the front of the tabs."""
        evidence = self._desk.evidence
        films = self._desk.films.films[: len(self.views)]
        cells = [evidence.regions_on(film.image.sop_uid) for film in films]
        grade = evidence.focused.grade if evidence.focused else EvidenceGrade.NOT_SHOWN
        for view, shown in zip(self.views, cells, strict=False):
            view.show_cells(shown, grade)
        is_other, self._followed = evidence.focused_id != self._followed, evidence.focused_id
        # Only for another sentence: the reader may have moved the films since the last one.
        if is_other and self.tabs.isVisible() and any(cells) and not cells[self._active]:
            self._activate(next(index for index, shown in enumerate(cells) if shown))
        if is_other:
            for state, shown in zip(self.states, cells, strict=False):
                _bring_into_view(state, shown)

    def _ask_about(self, index: int, x: float, y: float) -> None:
        image, geometry = self.states[index].film.image, self.states[index].placement.geometry
        if image is not None and geometry is not None:
            self.point_asked.emit(image.sop_uid, *geometry.to_image(x, y))

    def _show_nothing(self) -> None:
        if self._desk.films.films:
            return
        has_study = self._desk.library.study is not None
        if has_study:
            self.states[0].clear("This study has no film.", "Choose another study.")
        elif self._desk.library.rows:
            self.states[0].clear("No study is open.", "Choose one in the list, or drop a folder.")
        else:
            self.states[0].clear("No studies.", "Drop a folder, or press Ctrl+O.")

    def _badges(self, film: Film) -> tuple[tuple[str, bool], ...]:
        return (
            ("DEMO", self._desk.session.is_demo),
            ("PRIOR", film.is_prior),
            ("NOT A DIAGNOSTIC SOURCE", film.image.is_picture),
            (
                "NOT THE FILM OF THE REPORT",
                film.image.sop_uid in self._desk.film_watch.differing,
            ),
        )

    def _rename_tabs(self, films: tuple[Film, ...]) -> None:
        self.tabs.blockSignals(True)  # noqa: FBT003 - Qt's own signature
        while self.tabs.count():
            self.tabs.removeTab(0)
        for film in films:
            prior = f"Prior {date_text(film.study.study_date)}"
            self.tabs.addTab(prior if film.is_prior else view_word(film.image))
        self.tabs.blockSignals(False)  # noqa: FBT003 - the same

    def _on_tab(self, index: int) -> None:
        if index >= 0:
            self._activate(index)

    def _activate(self, index: int) -> None:
        self._active = index
        if self.tabs.currentIndex() != index and index < self.tabs.count():
            self.tabs.setCurrentIndex(index)
        for position, view in enumerate(self.views):
            view.set_active(position == index)
        self._arrange()
        self.active_changed.emit(self.active)

    def _arrange(self) -> None:
        films = self._desk.films
        count = len(films.films)
        folds = self._is_narrow and not films.is_chosen
        is_tabbed = count > 1 and (folds or self._is_maximised)
        self.tabs.setVisible(is_tabbed)
        self._place_in_grid(films.films, is_tabbed=is_tabbed)
        for index, view in enumerate(self.views):
            is_wanted = index < max(count, 1)
            view.setVisible(is_wanted and (not is_tabbed or index == self._active))
        seen = [view.state for view in self.views if not view.isHidden()]
        self.links.set_seen(seen)

    def _place_in_grid(self, films: tuple[Film, ...], *, is_tabbed: bool) -> None:
        cells = [(0, 0)] * len(self.views)
        if not is_tabbed:
            for index, film in enumerate(films):
                cells[index] = (film.row, film.column)
        if cells != self._grid_cells:
            self._grid_cells = cells
            for view, cell in zip(self.views, cells, strict=True):
                self._grid.removeWidget(view)
                self._grid.addWidget(view, *cell)
        for position in range(SLOTS):
            used = cells[: max(len(films), 1)]
            self._grid.setColumnStretch(position, int(any(c == position for _, c in used)))
            self._grid.setRowStretch(position, int(any(r == position for r, _ in used)))

    def _lay_out(self) -> None:
        set_look(self, surface="ground")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.tabs.setExpanding(False)
        self.tabs.setDrawBase(False)
        self.tabs.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(GAP)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.tabs)
        column.addLayout(self._grid, 1)


def _bring_into_view(state: ViewportState, cells: Sequence[Region]) -> None:
    """Move an enlarged film so that the cells are visible; do not move it if they are."""
    if not cells or state.placement.geometry is None:
        return
    corners = [(c.left, c.top) for c in cells] + [(c.right, c.bottom) for c in cells]
    corners_in_view = [state.placement.geometry.to_view(x, y) for x, y in corners]
    for_each = zip(zip(*corners_in_view, strict=True), state.placement.view_size, strict=True)
    moves = [
        0.0 if min(ends) >= 0 and max(ends) <= size else size / 2 - (min(ends) + max(ends)) / 2
        for ends, size in for_each
    ]
    if any(moves):
        state.placement.pan_by(*moves)
