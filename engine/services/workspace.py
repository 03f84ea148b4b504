"""The composition root: one workspace folder, its database, its workers and its services."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from engine import paths
from engine.domain.audit import AuditAction
from engine.errors import (
    StorageError,
    WorkspaceDamagedError,
    WorkspaceMissingError,
    WrongPassphraseError,
)
from engine.services.access import Access, checked_unwrap, is_known
from engine.services.analytics import Analytics
from engine.services.binding import FilmBinding
from engine.services.drafting import Drafting
from engine.services.exporting import Exporting, ReportSources
from engine.services.library import Library
from engine.services.marking import Marking
from engine.services.past_reports import PastReports
from engine.services.presenting import Presenting
from engine.services.reporting import Reporting
from engine.services.writing import Writing
from engine.settings import load_settings
from engine.storage.attempts import Attempts
from engine.storage.backup import backup_path, newest_backup_time, thin_out
from engine.storage.checks import full_check
from engine.storage.database import driver_versions
from engine.storage.folder import WorkspaceFolder
from engine.storage.keys import (
    KeyFile,
    demo_key,
    from_keychain,
    put_in_keychain,
    read_key_file,
)
from engine.storage.location import WorkspaceLock
from engine.storage.unit_of_work import Clock, Store, utc_now

if TYPE_CHECKING:
    from engine.workers.decode_client import DecodeClient

DEMO_USER = "Demo Reader"
_BACKUP_AFTER = timedelta(days=1)
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseCheck:
    """Result of `Workspace.verify`: empty `problems` means that every check passed."""

    checks: tuple[str, ...]
    problems: tuple[str, ...]


class Workspace:
    """An open workspace. Close it, or use it as a context manager."""

    library: Library
    drafting: Drafting
    reporting: Reporting
    exporting: Exporting
    past_reports: PastReports
    marking: Marking
    binding: FilmBinding
    writing: Writing
    presenting: Presenting
    access: Access
    analytics: Analytics

    def __init__(self, folder: WorkspaceFolder, store: Store, stack: ExitStack) -> None:
        """Use `create`, `open` or `open_demo`; `stack` holds what `close` must end."""
        self._folder = folder
        self._store = store
        self._stack = stack
        self._open_services()

    @staticmethod
    def exists(root: Path) -> bool:
        """Whether the folder holds a workspace."""
        return WorkspaceFolder(root=root).exists

    @classmethod
    def create(
        cls,
        root: Path,
        *,
        user_name: str,
        passphrase: str,
        use_keychain: bool = False,
        clock: Clock = utc_now,
    ) -> Self:
        """Make a workspace; the passphrase is the only way in unless the keychain is used too."""
        folder = WorkspaceFolder(root=root)
        with ExitStack() as stack:
            _take_lock(folder, stack)
            file, key = folder.create(user_name=user_name, passphrase=passphrase, clock=clock)
            if use_keychain:
                put_in_keychain(file.workspace_id, key)
            return cls._opened(folder, key, stack, clock)

    @classmethod
    def open(
        cls,
        root: Path,
        *,
        passphrase: str | None,
        user: str | None = None,
        clock: Clock = utc_now,
    ) -> Self:
        """Open a workspace. Raises the `StorageError` family.

        Args:
            root: Its folder.
            passphrase: None asks the keychain, which signs in the one who made the workspace; the
                printed recovery key is taken in place of that one's passphrase.
            user: Whose passphrase it is; the one who made the workspace if None or not known.
            clock: The time.
        """
        folder = WorkspaceFolder(root=root)
        if not folder.exists:
            raise WorkspaceMissingError(
                "There is no workspace in this folder.",
                what_to_do="Choose another folder, or make a new workspace here.",
            )
        with ExitStack() as stack:
            _take_lock(folder, stack)
            folder.finish_creation()
            file = read_key_file(folder.key)
            if passphrase is None:
                key = _without_passphrase(file)
            else:
                attempts = Attempts(folder.attempts, clock)
                key = checked_unwrap(file, passphrase, attempts, user)
            is_other = passphrase is not None and is_known(file, user)
            return cls._opened(folder, key, stack, clock, user if is_other else None)

    @classmethod
    def open_demo(cls, root: Path | None = None, *, clock: Clock = utc_now) -> Self:
        """Open, or make, the passwordless demo workspace with the bundled studies in its index."""
        folder = WorkspaceFolder(root=root or paths.demo_workspace())
        with ExitStack() as stack:
            _take_lock(folder, stack)
            folder.finish_creation()
            if folder.exists:
                file = read_key_file(folder.key)
                if not file.is_demo:
                    raise StorageError(
                        "This folder holds a real workspace, not the demo.",
                        what_to_do="Open it with its passphrase, or name another folder.",
                    )
                key = demo_key(file)
            else:
                file, key = folder.create(user_name=DEMO_USER, passphrase=None, clock=clock)
            return cls._opened(folder, key, stack, clock)

    @property
    def root(self) -> Path:
        """The workspace's folder."""
        return self._folder.root

    @property
    def is_demo(self) -> bool:
        """Whether this is the demo workspace: marked everywhere, never for patients."""
        return self._store.facts.is_demo

    @property
    def lock_minutes(self) -> int:
        """After how many minutes without a touch the window is locked; 0 for the demo: never."""
        return 0 if self.is_demo else load_settings().lock_minutes

    def versions(self) -> dict[str, str]:
        """Names and versions of the database's parts, for the about box."""
        return driver_versions()

    def verify(self) -> DatabaseCheck:
        """Check the database: pages, HMACs, foreign keys, audit chain, report hashes."""
        checks, problems = full_check(self._store.database)
        return DatabaseCheck(checks=checks, problems=problems)

    def backup(self, to: Path | None = None) -> Path:
        """Write a checked, encrypted copy by SQLite's online backup; returns the file.

        Args:
            to: The file, or a folder to put it in; None for the workspace's own backups. The key
                file that opens it is written beside it.
        """
        now = self._store.clock()
        if to is None or to.is_dir():
            to = backup_path(to or self._folder.backups, now)
        self._folder.back_up(self._store.database, to)
        self._record(AuditAction.BACKUP_MADE, "", {})
        return to

    def new_recovery_key(self, passphrase: str) -> str:
        """A recovery key to be printed; an earlier one stops working.

        Raises `WrongPassphraseError` or `TooManyAttemptsError`.
        """
        return self.access.new_recovery_key(passphrase)

    def close(self) -> None:
        """Stop the workers and close the database."""
        self._stack.close()

    def __enter__(self) -> Self:
        """Return self."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()

    @classmethod
    def _opened(
        cls,
        folder: WorkspaceFolder,
        key: bytes,
        stack: ExitStack,
        clock: Clock,
        user: str | None = None,
    ) -> Self:
        """The workspace over the opened database; takes what `stack` holds with it."""
        database, recovered = folder.open(key, clock)
        stack.callback(database.close)
        store = Store(database, clock)
        store.actor = user or store.facts.user_name
        workspace = cls(folder, store, stack)
        action = AuditAction.RECOVERED if recovered else AuditAction.WORKSPACE_OPENED
        workspace._record(action, "", driver_versions())
        workspace._record_refusals()
        if workspace.is_demo:
            workspace._index_demo()
        workspace._back_up_daily()
        workspace._stack = stack.pop_all()
        return workspace

    def _open_services(self) -> None:
        decoder = _Decoder()
        self._stack.callback(decoder.close)
        self._attempts = Attempts(self._folder.attempts, self._store.clock)
        self.access = Access(self._store, self._folder.key, self._attempts)
        self.library = Library(self._store, decoder)
        self.reporting = Reporting(self._store, self.access, self._back_up_quietly)
        self.marking = Marking(self._store)
        self.binding = FilmBinding(self._store)
        self.writing = Writing(self._store, decoder)
        self.analytics = Analytics(self._store)
        self.presenting = Presenting(self._store)
        self.drafting = self._make_drafting()
        self.exporting = Exporting(
            ReportSources(
                study_of=self.library.study,
                draft_of=self.reporting.draft,
                pixels_of=self.library.pixels,
                critical_of=self.reporting.signing.communications,
                key_images_of=self.marking.key_images,
            ),
            record=self._record,
            settings=load_settings,
            is_demo=self.is_demo,
        )
        self.past_reports = PastReports(self._store, self.exporting)

    def _make_drafting(self) -> Drafting:
        from engine.workers.inference_client import InferenceClient  # noqa: PLC0415  see `_Decoder`

        bundle = paths.model_bundle()
        model = InferenceClient(bundle)
        self._stack.callback(model.close)
        return Drafting(self.library, self._store, model, bundle)

    def _index_demo(self) -> None:
        """Scan the bundled studies at the first opening, and when the product was moved."""
        demo = paths.demo_studies()
        with self._store.look() as unit:
            bundled = unit.studies.paths(demo)
        if not bundled or not all(path.exists() for path in bundled):
            self.library.add([demo])

    def _record(self, action: AuditAction, subject: str, details: Mapping[str, Any]) -> None:
        with self._store.change() as unit:
            unit.audit.record(action, subject, details)

    def _record_refusals(self) -> None:
        """Wrong passphrases while the database was closed; the right one ends the count."""
        if self._attempts.failed:
            self._record(AuditAction.PASSPHRASE_REFUSED, "", {"refused": self._attempts.failed})
            self._attempts.accepted()

    def _back_up_daily(self) -> None:
        newest = newest_backup_time(self._folder.backups)
        if newest is None or self._store.clock() - newest >= _BACKUP_AFTER:
            self._back_up_quietly()

    def _back_up_quietly(self) -> None:
        """The automatic backup: its failure is logged and must not undo what was just saved."""
        try:
            self.backup()
            thin_out(self._folder.backups, self._store.clock())
        except WorkspaceDamagedError:
            _LOG.exception("the database failed the checks of its backup")
        except (StorageError, OSError):
            _LOG.warning("the automatic backup was not made", exc_info=True)


class _Decoder:
    """The decode worker's client, made at its first use: a start needs no worker."""

    def __init__(self) -> None:
        self._client: DecodeClient | None = None
        self._lock = threading.Lock()

    def __call__(self) -> DecodeClient:
        with self._lock:
            if self._client is None:
                from engine.workers.decode_client import DecodeClient  # noqa: PLC0415

                self._client = DecodeClient()
            return self._client

    def close(self) -> None:
        if self._client is not None:
            self._client.close()


def _take_lock(folder: WorkspaceFolder, stack: ExitStack) -> None:
    folder.prepare()
    stack.callback(WorkspaceLock(folder.root).release)


def _without_passphrase(file: KeyFile) -> bytes:
    if file.is_demo:
        return demo_key(file)
    key = from_keychain(file.workspace_id)
    if key is None:
        raise WrongPassphraseError(
            "The keychain of this computer does not open the workspace.",
            what_to_do="Type the passphrase.",
        )
    return key
