"""An administrator's view of the workspace: the audit trail, and the database check."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject

from engine.domain.audit import AuditEvent
from engine.domain.progress import CancelToken, Progress
from viewer.errors import OnError
from viewer.state.notices import Notices
from viewer.tasks.runner import Lane, TaskRunner

if TYPE_CHECKING:
    from engine.services.database_check import DatabaseCheck
    from engine.services.trail import TrailQuery
    from engine.services.workspace import Workspace

MOST_SHOWN: Final = 500
"""Most entries of the trail shown at once; an exported file has all of them."""


class AdministrationState(QObject):
    """Reads the audit trail and checks the database. Results go to the caller's callbacks."""

    def __init__(
        self,
        workspace: Workspace,
        runner: TaskRunner,
        notices: Notices,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._runner = runner
        self._notices = notices
        self._reading = CancelToken()

    def read_trail(
        self, words: str, came: Callable[[tuple[AuditEvent, ...]], None], failed: OnError
    ) -> None:
        """Read the newest entries that contain all words; an earlier search is cancelled."""
        self._reading.cancel()
        newest = self._workspace.trail.newest
        self._reading = self._runner.long_query(
            lambda cancel: newest(_query(words), MOST_SHOWN, cancel), came, failed
        )

    def write_trail(self, words: str, to: Path) -> None:
        """Write every entry that contains all words as CSV, and tell the reader."""
        self._runner.query(
            lambda: self._workspace.trail.export(to, _query(words)),
            lambda count: self._notices.say("Exported", f"{count} entries are in {to.name}."),
            self._notices.tell,
        )

    def check_database(
        self,
        progressed: Callable[[Progress], None],
        came: Callable[[DatabaseCheck], None],
        failed: OnError,
    ) -> CancelToken:
        """Check everything stored. The check stops soon after its token is cancelled."""
        verify = self._workspace.verify
        return self._runner.job(
            lambda tell, cancel: verify(progress=tell, cancel=cancel),
            came,
            failed,
            lane=Lane.READ,
            on_progress=progressed,
        )


def _query(words: str) -> TrailQuery:
    from engine.services.trail import TrailQuery  # noqa: PLC0415 - it brings the database

    return TrailQuery(text=words)
