"""Dialogs for a report's record and for users: what each command opens and does."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from engine.domain.critical import CriticalCommunication
from engine.domain.export import ExportForm
from engine.domain.report import ReportId, ReportStatus
from engine.domain.user import User
from viewer.actions import record, workspace
from viewer.actions.registry import CommandRegistry
from viewer.desk import Desk
from viewer.dialogs.critical_result import CriticalResultSheet
from viewer.dialogs.lock import LockSheet
from viewer.dialogs.people import PassphraseSheet, UsersSheet
from viewer.dialogs.recovery import NewRecoveryKey, RecoveryKeySheet
from viewer.dialogs.sheet import tell_demo_passphrase
from viewer.dialogs.statement import StatementSheet
from viewer.errors import OnError, notice_of
from viewer.widgets.file_choice import ask_where_and_how

EXPORT_FILTERS = {
    f"{form.facts.label} (*{form.facts.suffix})": form
    for form in ExportForm
    if form is not ExportForm.PDF
}
"""Export forms other than PDF, which has a command of its own, by their file filter."""
_Sign = Callable[[ReportId, str, str, Callable[[], None], OnError], None]


class RecordSheets:
    """Binds the commands of `viewer.actions.record`, and the one for a recovery key.

    Args:
        registry: With the commands added.
        desk: States of the open workspace.
        window: Window under the dialogs.
    """

    def __init__(self, registry: CommandRegistry, desk: Desk, window: QWidget) -> None:
        self._registry = registry
        self._desk = desk
        self._window = window
        self._is_locked = False
        preferences = desk.preferences
        advance = registry.action(record.ADVANCE)
        registry.bind(
            record.ADVANCE, lambda: preferences.set_advance(is_on=not preferences.advance)
        )
        preferences.advance_changed.connect(lambda: advance.setChecked(preferences.advance))
        advance.setChecked(preferences.advance)
        registry.bind(record.ADDENDUM, self._addendum)
        registry.bind(record.WITHDRAW, self._withdraw)
        registry.bind(record.BEGIN_ANEW, desk.report.begin_anew)
        registry.bind(record.TOLD, self._critical_result)
        registry.bind(record.REVISIONS, desk.read_revisions)
        registry.bind(record.LOCK, self.lock)
        registry.bind(record.EXPORT_AS, self._export_as)
        registry.bind(record.USERS, self._users)
        registry.bind(record.PASSPHRASE, self._passphrase)
        registry.bind(workspace.RECOVERY_KEY, self._recovery_key)
        desk.session.recovery_key_made.connect(self._show_recovery_key)
        for signal in (desk.report.opened, desk.report.changed):
            signal.connect(self._refresh)
        self._refresh()

    def lock(self) -> None:
        """Lock the window first; then save the report and record the lock.

        Nothing that can fail or wait comes before the lock screen.
        """
        if self._is_locked:
            return
        self._is_locked = True
        session, account = self._desk.session, self._desk.account
        sheet = LockSheet(session.users, session.user_name, account.sign_in, self._window)
        tell_demo_passphrase(sheet.passphrase, is_demo=session.is_demo)
        sheet.accepted.connect(self._on_unlocked)
        sheet.open()
        self._desk.inbox.lock(is_on=True)
        self._desk.orders.lock(is_on=True)
        # Report text copied here must not outlive the lock; another program's clipboard is left
        # alone.
        clipboard = QGuiApplication.clipboard()
        if clipboard.ownsClipboard():
            clipboard.clear()
        self._desk.report.flush(
            sheet.show_kept, lambda error: sheet.show_kept(notice_of(error).line)
        )
        account.note_lock()

    def _on_unlocked(self) -> None:
        self._is_locked = False
        self._desk.inbox.lock(is_on=False)
        self._desk.orders.lock(is_on=False)

    def _refresh(self) -> None:
        report = self._desk.report.report
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
            record.PASSPHRASE: not self._desk.session.is_demo,
            workspace.RECOVERY_KEY: not self._desk.session.is_demo,
        }
        for command, is_available in states.items():
            self._registry.action(command).setEnabled(is_available)

    def _addendum(self) -> None:
        self._state_words("Sign addendum", "Addendum", self._desk.report.add_addendum)

    def _withdraw(self) -> None:
        self._state_words("Withdraw report", "Reason", self._desk.report.withdraw)

    def _state_words(self, title: str, caption: str, sign: _Sign) -> None:
        study, report = self._desk.library.study, self._desk.report.report
        if study is not None and report is not None:
            sheet = StatementSheet(title, caption, study, partial(sign, report.id), self._window)
            tell_demo_passphrase(sheet.passphrase, is_demo=self._desk.session.is_demo)
            sheet.open()

    def _critical_result(self) -> None:
        desk = self._desk
        study, report = desk.library.study, desk.report.report
        if study is None or report is None:
            return

        def show(known: tuple[CriticalCommunication, ...]) -> None:
            # The entries are read first: an impatient second click must not open a second sheet.
            if any(sheet.isVisible() for sheet in self._window.findChildren(CriticalResultSheet)):
                return
            keep, user = desk.report.keep_communication, desk.session.user_name
            CriticalResultSheet(study, report, user, known, keep, self._window).open()

        # Saved first, because an entry needs a stored report.
        desk.report.read_communications(show)

    def _export_as(self) -> None:
        to, chosen = ask_where_and_how(
            self._window, "Export as", "report.dcm", ";;".join(EXPORT_FILTERS)
        )
        if to is not None and chosen in EXPORT_FILTERS:
            self._desk.exporting.export_as(to, EXPORT_FILTERS[chosen])

    def _users(self) -> None:
        account = self._desk.account

        def show(users: tuple[User, ...]) -> None:
            sheet = UsersSheet(users, account.add_user, self._window)
            tell_demo_passphrase(sheet.yours, is_demo=self._desk.session.is_demo)
            sheet.open()

        account.read_users(show)

    def _passphrase(self) -> None:
        PassphraseSheet(self._desk.account.change_passphrase, self._window).open()

    def _recovery_key(self) -> None:
        make = self._desk.account.make_recovery_key
        NewRecoveryKey(make, self._show_recovery_key, self._window).open()

    def _show_recovery_key(self, key: str) -> None:
        RecoveryKeySheet(key, self._window).open()
