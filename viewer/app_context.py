"""What a window has from its first paint on, and the desk once a workspace is open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from viewer.desk import Desk
from viewer.state.about import Part, installed_parts, licence_texts
from viewer.state.notices import Notices
from viewer.state.preferences import PreferencesState
from viewer.state.session import SessionState
from viewer.tasks.runner import TaskRunner

if TYPE_CHECKING:
    from engine.services.window_calls import WindowCall
    from engine.services.workspace import Workspace

LATEST_MODEL_MS = 3_000
"""The model is loaded that long after the workspace is open, whether a film was shown or not."""


class AppContext(QObject):
    """Task runner, preferences, session, and the desk of the open workspace.

    Signals:
        desk_opened: The new `Desk`, complete, before it reads anything of its workspace.
    """

    desk_opened = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.notices = Notices(self)
        self.runner = TaskRunner(self)
        self.preferences = PreferencesState(self.runner, self.notices, self)
        self.session = SessionState(self.runner, self)
        self._desk: Desk | None = None
        self._first_paths: tuple[Path, ...] = ()
        self._first_named: WindowCall | None = None
        self._opens_first_study = False
        self.runner.failed.connect(self.notices.tell)
        self.session.failed.connect(self.notices.show)
        self.session.opened.connect(self._on_opened)

    @property
    def desk(self) -> Desk | None:
        """The desk of the open workspace; None before one is open."""
        return self._desk

    def open_when_ready(
        self, paths: Sequence[Path], *, first_study: bool, named: WindowCall | None = None
    ) -> None:
        """Set what to do once the workspace is open.

        Args:
            paths: Films to add; the first study found is opened.
            first_study: Without paths, whether to open the newest study of the list.
            named: Names the study to open by number.
        """
        self._first_paths = tuple(paths)
        self._first_named = named
        self._opens_first_study = first_study

    def read_about(self, on_parts: Callable[[tuple[Part, ...]], None]) -> None:
        """Read the installed components with versions and licences."""
        versions = None if self._desk is None else self._desk.workspace.versions

        def look_up() -> tuple[Part, ...]:
            of_database = {} if versions is None else versions()
            stored = (Part(name=name, version=number) for name, number in of_database.items())
            return (*installed_parts(), *stored)

        self.runner.query(look_up, on_parts)

    def read_licences(self, on_texts: Callable[[tuple[tuple[str, str], ...]], None]) -> None:
        """Read heading and text of every bundled licence."""
        self.runner.query(licence_texts, on_texts)

    def close(self) -> None:
        """End all work and close the workspace. The caller has flushed the report."""
        if self._desk is not None:
            self._desk.close()
        self.runner.shut_down()
        self.session.close()

    def _on_opened(self, workspace: Workspace) -> None:
        self._desk = desk = Desk(
            workspace, self.runner, self.preferences, self.session, self.notices, self
        )
        self.desk_opened.emit(desk)
        desk.begin(self._first_paths, first_study=self._opens_first_study)
        if self._first_named is not None:
            desk.open_named(self._first_named)
        self._load_model(desk)

    def _load_model(self, desk: Desk) -> None:
        """Load the model: after the first film, if one was asked for, so that it comes sooner."""
        if not (self._first_paths or self._opens_first_study or self._first_named):
            self.session.load_model()
            return

        def load_once_shown(_index: int) -> None:
            if any(film.pixels is not None or film.failure for film in desk.films.films):
                self.session.load_model()

        desk.films.film_changed.connect(load_once_shown)
        # There may be no film to show.
        QTimer.singleShot(LATEST_MODEL_MS, self, self.session.load_model)
