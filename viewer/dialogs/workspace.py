"""The sheets about the workspace and its reader: figures, locking, a certificate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QWidget

from engine.domain.analytics import ReviewRecord, summary_of
from engine.domain.report import ReportStatus
from engine.errors import ExportError
from viewer.actions import workspace as commands
from viewer.actions.registry import CommandRegistry
from viewer.app_context import AppContext
from viewer.dialogs.certificate import CertificateSheet
from viewer.dialogs.lock_after import LockAfterSheet
from viewer.dialogs.own_figures import OwnFigures
from viewer.dialogs.record import Done
from viewer.errors import Notice, Severity
from viewer.state.session import SessionStage
from viewer.tasks.changes import NOTHING
from viewer.tasks.runner import OnError

if TYPE_CHECKING:
    from engine.services.workspace import Workspace

_STANDS = {ReportStatus.FINAL, ReportStatus.ADDENDED}


class WorkspaceSheets:
    """Binds their commands in one window.

    Args:
        registry: With the commands added.
        context: The window's states.
        window: The window over which the sheets open.
    """

    def __init__(self, registry: CommandRegistry, context: AppContext, window: QWidget) -> None:
        self._registry = registry
        self._context = context
        self._window = window
        registry.bind(commands.CERTIFICATE, self._certificate)
        registry.bind(commands.FIGURES, self._figures)
        registry.bind(commands.LOCK_AFTER, self._lock_after)
        for signal in (
            context.session.stage_changed,
            context.report.opened,
            context.report.changed,
        ):
            signal.connect(self._refresh)
        self._refresh()

    def _refresh(self) -> None:
        report = self._context.report.report
        is_open = self._context.session.stage is SessionStage.OPEN
        states = {
            commands.CERTIFICATE: report is not None and report.status in _STANDS,
            commands.FIGURES: is_open,
            commands.LOCK_AFTER: is_open,
        }
        for command, is_available in states.items():
            self._registry.action(command).setEnabled(is_available)

    def _lock_after(self) -> None:
        is_demo = self._context.session.is_demo
        LockAfterSheet(self._context.preferences, is_demo=is_demo, parent=self._window).open()

    def _figures(self) -> None:
        workspace, runner = self._workspace, self._context.runner
        if workspace is None:
            return

        def show(records: tuple[ReviewRecord, ...]) -> None:
            OwnFigures(summary_of(records), self._ask_csv, self._window).open()

        def count() -> None:
            runner.query(workspace.analytics.own, show)

        # What was typed last is counted too.
        self._context.report.flush(count, lambda _error: None)

    def _ask_csv(self) -> None:
        workspace = self._workspace
        name, _ = QFileDialog.getSaveFileName(
            self._window, "Save your figures", "figures.csv", "CSV (*.csv)"
        )
        if not name or workspace is None:
            return
        self._context.runner.query(
            lambda: workspace.analytics.write_csv(Path(name)), self._say_written
        )

    def _certificate(self) -> None:
        report, workspace = self._context.report.report, self._workspace
        if report is None or workspace is None:
            return

        def sign(certificate: Path, passphrase: str, to: Path, done: Done, failed: OnError) -> None:
            def written(path: Path) -> None:
                self._say_written(path)
                done()

            def write() -> Path:
                return workspace.exporting.signed_pdf(
                    report, to, certificate=_content_of(certificate), passphrase=passphrase
                )

            self._context.runner.change(write, NOTHING, written, failed)

        CertificateSheet(sign, self._window).open()

    def _say_written(self, path: Path) -> None:
        sentence = f"{path.name} was written."
        self._context.noticed.emit(
            Notice(title="Exported", sentence=sentence, severity=Severity.QUIET)
        )

    @property
    def _workspace(self) -> Workspace | None:
        return self._context.session.workspace


def _content_of(certificate: Path) -> bytes:
    try:
        return certificate.read_bytes()
    except OSError as error:
        raise ExportError("The certificate's file cannot be read.") from error
