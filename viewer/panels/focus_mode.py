"""How much of the screen the films get: the whole window, the screen, or a window of their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow

from viewer.actions import layout
from viewer.actions.registry import CommandRegistry
from viewer.panels.film_area import FilmArea


class FocusMode(QObject):
    """Hides the docks or fills the screen, and undoes both.

    Args:
        registry: With the commands added.
        window: The main window.
        docks: Docks to hide; a floating one stays.
        films: The middle of the window.
        focus_film: Focuses the active film.
    """

    def __init__(
        self,
        registry: CommandRegistry,
        window: QMainWindow,
        docks: Sequence[QDockWidget],
        films: FilmArea,
        focus_film: Callable[[], object],
    ) -> None:
        super().__init__(window)
        self._registry = registry
        self._window = window
        self._docks = tuple(docks)
        self._films = films
        self._focus_film = focus_film
        registry.bind(layout.FILMS_ONLY, self._toggle_films_only)
        registry.bind(layout.FULL_SCREEN, self._toggle_full_screen)
        registry.bind(layout.FILMS_APART, self._toggle_films_apart)
        films.moved.connect(registry.action(layout.FILMS_APART).setChecked)
        films.add_actions(window.actions())
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep the menu's check mark in step with the window's state, whoever changed it."""
        if event.type() == QEvent.Type.WindowStateChange:
            is_full = self._window.isFullScreen()
            self._registry.action(layout.FULL_SCREEN).setChecked(is_full)
        return super().eventFilter(watched, event)

    def leave(self) -> None:
        """Leave "films only" for a command that needs list or report."""
        action = self._registry.action(layout.FILMS_ONLY)
        if action.isChecked():
            action.setChecked(False)
            self._toggle_films_only()

    def _toggle_films_only(self) -> None:
        is_alone = self._registry.action(layout.FILMS_ONLY).isChecked()
        for dock in self._docks:
            if not dock.isFloating():
                dock.setVisible(not is_alone)
        self._focus_film()

    def _toggle_films_apart(self) -> None:
        self._films.set_apart(is_apart=self._films.apart is None)

    def _toggle_full_screen(self) -> None:
        """Fill the screen with the active window: the films' own, or the main one."""
        apart = self._films.apart
        window = apart if apart is not None and apart.isActiveWindow() else self._window
        window.setWindowState(window.windowState() ^ Qt.WindowState.WindowFullScreen)
        self._registry.action(layout.FULL_SCREEN).setChecked(self._window.isFullScreen())
