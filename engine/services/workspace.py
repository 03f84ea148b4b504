"""The composition root: one workspace folder, its database, its workers and its services."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self

from engine import paths
from engine.domain.audit import AuditAction
from engine.domain.progress import CancelToken, ProgressSink, ignore_progress
from engine.domain.user import Permission
from engine.errors import (
    ReadOnlyError,
    StorageError,
    WorkspaceMissingError,
    WrongPassphraseError,
)
from engine.services.access import Access, checked_unwrap
from engine.services.analytics import Analytics
from engine.services.annotating import Annotating
from engine.services.anonymous_films import AnonymousFilms
from engine.services.answering import AnswerReader
from engine.services.backing_up import LEAST_APART, BackupLane
from engine.services.binding import FilmBinding
from engine.services.database_check import DatabaseCheck, check_database
from engine.services.drafting import Drafting
from engine.services.exporting import Exporting, ReportSources
from engine.services.film_decoder import FilmDecoder
from engine.services.intake import Intake
from engine.services.library import Library
from engine.services.models import Models
from engine.services.ordering import Orders
from engine.services.outbox import Outbox
from engine.services.past_reports import PastReports
from engine.services.presenting import Presenting
from engine.services.proposing import Proposing
from engine.services.report_sources import named_sources, shown_sources
from engine.services.reporting import Reporting
from engine.services.trail import Trail
from engine.services.writing import Writing
from engine.settings import Settings, installed_model, load_settings
from engine.storage.attempts import Attempts
from engine.storage.backup import backup_path, newest_backup_time, thin_out
from engine.storage.database import Database, driver_versions
from engine.storage.folder import WorkspaceFolder
from engine.storage.keys import (
    KeyFile,
    demo_key,
    from_keychain,
    is_known,
    put_in_keychain,
    read_key_file,
)
from engine.storage.location import WorkspaceLock
from engine.storage.rekey import give_key
from engine.storage.unit_of_work import Clock, Store, utc_now

DEMO_USER = "Demo Reader"
_BACKUP_AFTER = timedelta(days=1)
_NO_OUTBOX = {"outbox_folder": "", "outbox_acks": ""}
_LOG = logging.getLogger(__name__)
_TYPE_IT = "Type the passphrase."


class Workspace:
    """An open workspace. Close it, or use it as a context manager."""

    library: Library
    orders: Orders
    drafting: Drafting
    proposing: Proposing
    intake: Intake
    models: Models
    reporting: Reporting
    exporting: Exporting
    outbox: Outbox
    past_reports: PastReports
    annotating: Annotating
    binding: FilmBinding
    writing: Writing
    presenting: Presenting
    anonymous_films: AnonymousFilms
    access: Access
    analytics: Analytics
    trail: Trail

    def __init__(self, folder: WorkspaceFolder, store: Store, stack: ExitStack) -> None:
        """Not called directly: use `create`, `open` or `open_demo`. `close` closes `stack`."""
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
        """Make a workspace; only the passphrase opens it, unless the keychain holds the key too."""
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
            passphrase: None takes the key from the keychain and signs the owner in; the printed
                recovery key is accepted in place of the owner's passphrase.
            user: Whose passphrase it is; None for the owner, who made the workspace.
            clock: Gives the time, UTC.
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
            if passphrase is None:
                key = _without_passphrase(read_key_file(folder.key))
                return cls._opened(folder, key, stack, clock, is_asked_for=False)
            file = folder.key_file(clock())
            attempts = Attempts(folder.attempts, clock)
            other = user if is_known(file, user) else None
            key = checked_unwrap(file, passphrase, attempts, other)
            folder.require_fitting(file, key, clock())
            opened = cls._opened(folder, key, stack, clock, user)
            if not opened.is_read_only:
                opened.access.renew_lock(passphrase)
            return opened

    @classmethod
    def open_demo(cls, root: Path | None = None, *, clock: Clock = utc_now) -> Self:
        """Open or make the demo workspace: it needs no passphrase and holds the bundled studies."""
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
    def is_read_only(self) -> bool:
        """Whether nothing can be written to the folder, for lack of room or permission."""
        return self._store.database.is_read_only

    @property
    def read_only_error(self) -> ReadOnlyError | None:
        """Why it can only be read and what to do, or None."""
        return self._store.database.read_only_error if self.is_read_only else None

    @property
    def lock_minutes(self) -> int:
        """Minutes without input after which the window locks; 0, never, for the demo."""
        return 0 if self.is_demo else load_settings().lock_minutes

    def versions(self) -> dict[str, str]:
        """Names and versions of the database's components, for the About box."""
        return driver_versions()

    def verify(
        self, *, progress: ProgressSink = ignore_progress, cancel: CancelToken | None = None
    ) -> DatabaseCheck:
        """Check the database (`check_database`); raises `CancelledError` if `cancel` was set."""
        folders = [self._folder.backups]
        if (second := self._second_place()) is not None:
            folders.append(second)
        return check_database(self._store, self.access, folders, progress, cancel)

    def backup(self, to: Path | None = None) -> Path:
        """Write a checked, encrypted copy by SQLite's online backup; returns the file.

        Args:
            to: The file, or a folder to put it in; None for the workspace's own backups. The key
                file that opens it is written beside it.
        """
        self.access.require(Permission.BACK_UP)
        now = self._store.clock()
        if to is None or to.is_dir():
            to = backup_path(to or self._folder.backups, now)
        self._folder.back_up(self._store.database, to)
        self._record(AuditAction.BACKUP_MADE, "", {})
        return to

    def new_recovery_key(self, passphrase: str) -> str:
        """Make a recovery key to be printed; an earlier one stops working.

        Raises `WrongPassphraseError` or `TooManyAttemptsError`.
        """
        return self.access.new_recovery_key(passphrase)

    def read_with(self, ahead: FilmDecoder) -> None:
        """Decode with a worker that was started before the workspace was open."""
        self._films.take(ahead)

    def close(self) -> None:
        """Stop the workers and close the database."""
        self._stack.close()

    def __enter__(self) -> Self:
        """Return the workspace itself; leaving the context closes it."""
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
        *,
        is_asked_for: bool = True,
    ) -> Self:
        """The workspace on its opened database; takes over what `stack` holds.

        A workspace that was locked when it was closed is only opened with its passphrase
        (`is_asked_for`).
        """
        file = read_key_file(folder.key)
        database, recovered = folder.open(key, clock, file)
        stack.callback(_close, database, folder, clock)
        store = Store(database, clock)
        if user is not None and user != store.facts.user_name and not is_known(file, user):
            Attempts(folder.attempts, clock).refused()
            raise WrongPassphraseError("The passphrase is not right.")
        if not is_asked_for and _was_left_locked(store):
            raise WrongPassphraseError("The workspace was locked.", what_to_do=_TYPE_IT)
        store.actor = user or store.facts.user_name
        workspace = cls(folder, store, stack)
        action = AuditAction.RECOVERED if recovered else AuditAction.WORKSPACE_OPENED
        store.note(action, "", driver_versions())
        if not database.is_read_only:
            workspace.access.settle_key_file()
            workspace._record_refusals()
            if workspace.is_demo:
                workspace._index_demo()
            workspace._back_up_daily()
        workspace._stack = stack.pop_all()
        return workspace

    def _open_services(self) -> None:
        self._films = decoder = FilmDecoder()
        self._stack.callback(decoder.close)
        self._attempts = Attempts(self._folder.attempts, self._store.clock)
        self.access = Access(self._store, self._folder, self._attempts)
        self.library = Library(self._store, decoder)
        self.orders = Orders(self._store, decoder, lambda: self.library.deidentifier)
        self._backups = BackupLane(self._back_up_automatically, self._seconds_to_backup)
        self._stack.callback(self._backups.close)
        self.reporting = Reporting(
            self._store, self.access, self._backups.ask, lambda: self._settings().outbox
        )
        self.annotating = Annotating(self._store)
        self.binding = FilmBinding(self._store)
        self.writing = Writing(self._store, decoder)
        self.analytics = Analytics(self._store)
        self.presenting = Presenting(self._store)
        self.anonymous_films = AnonymousFilms(self._store, lambda *of: decoder().anonymous(*of))
        self.trail = Trail(self._store, self.access)
        self._open_drafting(decoder)
        shown = shown_sources(self._store, self.library, self.reporting, self.annotating)
        self.exporting = self._make_exporting(shown)
        results = self._make_exporting(named_sources(self._store, shown))
        self.outbox = Outbox(
            self._store,
            lambda of: results.content(self.reporting.revision(of.report_id, of.revision), of.form),
            self._settings,
            AnswerReader(self._store, decoder),
        )
        self.past_reports = PastReports(
            self._store, self.exporting, hides_names=lambda: self.library.is_deidentified
        )

    def _make_exporting(self, sources: ReportSources) -> Exporting:
        return Exporting(sources, record=self._record, settings=load_settings, is_demo=self.is_demo)

    def _settings(self) -> Settings:
        """The settings in force; the demo has no outbox."""
        found = load_settings()
        return found.model_copy(update=_NO_OUTBOX) if self.is_demo else found

    def _open_drafting(self, films: FilmDecoder) -> None:
        from engine.workers.inference_client import InferenceClient  # noqa: PLC0415  see `FilmDecoder`

        installed = installed_model()
        model = InferenceClient(installed)
        self._stack.callback(model.close)
        self.drafting = Drafting(self.library, self._store, model, installed)
        self.proposing = Proposing(self.library, model, paths.outline_model())
        # What comes by itself is read beside the films on the screen, never before them.
        decoder = FilmDecoder(is_incoming=True)
        self._stack.callback(decoder.close)
        library = Library(self._store, decoder, is_incoming=True)
        background = Drafting(library, self._store, model, installed)
        self.intake = Intake(self._store, library, background, decoder.rest)
        self.models = Models(
            self._store,
            self._folder.models,
            installed,
            decode=lambda image, cancel: films().pixels(image, cancel=cancel),
            trial_studies=lambda: films().scan([paths.demo_studies()]).studies,
            on_choice=(self.drafting.use, background.use),
        )
        self.models.apply()

    def _index_demo(self) -> None:
        """Scan the bundled studies when the demo is first opened or the product has new ones."""
        demo = paths.demo_studies()
        with self._store.look() as unit:
            known = set(unit.studies.paths(demo))
        if not known.issuperset(demo.glob("*.dcm")):
            self.library.add([demo])

    def _record(self, action: AuditAction, subject: str, details: Mapping[str, Any]) -> None:
        with self._store.change(Permission.READ) as unit:
            unit.audit.record(action, subject, details)

    def _record_refusals(self) -> None:
        """Record wrong passphrases entered while the database was closed, and reset the count."""
        if self._attempts.failed:
            self._record(AuditAction.PASSPHRASE_REFUSED, "", {"refused": self._attempts.failed})
            self._attempts.accepted()

    def _back_up_daily(self) -> None:
        newest = newest_backup_time(self._folder.backups, self._store.clock())
        if newest is None or self._store.clock() - newest >= _BACKUP_AFTER:
            self._backups.ask()

    def _seconds_to_backup(self) -> float:
        """Seconds until the newest backup is old enough for the next automatic one."""
        now = self._store.clock()
        newest = newest_backup_time(self._folder.backups, now)
        return 0.0 if newest is None else (newest + LEAST_APART - now).total_seconds()

    def _back_up_automatically(self, cancelled: threading.Event) -> None:
        now = self._store.clock()
        self._folder.back_up(
            self._store.database, backup_path(self._folder.backups, now), cancelled
        )
        self._record(AuditAction.BACKUP_MADE, "", {})
        thin_out(self._folder.backups, now)
        if (own := self._second_place()) is not None:
            self._back_up_elsewhere(own, now, cancelled)

    def _second_place(self) -> Path | None:
        """This workspace's folder in the second place for backups; None without one."""
        place = load_settings().backup_folder
        if not place or self.is_demo:
            return None
        return Path(place) / self._store.facts.workspace_id

    def _back_up_elsewhere(self, own: Path, now: datetime, cancelled: threading.Event) -> None:
        """A second copy, for the day the disk breaks."""
        if not own.parent.is_dir():
            # A drive that is not there now must not be made a folder of this disk.
            _LOG.warning("the second place for backups is not there")
            return
        self._folder.back_up(self._store.database, backup_path(own, now), cancelled)
        thin_out(own, now)


