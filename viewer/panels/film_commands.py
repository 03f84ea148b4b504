"""What the window does when a film is to be saved, printed or looked into."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from engine.domain.header import HeaderElement
from viewer.actions import handout
from viewer.actions.registry import CommandRegistry
from viewer.app_context import AppContext
from viewer.canvas.film_export import film_image, print_view, view_image
from viewer.errors import Notice, Severity
from viewer.panels.views import ViewsPanel
from viewer.state.wording import name_of, view_word

_PNG = "PNG (*.png)"


class FilmCommands(QObject):
    """Acts on the active film.

    Args:
        window: Parent of the system's dialogs.

    Signals:
        header_came: Elements of the active film's header, and the film in words without a name.
    """

    header_came = Signal(object, str)

    def __init__(
        self, registry: CommandRegistry, context: AppContext, views: ViewsPanel, window: QWidget
    ) -> None:
        super().__init__(window)
        self._registry = registry
        self._context = context
        self._views = views
        self._window = window
        registry.bind(handout.HEADER, self.show_header)
        registry.bind(handout.SAVE_FILM, partial(self._ask_and, "film.png", self.save_film))
        registry.bind(handout.SAVE_VIEW, partial(self._ask_and, "view.png", self.save_view))
        registry.bind(handout.PRINT, self._print)
        registry.bind(handout.HIDE_NAMES, context.toggle_names)
        context.session.names_changed.connect(registry.action(handout.HIDE_NAMES).setChecked)

    def show_header(self) -> None:
        """Every element of the active film's header."""
        workspace, image = self._context.session.workspace, self._views.active.image
        if workspace is None or image is None:
            return

        def came(elements: tuple[HeaderElement, ...]) -> None:
            self.header_came.emit(elements, view_word(image))

        self._context.runner.query(
            lambda: workspace.library.header(image), came, self._context.tell_error
        )

    def save_film(self, to: Path) -> None:
        """All pixels of the active film, without words."""
        image = film_image(self._views.active)
        if image is not None:
            self._tell(to, is_saved=image.save(str(to)))

    def save_view(self, to: Path) -> None:
        """The active view as on the screen."""
        self._tell(to, is_saved=view_image(self._views.active_view).save(str(to)))

    def _ask_and(self, suggested: str, save: Callable[[Path], None]) -> None:
        if self._views.active.pixels is None:
            return
        name, _ = QFileDialog.getSaveFileName(self._window, "Save as PNG", suggested, _PNG)
        if name:
            save(Path(name).with_suffix(".png"))

    def _print(self) -> None:
        # Loaded when somebody prints: it brings the system's printing with it.
        from PySide6.QtPrintSupport import QPrintDialog, QPrinter  # noqa: PLC0415

        study = self._context.library.study
        if study is None or self._views.active.pixels is None:
            return
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        if QPrintDialog(printer, self._window).exec():
            heading = f"{name_of(study.patient)}  ·  {study.patient.patient_id}  ·  "
            caption = self._views.active.caption
            print_view(self._views.active_view, printer, heading + caption.study)

    def _tell(self, to: Path, *, is_saved: bool) -> None:
        title, sentence = "Saved", f"The picture was written to {to.name}."
        severity = Severity.QUIET
        if not is_saved:
            title, sentence = "Not saved", "The picture could not be written there."
            severity = Severity.ERROR
        self._context.noticed.emit(Notice(title=title, sentence=sentence, severity=severity))
