"""Commands for layouts, viewports and the size of films and text."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final, Protocol

from PySide6.QtGui import QActionGroup

from viewer.actions.registry import Command, CommandRegistry, Scope
from viewer.state.films import FilmsState
from viewer.state.layout import Layout
from viewer.state.linked_views import LinkedViews

LINK: Final = "layout.link"
MAXIMISE: Final = "layout.maximise"
NEXT_VIEW: Final = "film.other"
PREVIOUS_VIEW: Final = "film.previous_view"
NEXT_FILM: Final = "film.next"
PREVIOUS_FILM: Final = "film.previous"
NEXT_FRAME: Final = "film.next_frame"
PREVIOUS_FRAME: Final = "film.previous_frame"
FILMS_ONLY: Final = "window.films_only"
FULL_SCREEN: Final = "window.full_screen"
FILMS_APART: Final = "window.films_apart"
LARGER: Final = "window.larger"
SMALLER: Final = "window.smaller"
LARGER_REPORT: Final = "window.larger_report"
SMALLER_REPORT: Final = "window.smaller_report"
MENU: Final = "window.menu"


def layout_id(layout: Layout) -> str:
    """Id of the command for a layout."""
    return f"layout.{layout.name.lower()}"


def _layout(layout: Layout, text: str, key: str, icon: str) -> Command:
    return Command(
        id=layout_id(layout), text=text, group="Layout", shortcut=key, icon=icon, checkable=True
    )


def _film(command_id: str, text: str, *keys: str, icon: str = "") -> Command:
    return Command(
        id=command_id,
        text=text,
        group="Layout",
        shortcut=keys[0],
        also=keys[1:],
        icon=icon,
        scope=Scope.IMAGE,
    )


LAYOUT_COMMANDS: Final = (
    _layout(Layout.STUDY, "Frontal and lateral", "F2", "columns-2"),
    _layout(Layout.SINGLE, "One film", "F3", "square"),
    _layout(Layout.PRIOR, "Current and prior", "F4", "history"),
    _layout(Layout.PAIRS, "Both views over prior's", "F7", "grid-2x2"),
    _layout(Layout.TIMELINE, "Current and two priors", "F8", "columns-3"),
    Command(
        id=LINK,
        text="Link films",
        group="Layout",
        shortcut="J",
        icon="link-2",
        scope=Scope.IMAGE,
        tip="Zoom and place are shared by the same view; windows follow in proportion",
        checkable=True,
    ),
    Command(
        id=MAXIMISE,
        text="Maximise film",
        group="Layout",
        shortcut="Ctrl+Return",
        scope=Scope.IMAGE,
    ),
    _film(NEXT_VIEW, "Next viewport", "Tab", icon="columns-2"),
    _film(PREVIOUS_VIEW, "Previous viewport", "Shift+Tab"),
    _film(NEXT_FILM, "Next film here", "PgDown"),
    _film(PREVIOUS_FILM, "Previous film here", "PgUp"),
    _film(NEXT_FRAME, "Next frame", "Ctrl+PgDown"),
    _film(PREVIOUS_FRAME, "Previous frame", "Ctrl+PgUp"),
    Command(id=FILMS_ONLY, text="Films only", group="View", shortcut="F10", checkable=True),
    Command(
        id=FILMS_APART,
        text="Detach films",
        group="View",
        shortcut="Ctrl+F10",
        tip="For a second monitor; pressed again they come back",
        checkable=True,
    ),
    Command(
        id=FULL_SCREEN,
        text="Full screen",
        group="View",
        shortcut="F11",
        icon="monitor",
        checkable=True,
    ),
    Command(
        id=LARGER,
        text="Larger interface",
        group="View",
        shortcut="Ctrl++",
        also=("Ctrl+=",),
        tip="Words, buttons and icons, up to 300 %",
    ),
    Command(id=SMALLER, text="Smaller interface", group="View", shortcut="Ctrl+-"),
    Command(
        id=LARGER_REPORT,
        text="Larger report text",
        group="View",
        shortcut="Ctrl+Alt++",
        also=("Ctrl+Alt+=",),
        tip="The words of reports by themselves, up to 200 %, at once",
    ),
    Command(id=SMALLER_REPORT, text="Smaller report text", group="View", shortcut="Ctrl+Alt+-"),
    Command(id=MENU, text="Menu", group="View", shortcut="F12"),
)


class LightBox(Protocol):
    """The methods that layout commands call on the panel of viewports."""

    links: LinkedViews

    def select_view(self, step: int) -> None:
        """Make the next (1) or previous (-1) film the active one."""

    def step_film(self, step: int) -> None:
        """Show the next (1) or previous (-1) film in the active viewport."""

    def turn_frame(self, step: int) -> None:
        """Show the next (1) or previous (-1) frame of the active film."""

    def toggle_maximised(self) -> None:
        """Show the active film alone, or all films again."""


def bind_layout(registry: CommandRegistry, films: FilmsState, box: LightBox) -> None:
    """Bind the layout commands, and keep the chosen layout checked."""
    group = QActionGroup(registry)

    def show_layout() -> None:
        for layout in Layout:
            registry.action(layout_id(layout)).setChecked(layout is films.layout)

    def arrange(layout: Layout) -> None:
        films.arrange(layout)
        show_layout()  # a layout without its prior is refused, but Qt has already checked it

    for layout in Layout:
        action = registry.action(layout_id(layout))
        group.addAction(action)
        registry.bind(layout_id(layout), partial(arrange, layout))

    films.slots_changed.connect(show_layout)
    show_layout()
    _bind_films(registry, box)
    registry.action(LINK).setChecked(box.links.is_on)
    box.links.linked_changed.connect(registry.action(LINK).setChecked)


def _bind_films(registry: CommandRegistry, box: LightBox) -> None:
    steps: dict[str, tuple[Callable[[int], None], int]] = {
        NEXT_VIEW: (box.select_view, 1),
        PREVIOUS_VIEW: (box.select_view, -1),
        NEXT_FILM: (box.step_film, 1),
        PREVIOUS_FILM: (box.step_film, -1),
        NEXT_FRAME: (box.turn_frame, 1),
        PREVIOUS_FRAME: (box.turn_frame, -1),
    }
    for command_id, (verb, step) in steps.items():
        registry.bind(command_id, partial(verb, step))
    registry.bind(MAXIMISE, box.toggle_maximised)
    registry.bind(LINK, box.links.toggle)
