"""Dialogs and commands for screen, mouse, display filter and interpolation."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from engine.domain.display_filter import NEXT_FILTER, DisplayFilter
from engine.domain.interpolation import INTERPOLATION_WORDS, Interpolation
from viewer.actions import display
from viewer.actions.registry import CommandRegistry
from viewer.desk import Desk
from viewer.dialogs.millimetres import MeasureScreen
from viewer.dialogs.mouse import MouseSheet
from viewer.state.tool_choice import ToolChoice
from viewer.state.viewport import ViewportState


class DisplaySheets(QObject):
    """Binds the commands of `viewer.actions.display`, and applies the reader's settings.

    Args:
        registry: With the commands added.
        desk: States of the open workspace.
        states: States of the viewports.
        active: Gives the state of the active viewport.
        choice: Gets the mouse settings.
        window: Window under the dialogs.
    """

    def __init__(
        self,
        registry: CommandRegistry,
        desk: Desk,
        states: Sequence[ViewportState],
        active: Callable[[], ViewportState],
        choice: ToolChoice,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._desk = desk
        self._say = desk.notices.say
        self._states = states
        self._active = active
        self._choice = choice
        self._window = window
        registry.bind(display.FILTER, self.next_filter)
        registry.bind(display.INTERPOLATION, self._next_interpolation)
        registry.bind(display.LIFE_SIZE, self.life_size)
        registry.bind(display.MEASURE_SCREEN, self._measure_screen)
        registry.bind(display.MOUSE, self._choose_mouse)
        desk.preferences.habits_changed.connect(self._follow)
        self._follow()

    def next_filter(self) -> None:
        """Go to the next filter: sharpened, local contrast, none."""
        state = self._active()
        film, kind = state.film.pixels, NEXT_FILTER[state.grey.filter.kind]
        if film is None:
            return
        if kind is DisplayFilter.NONE:
            state.grey.filter.leave()
            return

        def came(samples: NDArray[np.uint16]) -> None:
            if state.film.pixels is film:
                state.grey.filter.show(kind, samples)

        self._desk.films.read_filtered(film, kind, came)

    def life_size(self) -> None:
        """Show the film as large as on the detector. A screen nobody measured is measured first."""
        state = self._active()
        if state.film.pixels is None:
            return
        if state.in_view.spacing is None:
            self._say("No scale", "This film has no scale, so its true size is not known.")
            return
        state.placement.screen_pixels_per_mm = self._desk.preferences.pixels_per_mm(self._screen())
        if not state.placement.life_size():
            self._measure_screen()

    def _measure_screen(self) -> None:
        sheet = MeasureScreen(self._window)
        screen = self._screen()

        def keep() -> None:
            if sheet.pixels_per_mm is not None:
                self._desk.preferences.keep_screen(screen, sheet.pixels_per_mm)
                self._say("Measured", "Films can be shown in life size on this screen.")

        sheet.accepted.connect(keep)
        sheet.open()

    def _choose_mouse(self) -> None:
        sheet = MouseSheet(self._desk.preferences.mouse, self._window)
        sheet.accepted.connect(lambda: self._desk.preferences.keep_mouse(sheet.habits))
        sheet.open()

    def _next_interpolation(self) -> None:
        kinds = list(Interpolation)
        now = self._desk.preferences.interpolation
        wanted = kinds[(kinds.index(now) + 1) % len(kinds)]
        self._desk.preferences.keep_interpolation(wanted)
        self._say("Smoothing", f"Enlarged films are smoothed: {INTERPOLATION_WORDS[wanted]}.")

    def _follow(self) -> None:
        preferences = self._desk.preferences
        self._choice.habits = preferences.mouse
        for state in self._states:
            state.grey.filter.interpolate(preferences.interpolation)
            state.placement.screen_pixels_per_mm = preferences.pixels_per_mm(self._screen())

    def _screen(self) -> str:
        """Identifies the window's screen by properties that survive a restart."""
        screen = self._window.screen()
        parts = (screen.manufacturer(), screen.model(), screen.serialNumber(), screen.name())
        size = screen.size() * screen.devicePixelRatio()
        return " ".join((*(part for part in parts if part), f"{size.width()}×{size.height()}"))
