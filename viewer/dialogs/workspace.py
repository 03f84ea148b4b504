"""Dialogs for the workspace and its reader: figures, locking, certificate, models, trail, check."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QWidget

from engine.domain.analytics import ReviewRecord, summary_of
from engine.domain.model_watch import ModelWatch
from engine.domain.report import ReportStatus
from viewer.actions import workspace as commands
from viewer.actions.registry import CommandRegistry
from viewer.desk import Desk
from viewer.dialogs.audit_trail import AuditTrailSheet
from viewer.dialogs.certificate import CertificateSheet
from viewer.dialogs.database_check import CheckDatabase, DatabaseCheckSheet
from viewer.dialogs.folders import FoldersSheet
from viewer.dialogs.letterhead import LetterheadSheet
from viewer.dialogs.lock import LockAfterSheet
from viewer.dialogs.model_watch import ModelWatchSheet
from viewer.dialogs.models import ModelsSheet
from viewer.dialogs.own_figures import OwnFigures
from viewer.errors import NoticeLevel
from viewer.widgets.file_choice import ask_for_file, ask_where

_STANDS = {ReportStatus.FINAL, ReportStatus.ADDENDED}


class WorkspaceSheets:
    """Binds the commands of `viewer.actions.workspace`.

    Args:
        registry: With the commands added.
        desk: States of the open workspace.
        window: Window under the dialogs.
    """

    def __init__(self, registry: CommandRegistry, desk: Desk, window: QWidget) -> None:
        self._registry = registry
        self._desk = desk
        self._window = window
        registry.bind(commands.CERTIFICATE, self._certificate)
        registry.bind(commands.FIGURES, self._figures)
        registry.bind(commands.LOCK_AFTER, self._lock_after)
        registry.bind(commands.LETTERHEAD, self._letterhead)
        registry.bind(commands.FOLDERS, self._folders)
        registry.bind(commands.MODELS, self._models)
        registry.bind(commands.MODEL_WATCH, self._model_watch)
        registry.bind(commands.AUDIT_TRAIL, self._audit_trail)
        registry.bind(commands.CHECK_DATABASE, self._check_database)
        for signal in (desk.report.opened, desk.report.changed):
            signal.connect(self._refresh)
        self._refresh()

    def _refresh(self) -> None:
        report = self._desk.report.report
        can_be_signed = report is not None and report.status in _STANDS
        self._registry.action(commands.CERTIFICATE).setEnabled(can_be_signed)

    def _lock_after(self) -> None:
        is_demo = self._desk.session.is_demo
        LockAfterSheet(self._desk.preferences, is_demo=is_demo, parent=self._window).open()

    def _letterhead(self) -> None:
        LetterheadSheet(self._desk.preferences, self._window).open()

    def _folders(self) -> None:
        is_demo = self._desk.session.is_demo
        FoldersSheet(self._desk.preferences, is_demo=is_demo, parent=self._window).open()

    def _figures(self) -> None:
        def show(records: tuple[ReviewRecord, ...]) -> None:
            OwnFigures(summary_of(records), self._ask_csv, self._window).open()

        def count() -> None:
            self._desk.account.read_figures(show)

        # Saved first, so that the newest changes are counted.
        self._desk.report.flush(count, lambda _error: None)

    def _models(self) -> None:
        def ask_pack() -> Path | None:
            return ask_for_file(self._window, "Import a model pack", "Model packs (*.zip)")

        ModelsSheet(self._desk.models, ask_pack, self._window).open()

    def _model_watch(self) -> None:
        def show(watches: tuple[ModelWatch, ...]) -> None:
            ModelWatchSheet(watches, self._window).open()

        def count() -> None:
            self._desk.models.read_watch(show)

        # Saved first, so that the newest changes are counted.
        self._desk.report.flush(count, lambda _error: None)

    def _audit_trail(self) -> None:
        if self._desk.session.hides_names:
            words = "Show the names again before you read the audit trail: it names patients."
            self._desk.notices.say("Audit trail", words, NoticeLevel.DECIDE)
            return
        sheet = AuditTrailSheet(
            self._desk.administration.read_trail, self._ask_trail_file, self._window
        )
        # Read again for another user, who may not see what the one before saw.
        self._desk.session.user_changed.connect(sheet.refresh)
        sheet.finished.connect(sheet.deleteLater)
        sheet.open()

    def _ask_trail_file(self, words: str) -> None:
        to = ask_where(self._window, "Save the audit trail", "audit.csv", "CSV (*.csv)")
        if to is not None:
            self._desk.administration.write_trail(words, to)

    def _check_database(self) -> None:
        check = self._desk.administration.check_database
        self._desk.report.flush(lambda: self._open_check(check), self._desk.notices.tell)

    def _open_check(self, check: CheckDatabase) -> None:
        DatabaseCheckSheet(check, self._window).open()

    def _ask_csv(self) -> None:
        to = ask_where(self._window, "Save your figures", "figures.csv", "CSV (*.csv)")
        if to is not None:
            self._desk.account.write_figures(to)

    def _certificate(self) -> None:
        report = self._desk.report.report
        if report is not None:
            sign = partial(self._desk.exporting.signed_pdf, report)
            CertificateSheet(sign, self._window).open()
