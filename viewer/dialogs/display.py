"""The sheets and commands about screen, mouse and what films are painted through."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from engine.domain.display_filter import NEXT_FILTER, DisplayFilter
from engine.domain.image import PixelImage
from engine.domain.interpolation import INTERPOLATION_WORDS, Interpolation
from viewer.actions import display
from viewer.actions.registry import CommandRegistry
from viewer.app_context import AppContext
from viewer.dialogs.measure_screen import MeasureScreen
from viewer.dialogs.mouse import MouseSheet
from viewer.errors import Notice, Severity
from viewer.state.tool_choice import ToolChoice
from viewer.state.viewport import ViewportState


class DisplaySheets(QObject):
    """Binds the commands of `viewer.actions.display`, and lets views follow what was chosen.

    Args:
        states: Of the views.
        active: Gives the view that commands mean.
        choice: Gets what the mouse does.
        window: The window over which the sheets open.
    """

    def __init__(
        self,
        registry: CommandRegistry,
        context: AppContext,
        states: Sequence[ViewportState],
        active: Callable[[], ViewportState],
        choice: ToolChoice,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._context = context
        self._states = states
        self._active = active
        self._choice = choice
        self._window = window
        registry.bind(display.FILTER, self.next_filter)
        registry.bind(display.INTERPOLATION, self._next_interpolation)
        registry.bind(display.LIFE_SIZE, self.life_size)
        registry.bind(display.MEASURE_SCREEN, self._measure_screen)
        registry.bind(display.MOUSE, self._choose_mouse)
        context.preferences.habits_changed.connect(self._follow)

    def next_filter(self) -> None:
        """Sharpened, local contrast, and the film itself again."""
        state = self._active()
        film, kind = state.pixels, NEXT_FILTER[state.filter.kind]
        if film is None:
            return
        if kind is DisplayFilter.NONE:
            state.filter.leave()
            return
        pixels: PixelImage = film

        def make() -> NDArray[np.uint16]:
            # Loaded when somebody filters: OpenCV takes a moment.
            from engine.imaging.display_filter import filtered  # noqa: PLC0415

            return filtered(pixels, kind)

        def came(samples: NDArray[np.uint16]) -> None:
            if state.pixels is pixels:
                state.filter.show(kind, samples)

        self._context.runner.query(make, came, self._context.tell_error)

    def life_size(self) -> None:
        """As large as on the detector; a screen that nobody measured is measured first."""
        state = self._active()
        if state.pixels is None:
            return
        if state.spacing is None:
            self._say("No scale", "This film has no scale, so its true size is not known.")
            return
        state.screen_pixels_per_mm = self._context.preferences.pixels_per_mm(self._screen())
        if not state.life_size():
            self._measure_screen()

    def _measure_screen(self) -> None:
        sheet = MeasureScreen(self._window)
        screen = self._screen()

        def keep() -> None:
            if sheet.pixels_per_mm is not None:
                self._context.preferences.keep_screen(screen, sheet.pixels_per_mm)
                self._say("Measured", "Films can be shown in life size on this screen.")

        sheet.accepted.connect(keep)
        sheet.open()

    def _choose_mouse(self) -> None:
        sheet = MouseSheet(self._context.preferences.mouse, self._window)
        sheet.accepted.connect(lambda: self._context.preferences.keep_mouse(sheet.habits))
        sheet.open()

    def _next_interpolation(self) -> None:
        kinds = list(Interpolation)
        now = self._context.preferences.interpolation
        wanted = kinds[(kinds.index(now) + 1) % len(kinds)]
        self._context.preferences.keep_interpolation(wanted)
        self._say("Smoothing", f"Enlarged films are smoothed: {INTERPOLATION_WORDS[wanted]}.")

    def _follow(self) -> None:
        preferences = self._context.preferences
        self._choice.habits = preferences.mouse
        for state in self._states:
            state.filter.interpolate(preferences.interpolation)
            state.screen_pixels_per_mm = preferences.pixels_per_mm(self._screen())

    def _screen(self) -> str:
        """The screen that the window is on, by what tells it apart and survives a restart."""
        screen = self._window.screen()
        parts = (screen.manufacturer(), screen.model(), screen.serialNumber(), screen.name())
        size = screen.size() * screen.devicePixelRatio()
        return " ".join((*(part for part in parts if part), f"{size.width()}×{size.height()}"))

    def _say(self, title: str, sentence: str) -> None:
        self._context.noticed.emit(Notice(title=title, sentence=sentence, severity=Severity.QUIET))
