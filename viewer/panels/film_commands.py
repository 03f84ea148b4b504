"""Saving and printing the active film, and showing its header."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from engine.domain.header import HeaderElement
from engine.domain.study import Study
from viewer.actions import handout
from viewer.actions.registry import CommandRegistry
from viewer.canvas.film_export import film_image, png_of, print_picture, view_image
from viewer.desk import Desk
from viewer.panels.views import ViewsPanel
from viewer.state.wording import name_of, view_word
from viewer.widgets.file_choice import ask_where

if TYPE_CHECKING:
    from PySide6.QtPrintSupport import QPrinter

_PNG = "PNG (*.png)"


class FilmCommands(QObject):
    """Binds the commands that act on the active film.

    Args:
        registry: With the commands added.
        desk: States of the open workspace.
        views: The viewports.
        window: Parent of the system's dialogs.

    Signals:
        header_came: Elements of the active film's header, and the film in words without a name.
        anonymous_asked: The active film's `Study`, whose films are to leave without identity.
    """

    header_came = Signal(object, str)
    anonymous_asked = Signal(object)

    def __init__(
        self, registry: CommandRegistry, desk: Desk, views: ViewsPanel, window: QWidget
    ) -> None:
        super().__init__(window)
        self._registry = registry
        self._desk = desk
        self._views = views
        self._window = window
        registry.bind(handout.HEADER, self.show_header)
        registry.bind(handout.SAVE_FILM, partial(self._ask_and, "film.png", self.save_film))
        registry.bind(handout.SAVE_VIEW, partial(self._ask_and, "view.png", self.save_view))
        registry.bind(handout.SAVE_ANONYMOUS, self._ask_anonymous)
        registry.bind(handout.PRINT, self._print)
        registry.bind(handout.HIDE_NAMES, desk.toggle_names)
        desk.session.names_changed.connect(registry.action(handout.HIDE_NAMES).setChecked)

    def show_header(self) -> None:
        """Read every element of the active film's header."""
        image = self._views.active.film.image
        if image is None:
            return

        def came(elements: tuple[HeaderElement, ...]) -> None:
            self.header_came.emit(elements, view_word(image))

        self._desk.films.read_header(image, came)

    def save_film(self, to: Path) -> None:
        """Write all pixels of the active film, without text."""
        image = film_image(self._views.active)
        if image is not None:
            self._desk.exporting.picture(png_of(image), to, self._study.uid, "film")

    def save_view(self, to: Path) -> None:
        """Write the active viewport as on the screen."""
        image = view_image(self._views.active_view).toImage()
        self._desk.exporting.picture(png_of(image), to, self._study.uid, "view")

    def _ask_anonymous(self) -> None:
        if self._views.active.film.image is not None:
            self.anonymous_asked.emit(self._study)

    def print_view(self, printer: QPrinter) -> None:
        """Print the active viewport as on the screen, with the patient in the heading."""
        study, caption = self._study, self._views.active.film.caption
        heading = f"{name_of(study.patient)}  ·  {study.patient.patient_id}  ·  {caption.study}"
        picture = view_image(self._views.active_view)
        self._desk.exporting.picture_print(
            study.uid, lambda: print_picture(picture, printer, heading)
        )

    @property
    def _study(self) -> Study:
        """Study of the active film, which may be a prior."""
        return self._desk.films.films[self._views.active_index].study

    def _ask_and(self, suggested: str, save: Callable[[Path], None]) -> None:
        if self._views.active.film.pixels is None:
            return
        to = ask_where(self._window, "Save as PNG", suggested, _PNG)
        if to is not None:
            save(to.with_suffix(".png"))

    def _print(self) -> None:
        # Imported on use: it loads the system's printing.
        from PySide6.QtPrintSupport import QPrintDialog, QPrinter  # noqa: PLC0415

        if self._views.active.film.pixels is None:
            return
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        if QPrintDialog(printer, self._window).exec():
            self.print_view(printer)
