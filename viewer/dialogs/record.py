"""The sheets about a report's record and about users: what each command opens, and what it does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QWidget

from engine.domain.critical import CriticalCommunication
from engine.domain.report import Report, ReportStatus
from engine.domain.user import User
from viewer.actions import record
from viewer.actions.registry import CommandRegistry
from viewer.app_context import AppContext
from viewer.dialogs.lock import LockSheet
from viewer.dialogs.people import PassphraseSheet, UsersSheet
from viewer.dialogs.sign import SignSheet
from viewer.dialogs.statement import StatementSheet
from viewer.dialogs.told import ToldSheet
from viewer.state.session import SessionStage
from viewer.tasks.changes import NOTHING, ChangeSet
from viewer.tasks.runner import OnError

if TYPE_CHECKING:
    from engine.services.workspace import Workspace

EXPORT_FILTERS = {
    "DICOM with the PDF inside (*.dcm)": "dicom pdf",
    "DICOM Enhanced SR (*.dcm)": "dicom sr",
    "DICOM Basic Text SR (*.dcm)": "dicom basic text sr",
    "DICOM Comprehensive SR (*.dcm)": "dicom comprehensive sr",
    "FHIR bundle (*.json)": "fhir",
    "Plain text (*.txt)": "text",
    "JSON (*.json)": "json",
}
_WRITTEN = ChangeSet(studies=True, reports=True)
Done = Callable[[], None]


class RecordSheets:
    """Binds the record's commands of one window.

    Args:
        registry: With the commands added.
        context: The window's states.
        window: The window over which the sheets open.
    """

    def __init__(self, registry: CommandRegistry, context: AppContext, window: QWidget) -> None:
        self._registry = registry
        self._context = context
        self._window = window
        self._is_locked = False
        registry.bind(record.SIGN_PRELIMINARY, self._sign_preliminary)
        preferences = context.preferences
        advance = registry.action(record.ADVANCE)
        registry.bind(
            record.ADVANCE, lambda: preferences.set_advance(is_on=not preferences.advance)
        )
        preferences.advance_changed.connect(lambda: advance.setChecked(preferences.advance))
        registry.bind(record.ADDENDUM, self._addendum)
        registry.bind(record.WITHDRAW, self._withdraw)
        registry.bind(record.BEGIN_ANEW, context.report.begin_anew)
        registry.bind(record.TOLD, self._told)
        registry.bind(record.REVISIONS, context.read_revisions)
        registry.bind(record.LOCK, self.lock)
        registry.bind(record.EXPORT_AS, self._export_as)
        registry.bind(record.USERS, self._users)
        registry.bind(record.PASSPHRASE, self._passphrase)
        for signal in (
            context.session.stage_changed,
            context.report.opened,
            context.report.changed,
        ):
            signal.connect(self._refresh)
        self._refresh()

    def lock(self) -> None:
        """Save, then hide everything until a passphrase is typed."""
        workspace = self._workspace
        if workspace is None or self._is_locked:
            return
        self._is_locked = True
        context = self._context

        def show(users: tuple[User, ...]) -> None:
            present = context.session.user_name
            sheet = LockSheet(users, present, self._sign_in, self._window)
            sheet.accepted.connect(self._on_unlocked)
            sheet.open()

        def look_up() -> tuple[User, ...]:
            workspace.access.note_lock()
            return workspace.access.users()

        def ask() -> None:
            context.runner.change(look_up, NOTHING, show, self._on_lock_failed)

        context.report.flush(ask, lambda _error: ask())

    def _on_lock_failed(self, error: Exception) -> None:
        self._is_locked = False
        self._context.runner.failed.emit(error)

    def _on_unlocked(self) -> None:
        self._is_locked = False

    def _sign_in(self, name: str, passphrase: str, done: Done, failed: OnError) -> None:
        workspace = self._workspace
        if workspace is None:
            return

        def signed_in(user: User) -> None:
            self._context.session.set_user(user.name)
            done()

        access = workspace.access
        self._context.runner.change(
            lambda: access.sign_in(name, passphrase), NOTHING, signed_in, failed
        )

    def _refresh(self) -> None:
        report = self._context.report.report
        is_open = self._context.session.stage is SessionStage.OPEN
        stands = {ReportStatus.FINAL, ReportStatus.ADDENDED}
        can_add = report is not None and report.status in stands
        states = {
            record.SIGN_PRELIMINARY: report is not None and report.status is ReportStatus.DRAFT,
            record.ADDENDUM: can_add,
            record.WITHDRAW: can_add,
            record.EXPORT_AS: report is not None and bool(report.kept()),
            record.BEGIN_ANEW: report is not None and report.status is ReportStatus.WITHDRAWN,
            record.REVISIONS: report is not None,
            record.TOLD: report is not None and bool(report.sentences),
            record.LOCK: is_open,
            record.USERS: is_open,
            record.PASSPHRASE: is_open and not self._context.session.is_demo,
        }
        for command, is_available in states.items():
            self._registry.action(command).setEnabled(is_available)

    def _sign_preliminary(self) -> None:
        study, report = self._context.library.study, self._context.report.report
        if study is None or report is None or report.status is not ReportStatus.DRAFT:
            return
        if report.unreviewed or not report.kept():
            return
        sheet = SignSheet(
            self._context.report,
            study,
            report,
            self._window,
            remarks=[alert.message for alert in self._context.guards.result.shown],
            is_preliminary=True,
        )
        sheet.accepted.connect(self._context.go_on)
        sheet.open()

    def _addendum(self) -> None:
        self._state_words(
            "Sign the addendum",
            "Addendum",
            lambda workspace, report, words, passphrase: workspace.reporting.signing.addendum(
                report.id, words, passphrase=passphrase
            ),
        )

    def _withdraw(self) -> None:
        self._state_words(
            "Withdraw the report",
            "Reason",
            lambda workspace, report, words, passphrase: workspace.reporting.signing.withdraw(
                report.id, words, passphrase=passphrase
            ),
        )

    def _state_words(
        self,
        title: str,
        caption: str,
        sign: Callable[[Workspace, Report, str, str], Report],
    ) -> None:
        study, report = self._context.library.study, self._context.report.report
        workspace = self._workspace
        if study is None or report is None or workspace is None:
            return

        def submit(words: str, passphrase: str, done: Done, failed: OnError) -> None:
            def signed(result: Report) -> None:
                self._context.report.adopt(result)
                done()

            self._context.runner.change(
                lambda: sign(workspace, report, words, passphrase), _WRITTEN, signed, failed
            )

        StatementSheet(title, caption, study, submit, self._window).open()

    def _told(self) -> None:
        context, workspace = self._context, self._workspace
        study, report = context.library.study, context.report.report
        if study is None or report is None or workspace is None:
            return
        signing = workspace.reporting.signing

        def keep(entry: CriticalCommunication, done: Done, failed: OnError) -> None:
            context.runner.change(
                lambda: signing.communicated(entry), NOTHING, lambda _none: done(), failed
            )

        def show(known: tuple[CriticalCommunication, ...]) -> None:
            user = context.session.user_name
            ToldSheet(study, report, user, known, keep, self._window).open()

        def look_up() -> None:
            context.runner.query(lambda: signing.communications(report.id), show)

        # The entry belongs to a report that is stored.
        context.report.flush(look_up, lambda _error: None)

    def _export_as(self) -> None:
        name, chosen = QFileDialog.getSaveFileName(
            self._window, "Export in another form", "report.dcm", ";;".join(EXPORT_FILTERS)
        )
        if name and chosen in EXPORT_FILTERS:
            self._context.export_as(Path(name), EXPORT_FILTERS[chosen])

    def _users(self) -> None:
        workspace = self._workspace
        if workspace is None:
            return
        access, runner = workspace.access, self._context.runner

        def add(user: User, theirs: str, yours: str, done: Done, failed: OnError) -> None:
            runner.change(
                lambda: access.add_user(user, theirs, passphrase=yours),
                NOTHING,
                lambda _none: done(),
                failed,
            )

        runner.query(access.users, lambda users: UsersSheet(users, add, self._window).open())

    def _passphrase(self) -> None:
        workspace = self._workspace
        if workspace is None:
            return
        access = workspace.access

        def change(old: str, new: str, done: Done, failed: OnError) -> None:
            self._context.runner.change(
                lambda: access.change_passphrase(old, new), NOTHING, lambda _none: done(), failed
            )

        PassphraseSheet(change, self._window).open()

    @property
    def _workspace(self) -> Workspace | None:
        return self._context.session.workspace
