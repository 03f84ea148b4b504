"""The open workspace: which one, whose, and the way in.

The services are imported inside the worker thread that opens the workspace, so that the first
paint of the window waits for nothing but Qt (performance.md 5).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from engine.domain.model_status import ModelStatus
from engine.errors import WrongPassphraseError
from viewer.errors import Notice, notice_of
from viewer.tasks.changes import NOTHING
from viewer.tasks.runner import Lane, OnError, TaskRunner

if TYPE_CHECKING:
    from engine.services.workspace import Workspace


class SessionStage(StrEnum):
    """Where the session stands."""

    NONE = "none"
    OPENING = "opening"
    OPEN = "open"


class SessionState(QObject):
    """The workspace of this window.

    Signals:
        stage_changed: `SessionStage`.
        failed: `Notice`; the stage is NONE again.
        user_changed: Another user goes on; read `user_name`.
        model_changed: `ModelStatus`.
        names_changed: Whether names are hidden now.
    """

    stage_changed = Signal(object)
    failed = Signal(object)
    user_changed = Signal()
    model_changed = Signal(object)
    names_changed = Signal(bool)

    def __init__(self, runner: TaskRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self._workspace: Workspace | None = None
        # Set by the thread that opens it, so that closing the window meanwhile closes it too.
        self._opened: Workspace | None = None
        self._stage = SessionStage.NONE
        self._user_name = ""
        self._model = ModelStatus(bundle="", provider="", is_ready=False)

    @property
    def workspace(self) -> Workspace | None:
        """The open workspace, or None."""
        return self._workspace

    @property
    def stage(self) -> SessionStage:
        """Where the session stands."""
        return self._stage

    @property
    def user_name(self) -> str:
        """Name of the signed-in user; empty while nothing is open."""
        return self._user_name

    @property
    def is_demo(self) -> bool:
        """Whether the open workspace is the demo one."""
        return self._workspace is not None and self._workspace.is_demo

    @property
    def hides_names(self) -> bool:
        """Whether codes stand in place of who the patients are."""
        return self._workspace is not None and self._workspace.library.is_deidentified

    def hide_names(self, *, is_on: bool) -> None:
        """Give studies with codes in place of names from now on, or with names again."""
        if self._workspace is not None:
            self._workspace.library.deidentify(is_on=is_on)
            self.names_changed.emit(is_on)

    @property
    def model(self) -> ModelStatus:
        """What is known of the model."""
        return self._model

    def look_for_workspace(self, root: Path, on_found: Callable[[bool], None]) -> None:
        """Ask whether a folder holds a workspace."""
        self._runner.query(lambda: _services().exists(root), on_found)

    def open_demo(self, root: Path | None = None) -> None:
        """Open, or make, the demo workspace."""
        self._begin(lambda: _services().open_demo(root))

    def open_workspace(self, root: Path, passphrase: str | None) -> None:
        """Open a workspace; None asks the keychain."""
        self._begin(lambda: _services().open(root, passphrase=passphrase))

    def open_by_keychain(self, root: Path, on_refused: Callable[[Notice | None], None]) -> None:
        """Open a workspace without asking, if this computer's keychain has its key.

        Args:
            root: Folder of the workspace.
            on_refused: Called instead of `failed`; with None when only the passphrase is missing.
        """

        def refused(error: Exception) -> None:
            self._set_stage(SessionStage.NONE)
            is_locked = isinstance(error, WrongPassphraseError)
            on_refused(None if is_locked else notice_of(error))

        self._begin(lambda: _services().open(root, passphrase=None), refused)

    def create(self, root: Path, user_name: str, passphrase: str, *, use_keychain: bool) -> None:
        """Make a workspace and open it."""
        self._begin(
            lambda: _services().create(
                root, user_name=user_name, passphrase=passphrase, use_keychain=use_keychain
            )
        )

    def set_user(self, name: str) -> None:
        """Another user has signed in, or the same one again."""
        self._user_name = name
        self.user_changed.emit()

    def refresh_model(self) -> None:
        """Ask again which model there is and which device it runs on."""
        if self._workspace is not None:
            self._runner.query(self._workspace.drafting.status, self._set_model)

    def close(self) -> None:
        """Close the workspace; the runner must have ended its calls."""
        if self._opened is not None:
            self._opened.close()
        self._opened = self._workspace = None
        self._stage = SessionStage.NONE

    def _begin(self, opening: Callable[[], Workspace], on_failed: OnError | None = None) -> None:
        if self._stage is not SessionStage.NONE:
            return
        self._set_stage(SessionStage.OPENING)
        self._runner.change(
            lambda: self._open(opening), NOTHING, self._on_open, on_failed or self._on_failed
        )

    def _open(self, opening: Callable[[], Workspace]) -> tuple[Workspace, str]:
        self._opened = opening()
        return self._opened, self._opened.access.user.name

    def _on_open(self, opened: tuple[Workspace, str]) -> None:
        self._workspace, self._user_name = opened
        self._set_stage(SessionStage.OPEN)
        self.refresh_model()
        self._runner.query(
            self._workspace.drafting.load, self._set_model, self._on_no_model, lane=Lane.MODEL
        )

    def _on_failed(self, error: Exception) -> None:
        self._set_stage(SessionStage.NONE)
        self.failed.emit(notice_of(error))

    def _on_no_model(self, error: Exception) -> None:
        notice: Notice = notice_of(error)
        self._set_model(replace(self._model, provider="", is_ready=False, message=notice.sentence))

    def _set_model(self, status: ModelStatus) -> None:
        self._model = status
        self.model_changed.emit(status)

    def _set_stage(self, stage: SessionStage) -> None:
        self._stage = stage
        self.stage_changed.emit(stage)


def _services() -> type[Workspace]:
    """The workspace class; imported late because it brings the database and its driver."""
    from engine.services.workspace import Workspace  # noqa: PLC0415

    return Workspace
