"""Watched folders while the program runs: what came, what is drafted behind it, and why not.

Reading has the right of way. What comes in has a lane and a decode worker of its own; a background
draft starts only when the films on the screen are decoded and the reader asks the model for
nothing, and is dropped as soon as the reader does. Nothing is taken in during a drag.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication

from engine.domain.incoming import DraftOutcome, InboxStep
from engine.domain.progress import CancelToken, Progress
from engine.domain.study import SkippedFile, StudyUid
from engine.errors import CancelledError
from viewer.errors import notice_of
from viewer.state.films import FilmsState
from viewer.state.preferences import PreferencesState
from viewer.state.session import SessionState
from viewer.tasks.runner import Lane, TaskRunner

if TYPE_CHECKING:
    from engine.services.inbox import Inbox
    from engine.services.workspace import Workspace

RETRY_MS: Final = 60_000
"""Time until the folders are looked at again after a look failed, in ms."""
GAP_MS: Final = 100
"""Time in ms left to the window between two steps, and after which a drag is asked about."""
_CAME: Final = "Films of the open study came in. Click it in the list to see them."
_CHANGED: Final = (
    "A film of the open study has changed since it was opened or drafted. "
    "Click it in the list to see it, and check the report."
)
_LOG = logging.getLogger(__name__)


class InboxState(QObject):
    """The watched folders of the open workspace; none in the demo, whose key everybody knows.

    Signals:
        changed: Read the properties again.
        came: UIDs of studies with new films, as a tuple.
        settled: A `DraftOutcome`: the study has a draft, or a reason why not.
    """

    changed = Signal()
    came = Signal(object)
    settled = Signal(object)

    def __init__(
        self,
        workspace: Workspace,
        runner: TaskRunner,
        preferences: PreferencesState,
        session: SessionState,
        films: FilmsState,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._runner = runner
        self._preferences = preferences
        self._session = session
        self._films = films
        self._inbox: Inbox | None = None
        self._step = InboxStep()
        self._looking: CancelToken | None = None
        self._drafting: StudyUid | None = None
        self._cancel = CancelToken()
        self._failed: list[DraftOutcome] = []
        self._trouble = ""
        self._gives_way = False
        self._is_locked = False
        self._next = QTimer(self)
        self._next.setSingleShot(True)
        self._next.timeout.connect(self._look)
        preferences.inbox_changed.connect(self._begin_anew)
        session.user_changed.connect(self._look_now)

    @property
    def is_watching(self) -> bool:
        """Whether folders are watched, if only after the window is unlocked."""
        return bool(self._preferences.inbox_folders) and not self._workspace.is_demo

    @property
    def away(self) -> tuple[Path, ...]:
        """Watched folders that cannot be read at present."""
        return self._step.away

    @property
    def left_out(self) -> tuple[SkippedFile, ...]:
        """DICOM files in the folders that cannot be taken, each with the reason."""
        return self._step.left_out

    @property
    def trouble(self) -> str:
        """Why nothing is taken in at present, a plain sentence; empty if all is well."""
        return self._trouble

    @property
    def drafting(self) -> StudyUid | None:
        """The study that is drafted in the background."""
        return self._drafting

    @property
    def waiting(self) -> int:
        """Number of studies that are to be drafted, the one being drafted included."""
        return len(self._step.waiting) if self._preferences.draft_incoming else 0

    @property
    def put_off(self) -> dict[StudyUid, str]:
        """Studies whose draft failed for the moment, each with the reason."""
        failed = {one.study: one.not_drafted for one in self._failed}
        return {**dict(self._step.put_off), **failed}

    def told_of(self, uid: StudyUid) -> str:
        """What to say when films of the open study came in."""
        return _CHANGED if uid in self._step.renewed else _CAME

    def begin(self) -> None:
        """Start watching; the caller may do so once the desk is complete."""
        self._look_now()

    def give_way(self, *, is_on: bool) -> None:
        """Leave the model to the reader, or go on."""
        self._gives_way = is_on
        if is_on:
            # Gently: a model that had to be loaded again would cost the reader more than a run.
            self._cancel.cancel(is_gentle=True)
        else:
            self._draft_next()

    def lock(self, *, is_on: bool) -> None:
        """Take nothing in while nobody is signed in, then make up for it."""
        self._is_locked = is_on
        self._look_now()

    def close(self) -> None:
        """Stop."""
        self._is_locked = True
        self._next.stop()
        self._cancel.cancel()
        if self._looking is not None:
            self._looking.cancel()

    def _begin_anew(self) -> None:
        """Watch other folders."""
        self._inbox = None
        self._step = InboxStep()
        self._look_now()
        self.changed.emit()

    def _look_now(self) -> None:
        self._next.start(0)

    def _look(self) -> None:
        if not self.is_watching or self._is_locked or self._looking is not None:
            return
        if QGuiApplication.mouseButtons() != Qt.MouseButton.NoButton:
            # A drag: taking films in would share the interpreter with its frames.
            self._next.start(GAP_MS)
            return
        inbox, folders = self._inbox, self._preferences.inbox_folders
        failed, self._failed = self._failed, []

        def step(cancel: CancelToken) -> tuple[Inbox, InboxStep]:
            intake = self._workspace.intake
            watched = intake.watch(folders) if inbox is None else inbox
            for one in failed:
                watched.put_off(one.study, one.not_drafted)
            return watched, intake.step(watched, cancel=cancel)

        self._looking = self._runner.job(
            lambda _progress, cancel: step(cancel),
            lambda found: self._on_step(*found, folders),
            self._on_look_failed,
            lane=Lane.INBOX,
            on_progress=_ignore,
        )

    def _on_step(self, inbox: Inbox, step: InboxStep, folders: tuple[str, ...]) -> None:
        self._looking = None
        if folders != self._preferences.inbox_folders:
            self._look_now()
            return
        is_changed = step != self._step or self._trouble
        self._inbox, self._step, self._trouble = inbox, step, ""
        self._next.start(GAP_MS if step.is_more else round(1000 * step.pause_s))
        if step.came:
            self.came.emit(tuple(uid for uid, _films in step.came))
        if is_changed:
            self.changed.emit()
        self._draft_next()

    def _on_look_failed(self, error: Exception) -> None:
        self._looking = None
        if isinstance(error, CancelledError):
            return
        _LOG.warning("the watched folders could not be taken in", exc_info=error)
        self._trouble = notice_of(error).line
        self._next.start(RETRY_MS)
        self.changed.emit()

    def _draft_next(self) -> None:
        """Draft the study on the screen if it waits, else the one that came first."""
        failed = {one.study for one in self._failed}
        queue = [uid for uid in self._step.waiting if uid not in failed]
        is_free = self._drafting is None and not self._gives_way and not self._is_locked
        if not queue or not is_free or not self._preferences.draft_incoming:
            return
        if self._films.is_decoding or not self._session.model.is_ready:
            return  # tried again after the next look
        study = self._films.study
        uid = study.uid if study is not None and study.uid in queue else queue[0]
        self._drafting = uid
        self._cancel = self._runner.job(
            lambda progress, cancel: self._workspace.intake.draft(
                uid, progress=progress, cancel=cancel
            ),
            self._on_settled,
            self._on_draft_failed,
            lane=Lane.MODEL,
            on_progress=_ignore,
        )
        self.changed.emit()

    def _on_settled(self, outcome: DraftOutcome) -> None:
        if not outcome.is_final:
            self._failed.append(outcome)
        self._end_draft()
        self.settled.emit(outcome)
        self._draft_next()

    def _on_draft_failed(self, error: Exception) -> None:
        uid = self._drafting
        if not isinstance(error, CancelledError) and uid is not None:
            reason = notice_of(error).sentence
            self._failed.append(DraftOutcome(study=uid, not_drafted=reason, is_final=False))
        self._drafting = None
        self.changed.emit()
        self._draft_next()

    def _end_draft(self) -> None:
        """Take the study out of the queue until the next look tells what waits."""
        waiting = tuple(uid for uid in self._step.waiting if uid != self._drafting)
        self._step = replace(self._step, waiting=waiting)
        self._drafting = None
        self.changed.emit()


def _ignore(_progress: Progress) -> None:
    """Nothing is shown of a background draft before it is there."""
