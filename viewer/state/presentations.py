"""Which presentation states lie beside the films in view; each is read when it is asked for."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from engine.domain.presentation_state import PresentationRef, PresentationState
from engine.domain.study import ImageRef, SopUid, StudyUid
from viewer.errors import notice_of
from viewer.state.films import FilmsState
from viewer.state.session import SessionState
from viewer.tasks.runner import TaskRunner


class PresentationsState(QObject):
    """Presentation states of the studies whose films hang.

    Signals:
        changed: Other states are known.
        noticed: `Notice`, when one cannot be read.
    """

    changed = Signal()
    noticed = Signal(object)

    def __init__(
        self,
        runner: TaskRunner,
        session: SessionState,
        films: FilmsState,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._runner = runner
        self._session = session
        self._films = films
        self._refs: tuple[PresentationRef, ...] = ()
        films.hung.connect(self.refresh)

    def of_film(self, sop_uid: SopUid) -> tuple[PresentationRef, ...]:
        """The states about a film, the newest first."""
        return tuple(ref for ref in self._refs if sop_uid in ref.films)

    def refresh(self) -> None:
        """Look for the states of the studies in view."""
        workspace = self._session.workspace
        wanted = self._studies()
        if workspace is None or not wanted:
            self._set(())
            return

        def came(found: tuple[PresentationRef, ...]) -> None:
            if wanted == self._studies():
                self._set(found)

        self._runner.query(
            lambda: tuple(ref for uid in wanted for ref in workspace.library.presentations(uid)),
            came,
            self._on_error,
        )

    def read(
        self, ref: PresentationRef, image: ImageRef, came: Callable[[PresentationState], None]
    ) -> None:
        """Give what a state asks for on a film."""
        workspace = self._session.workspace
        if workspace is not None:
            self._runner.query(
                lambda: workspace.library.presentation(ref, image), came, self._on_error
            )

    def _studies(self) -> tuple[StudyUid, ...]:
        return tuple(dict.fromkeys(film.study.uid for film in self._films.films))

    def _set(self, refs: tuple[PresentationRef, ...]) -> None:
        if refs != self._refs:
            self._refs = refs
            self.changed.emit()

    def _on_error(self, error: Exception) -> None:
        self.noticed.emit(notice_of(error))
