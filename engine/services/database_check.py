"""The check of all that is stored, as the window and `verify-db` run it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.domain.progress import CancelToken, ProgressSink
from engine.services.access import Access
from engine.storage.checks import full_check
from engine.storage.older_copy import older_copy_problems
from engine.storage.unit_of_work import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseCheck:
    """Result of `Workspace.verify`; empty `problems` means that every check passed."""

    checks: tuple[str, ...]
    problems: tuple[str, ...]

    @property
    def verdict(self) -> str:
        """What it means, in one sentence."""
        if not self.problems:
            return (
                f"All {len(self.checks)} checks passed: what is stored is whole, and as the "
                "audit trail says."
            )
        wrong = "One thing is" if len(self.problems) == 1 else f"{len(self.problems)} things are"
        return f"{wrong} not as stored: close Negatoscope, keep the folder, and restore a backup."


def check_database(
    store: Store,
    access: Access,
    backup_folders: Sequence[Path],
    progress: ProgressSink,
    cancel: CancelToken | None,
) -> DatabaseCheck:
    """Check pages, texts, trail, guards, key file, and the trail against the newest backups.

    Changes nothing. Raises `CancelledError` if `cancel` was set.
    """
    checks, problems = full_check(store.database, progress=progress, cancel=cancel)
    keys = access.key_file_problems()
    with store.look() as unit:
        older = older_copy_problems(
            unit.audit, backup_folders, access.database_keys(), store.clock()
        )
    return DatabaseCheck(
        checks=(*checks, "Key file", "Newest backups against the trail"),
        problems=(*problems, *keys, *older),
    )
