"""Presentation states that refer to the films in view. Each is read on demand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from engine.domain.presentation_state import PresentationRef, PresentationState
from engine.domain.study import ImageRef, SopUid, StudyUid
from engine.imaging.presentation import ShownFilm
from viewer.state.films import FilmsState
from viewer.state.notices import Notices
from viewer.tasks.changes import NOTHING
from viewer.tasks.runner import TaskRunner

if TYPE_CHECKING:
    from engine.services.workspace import Workspace


class PresentationsState(QObject):
    """Presentation states of the studies in view.

    Signals:
        changed: Other states were found.
    """

    changed = Signal()

    def __init__(
        self,
        workspace: Workspace,
        runner: TaskRunner,
        notices: Notices,
        films: FilmsState,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._runner = runner
        self._notices = notices
        self._films = films
        self._refs: tuple[PresentationRef, ...] = ()
        films.slots_changed.connect(self.refresh)

    def of_film(self, sop_uid: SopUid) -> tuple[PresentationRef, ...]:
        """The states that refer to a film, newest first."""
        return tuple(ref for ref in self._refs if sop_uid in ref.films)

    def refresh(self) -> None:
        """Look for the states of the studies in view."""
        wanted = self._studies()
        if not wanted:
            self._set(())
            return

        def came(found: tuple[PresentationRef, ...]) -> None:
            if wanted == self._studies():
                self._set(found)

        self._runner.query(
            lambda: tuple(
                ref for uid in wanted for ref in self._workspace.library.presentations(uid)
            ),
            came,
            self._notices.tell,
        )

    def read(
        self, ref: PresentationRef, image: ImageRef, came: Callable[[PresentationState], None]
    ) -> None:
        """Read what a state says about a film."""
        self._runner.query(
            lambda: self._workspace.library.presentation(ref, image), came, self._notices.tell
        )

    def save(self, shown: ShownFilm, to: Path) -> None:
        """Write the film as it is seen as a presentation state."""

        def done(path: Path) -> None:
            self._notices.say("Saved", f"The presentation state was written to {path.name}.")

        self._runner.change(
            lambda: self._workspace.presenting.save(shown, to), NOTHING, done, self._notices.tell
        )

    def _studies(self) -> tuple[StudyUid, ...]:
        return tuple(dict.fromkeys(film.study.uid for film in self._films.films))

    def _set(self, refs: tuple[PresentationRef, ...]) -> None:
        if refs != self._refs:
            self._refs = refs
            self.changed.emit()
