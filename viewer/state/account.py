"""Account actions in the open workspace: lock, sign in, users, passphrases, own figures."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer

from engine.domain.analytics import ReviewRecord
from engine.domain.user import User
from viewer.errors import OnError
from viewer.state.notices import Notices
from viewer.state.session import SessionState
from viewer.tasks.changes import NOTHING
from viewer.tasks.runner import TaskRunner

if TYPE_CHECKING:
    from engine.services.workspace import Workspace

RETRY_MS: Final = 10_000
_LOG = logging.getLogger(__name__)
Done = Callable[[], None]


class AccountState(QObject):
    """What a reader may do with the workspace itself. Results go to the caller's callbacks."""

    def __init__(
        self,
        workspace: Workspace,
        runner: TaskRunner,
        notices: Notices,
        session: SessionState,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._runner = runner
        self._notices = notices
        self._session = session
        self._retry = QTimer(self)
        self._retry.setSingleShot(True)
        self._retry.setInterval(RETRY_MS)
        self._retry.timeout.connect(self.note_lock)

    def read_users(self, came: Callable[[tuple[User, ...]], None]) -> None:
        """Read the users who may sign in."""
        self._runner.query(self._workspace.access.users, came, self._notices.tell)

    def note_lock(self) -> None:
        """Record in the audit trail that the window was locked; a failed write is retried."""
        self._runner.change(
            self._workspace.access.note_lock, NOTHING, lambda _none: None, self._note_lock_later
        )

    def close(self) -> None:
        """Retry a pending lock record once before the workspace closes."""
        if self._retry.isActive():
            self._retry.stop()
            self.note_lock()

    def _note_lock_later(self, error: Exception) -> None:
        _LOG.warning("the lock could not be recorded, it is tried again", exc_info=error)
        self._retry.start()

    def sign_in(self, name: str, passphrase: str, done: Done, failed: OnError) -> None:
        """Continue as the named user."""
        access = self._workspace.access

        def signed_in(user: User) -> None:
            self._session.set_user(user.name)
            done()

        self._runner.change(lambda: access.sign_in(name, passphrase), NOTHING, signed_in, failed)

    def add_user(self, user: User, theirs: str, yours: str, done: Done, failed: OnError) -> None:
        """Add a user with passphrase `theirs`; `yours`, the signed-in reader's, authorises it."""
        access = self._workspace.access

        def add() -> tuple[User, ...]:
            access.add_user(user, theirs, passphrase=yours)
            return access.users()

        def added(users: tuple[User, ...]) -> None:
            self._session.set_users(users)
            done()

        self._runner.change(add, NOTHING, added, failed)

    def change_passphrase(self, old: str, new: str, done: Done, failed: OnError) -> None:
        """Change the passphrase of the signed-in user."""
        access = self._workspace.access
        self._runner.change(
            lambda: access.change_passphrase(old, new), NOTHING, lambda _none: done(), failed
        )

    def make_recovery_key(
        self, passphrase: str, came: Callable[[str], None], failed: OnError
    ) -> None:
        """Make a recovery key to be kept on paper. An earlier key stops working."""
        make = self._workspace.new_recovery_key
        self._runner.change(lambda: make(passphrase), NOTHING, came, failed)

    def read_figures(self, came: Callable[[tuple[ReviewRecord, ...]], None]) -> None:
        """Read the signed-in reader's own review figures."""
        self._runner.query(self._workspace.analytics.own, came, self._notices.tell)

    def write_figures(self, to: Path) -> None:
        """Write the signed-in reader's figures as CSV and tell the reader."""
        self._runner.query(
            lambda: self._workspace.analytics.write_csv(to),
            lambda path: self._notices.say("Exported", f"{path.name} was written."),
            self._notices.tell,
        )