def _take_lock(folder: WorkspaceFolder, stack: ExitStack) -> None:
    folder.prepare()
    stack.callback(WorkspaceLock(folder.root).release)


def _close(database: Database, folder: WorkspaceFolder, clock: Clock) -> None:
    """Close the database and re-encrypt it if a changed passphrase asked for a new key.

    If that fails, the next opening does it.
    """
    database.close()
    if database.next_key is None:
        return
    try:
        file = read_key_file(folder.key)
        give_key(database.path, database.key, database.next_key, file, clock)
    except (StorageError, OSError):
        _LOG.warning("the database keeps its key until it is opened again", exc_info=True)


def _without_passphrase(file: KeyFile) -> bytes:
    if file.is_demo:
        return demo_key(file)
    key = from_keychain(file.workspace_id)
    if key is None or not file.is_opened_by(key):
        raise WrongPassphraseError(
            "The keychain of this computer does not open the workspace.",
            what_to_do=_TYPE_IT,
        )
    return key


def _was_left_locked(store: Store) -> bool:
    ways_in = (AuditAction.USER_SIGNED_IN, AuditAction.WORKSPACE_OPENED, AuditAction.RECOVERED)
    with store.look() as unit:
        last = unit.audit.newest(AuditAction.LOCKED, *ways_in)
    return last is AuditAction.LOCKED and not store.facts.is_demo
