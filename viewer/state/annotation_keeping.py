"""Stores what readers draw on films and loads it again with the study."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from engine.domain.annotation import Annotation, Calibration, FilmTurn, KeyImage, StudyAnnotations
from engine.domain.study import StudyUid
from viewer.state.annotations import AnnotationsState
from viewer.state.films import FilmsState
from viewer.state.notices import Notices
from viewer.tasks.changes import NOTHING
from viewer.tasks.runner import Lane, TaskRunner

if TYPE_CHECKING:
    from engine.services.annotating import Annotating
    from engine.services.workspace import Workspace


class AnnotationKeeping(QObject):
    """Connects the annotations in view with the workspace: reads them in, writes changes out."""

    def __init__(
        self,
        workspace: Workspace,
        runner: TaskRunner,
        notices: Notices,
        films: FilmsState,
        annotations: AnnotationsState,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._runner = runner
        self._notices = notices
        self._films = films
        self._annotations = annotations
        self._read: set[StudyUid] = set()
        self._main: StudyUid | None = None
        films.slots_changed.connect(self._on_slots)
        annotations.put.connect(self._put)
        annotations.removed.connect(self._remove)
        annotations.calibrated.connect(self._calibrate)
        annotations.key_set.connect(self._set_key)
        annotations.key_cleared.connect(self._clear_key)
        annotations.turned.connect(self._turn)

    def _on_slots(self) -> None:
        """Read the annotations of studies that have just come into view."""
        studies = list(dict.fromkeys(film.study.uid for film in self._films.films))
        main = studies[0] if studies else None
        if main != self._main:
            self._main, self._read = main, set()
            self._annotations.clear()
        new = [uid for uid in studies if uid not in self._read]
        if not new:
            return
        self._read.update(new)

        def came(kept: tuple[StudyAnnotations, ...]) -> None:
            if main == self._main:
                self._annotations.load(kept)

        self._runner.query(
            lambda: tuple(self._workspace.annotating.annotations(uid) for uid in new),
            came,
            self._notices.tell,
            # The write lane is a queue: a change made a moment ago is stored before this read.
            lane=Lane.WRITE,
        )

    def _put(self, annotation: Annotation) -> None:
        self._keep(lambda annotating: annotating.put(annotation))

    def _remove(self, annotation: Annotation) -> None:
        self._keep(lambda annotating: annotating.remove(annotation))

    def _calibrate(self, calibration: Calibration) -> None:
        self._keep(lambda annotating: annotating.calibrate(calibration))

    def _set_key(self, key: KeyImage) -> None:
        self._keep(lambda annotating: annotating.set_key(key))

    def _clear_key(self, key: KeyImage) -> None:
        self._keep(lambda annotating: annotating.clear_key(key.study_uid, key.sop_uid))

    def _turn(self, turn: FilmTurn) -> None:
        self._keep(lambda annotating: annotating.turn(turn))

    def _keep(self, write: Callable[[Annotating], None]) -> None:
        self._runner.change(
            lambda: write(self._workspace.annotating),
            NOTHING,
            lambda _none: None,
            self._notices.tell,
        )
