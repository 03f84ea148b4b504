"""Keeps what readers put on films, and brings it back with the study."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from engine.domain.annotation import Annotation, Calibration, FilmTurn, KeyImage, StudyMarks
from engine.domain.study import StudyUid
from viewer.errors import notice_of
from viewer.state.films import FilmsState
from viewer.state.marks import MarksState
from viewer.state.session import SessionState
from viewer.tasks.changes import NOTHING
from viewer.tasks.runner import Lane, TaskRunner

if TYPE_CHECKING:
    from engine.services.marking import Marking


class MarkKeeping(QObject):
    """Between the marks in view and the workspace.

    Signals:
        noticed: `Notice`, when marks could not be read or kept.
    """

    noticed = Signal(object)

    def __init__(
        self,
        runner: TaskRunner,
        session: SessionState,
        films: FilmsState,
        marks: MarksState,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._runner = runner
        self._session = session
        self._films = films
        self._marks = marks
        self._read: set[StudyUid] = set()
        self._main: StudyUid | None = None
        films.hung.connect(self._on_hung)
        marks.put.connect(self._put)
        marks.removed.connect(self._remove)
        marks.calibrated.connect(self._calibrate)
        marks.key_set.connect(self._set_key)
        marks.key_cleared.connect(self._clear_key)
        marks.turned.connect(self._turn)

    def _on_hung(self) -> None:
        """Read the marks of the studies that come into view."""
        studies = list(dict.fromkeys(film.study.uid for film in self._films.films))
        main = studies[0] if studies else None
        if main != self._main:
            self._main, self._read = main, set()
            self._marks.author = self._session.user_name
            self._marks.clear()
        new = [uid for uid in studies if uid not in self._read]
        workspace = self._session.workspace
        if workspace is None or not new:
            return
        self._read.update(new)

        def came(kept: tuple[StudyMarks, ...]) -> None:
            if main == self._main:
                self._marks.load(kept)

        self._runner.query(
            lambda: tuple(workspace.marking.marks(uid) for uid in new),
            came,
            self._on_error,
            # After the writes: what was just put on a film is read back with the rest.
            lane=Lane.WRITE,
        )

    def _put(self, mark: Annotation) -> None:
        self._keep(lambda marking: marking.put(mark))

    def _remove(self, mark: Annotation) -> None:
        self._keep(lambda marking: marking.remove(mark))

    def _calibrate(self, calibration: Calibration) -> None:
        self._keep(lambda marking: marking.calibrate(calibration))

    def _set_key(self, key: KeyImage) -> None:
        self._keep(lambda marking: marking.set_key(key))

    def _clear_key(self, key: KeyImage) -> None:
        self._keep(lambda marking: marking.clear_key(key.study_uid, key.sop_uid))

    def _turn(self, turn: FilmTurn) -> None:
        self._keep(lambda marking: marking.turn(turn))

    def _keep(self, write: Callable[[Marking], None]) -> None:
        workspace = self._session.workspace
        if workspace is not None:
            self._runner.change(
                lambda: write(workspace.marking), NOTHING, lambda _none: None, self._on_error
            )

    def _on_error(self, error: Exception) -> None:
        self.noticed.emit(notice_of(error))
