"""The open workspace and its users, and opening or creating one.

The services are imported in the worker thread that opens the workspace, so that the window's first
paint waits for Qt alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from engine.domain.model_status import ModelStatus
from engine.domain.user import User
from engine.errors import WrongPassphraseError
from viewer.errors import Notice, OnError, notice_of
from viewer.tasks.changes import NOTHING
from viewer.tasks.runner import Lane, TaskRunner

if TYPE_CHECKING:
    from engine.services.film_decoder import FilmDecoder
    from engine.services.restoring import RestorePreview
    from engine.services.workspace import Workspace


class SessionStage(StrEnum):
    """Whether a workspace is open."""

    NONE = "none"
    OPENING = "opening"
    OPEN = "open"


class SessionState(QObject):
    """The workspace of this window.

    Signals:
        stage_changed: `SessionStage`.
        opened: The `Workspace`; the stage is OPEN.
        failed: `Notice`; the stage is NONE again.
        user_changed: Another user signed in; read `user_name`.
        model_changed: `ModelStatus`.
        names_changed: Whether names are hidden.
        recovery_key_made: Recovery key of a workspace just created, to be kept on paper.
    """

    stage_changed = Signal(object)
    opened = Signal(object)
    failed = Signal(object)
    user_changed = Signal()
    model_changed = Signal(object)
    names_changed = Signal(bool)
    recovery_key_made = Signal(str)

    def __init__(self, runner: TaskRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self._workspace: Workspace | None = None
        # Set by the thread that opens the workspace, so that a window closed meanwhile closes it
        # too.
        self._opened: Workspace | None = None
        self._stage = SessionStage.NONE
        self._user_name = ""
        self._users: tuple[User, ...] = ()
        self._recovery_key = ""
        self._ahead: FilmDecoder | None = None
        self._is_model_asked = False
        self._model = ModelStatus(bundle="", provider="", is_ready=False)

    @property
    def stage(self) -> SessionStage:
        """Whether a workspace is open."""
        return self._stage

    @property
    def user_name(self) -> str:
        """Name of the signed-in user; empty while no workspace is open."""
        return self._user_name

    @property
    def users(self) -> tuple[User, ...]:
        """Users of the open workspace, cached so that the lock screen reads no disk."""
        return self._users

    @property
    def is_demo(self) -> bool:
        """Whether the open workspace is the demo."""
        return self._workspace is not None and self._workspace.is_demo

    @property
    def hides_names(self) -> bool:
        """Whether codes replace names and other patient identifiers."""
        return self._workspace is not None and self._workspace.library.is_deidentified

    def hide_names(self, *, is_on: bool) -> None:
        """Replace patient identifiers by codes, or show them again."""
        if self._workspace is not None:
            self._workspace.library.deidentify(is_on=is_on)
            self.names_changed.emit(is_on)

    @property
    def model(self) -> ModelStatus:
        """The model's status."""
        return self._model

    def read_with(self, ahead: FilmDecoder) -> None:
        """Decode films of the next workspace with a worker that is starting already."""
        self._ahead = ahead

    def look_for_workspace(self, root: Path, on_found: Callable[[bool], None]) -> None:
        """Check whether a folder holds a workspace."""
        self._runner.query(lambda: _services().exists(root), on_found)

    def open_demo(self, root: Path | None = None) -> None:
        """Open the demo workspace; create it if there is none."""
        self._begin(lambda: _services().open_demo(root))

    def open_workspace(self, root: Path, passphrase: str | None) -> None:
        """Open a workspace; without a passphrase the keychain is asked."""
        self._begin(lambda: _services().open(root, passphrase=passphrase))

    def open_by_keychain(self, root: Path, on_refused: Callable[[Notice | None], None]) -> None:
        """Open a workspace with the key in this computer's keychain.

        Args:
            root: Folder of the workspace.
            on_refused: Called instead of `failed`; with None if only the passphrase is needed.
        """

        def refused(error: Exception) -> None:
            self._set_stage(SessionStage.NONE)
            is_locked = isinstance(error, WrongPassphraseError)
            on_refused(None if is_locked else notice_of(error))

        self._begin(lambda: _services().open(root, passphrase=None), refused)

    def create(self, root: Path, user_name: str, passphrase: str, *, use_keychain: bool) -> None:
        """Create and open a workspace, with a recovery key in case the passphrase is lost."""

        def make() -> Workspace:
            made = _services().create(
                root, user_name=user_name, passphrase=passphrase, use_keychain=use_keychain
            )
            self._recovery_key = made.new_recovery_key(passphrase)
            return made

        self._begin(make)

    def preview_restore(
        self,
        root: Path,
        passphrase: str,
        came: Callable[[RestorePreview], None],
        failed: OnError,
    ) -> None:
        """Find the newest sound backup of a workspace that is not open, and what it lacks."""

        def look() -> RestorePreview:
            from engine.services.restoring import preview  # noqa: PLC0415  as in `_services`

            return preview(root, passphrase=passphrase)

        self._runner.query(look, came, failed)

    def restore(
        self, root: Path, backup: Path, passphrase: str, done: Callable[[], None], failed: OnError
    ) -> None:
        """Put a backup in the place of the database of a workspace that is not open."""

        def put() -> None:
            from engine.services.restoring import restore  # noqa: PLC0415  as in `_services`

            restore(root, backup, passphrase=passphrase)

        self._runner.change(put, NOTHING, lambda _none: done(), failed)

    def set_users(self, users: tuple[User, ...]) -> None:
        """Set the users of the open workspace."""
        self._users = users

    def set_user(self, name: str) -> None:
        """Set the signed-in user."""
        self._user_name = name
        self.user_changed.emit()

    def refresh_model(self) -> None:
        """Read the model's status and device again."""
        if self._workspace is not None:
            self._runner.query(self._workspace.drafting.status, self._set_model)

    def load_model(self) -> None:
        """Load the model of the open workspace, once."""
        if self._workspace is None or self._is_model_asked:
            return
        self._is_model_asked = True
        self._runner.query(
            self._workspace.drafting.load, self._set_model, self._on_no_model, lane=Lane.MODEL
        )

    def close(self) -> None:
        """Close the workspace. The runner must have ended its calls."""
        if self._ahead is not None:
            self._ahead.close()
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

    def _open(self, opening: Callable[[], Workspace]) -> tuple[Workspace, str, tuple[User, ...]]:
        self._opened = opening()
        if self._ahead is not None:
            self._opened.read_with(self._ahead)
        access = self._opened.access
        return self._opened, access.user.name, access.users()

    def _on_open(self, opened: tuple[Workspace, str, tuple[User, ...]]) -> None:
        self._workspace, self._user_name, self._users = opened
        self._set_stage(SessionStage.OPEN)
        self.opened.emit(self._workspace)
        if self._recovery_key:
            key, self._recovery_key = self._recovery_key, ""
            self.recovery_key_made.emit(key)
        self.refresh_model()

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
    """Import the workspace class, late because that loads the database driver."""
    from engine.services.workspace import Workspace  # noqa: PLC0415

    return Workspace
