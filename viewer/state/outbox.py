"""Delivers signed results beside the work, and says what is not delivered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from engine.domain.delivery import OutboxStatus
from viewer.errors import notice_of
from viewer.tasks.changes import ChangeSet
from viewer.tasks.runner import Lane, TaskRunner

if TYPE_CHECKING:
    from engine.services.workspace import Workspace

_AFTER_A_FAULT_S = 60.0


class OutboxState(QObject):
    """Tries the outbox once the workspace is open, after each signature, and while anything waits.

    Signals:
        changed: `status` may be another one.
    """

    changed = Signal()

    def __init__(
        self, workspace: Workspace, runner: TaskRunner, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._runner = runner
        self.status = OutboxStatus()
        self._is_delivering = False
        self._is_asked_again = False
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.timeout.connect(self.deliver)
        runner.changed.connect(self._on_changed)

    def begin(self) -> None:
        """Get ready, and deliver what was left; the caller may do so once the desk is complete."""
        self._runner.query(self._workspace.outbox.get_ready, lambda _done: None, lane=Lane.OUTBOX)
        self.deliver()

    def deliver(self) -> None:
        """Deliver what waits; asked while that goes on, once more afterwards."""
        if self._is_delivering:
            self._is_asked_again = True
            return
        self._is_delivering = True
        self._again.stop()
        self._runner.long_query(
            self._workspace.outbox.deliver, self._on_status, self._on_error, lane=Lane.OUTBOX
        )

    def _on_status(self, status: OutboxStatus) -> None:
        self._is_delivering = False
        self.status = status
        self.changed.emit()
        if self._is_asked_again:
            self._is_asked_again = False
            self.deliver()
        elif status.seconds_to_wait is not None:
            self._again.start(int(1000 * status.seconds_to_wait))

    def _on_error(self, error: Exception) -> None:
        """The database could not be read: how much waits is as it was known."""
        notice = notice_of(error)
        waiting = max(self.status.waiting, 1)
        self._on_status(
            OutboxStatus(waiting=waiting, why=notice.sentence, seconds_to_wait=_AFTER_A_FAULT_S)
        )

    def _on_changed(self, changes: ChangeSet) -> None:
        if changes.reports:
            self.deliver()
