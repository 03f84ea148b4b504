"""Exports the open report: as PDF, as PDF signed with a certificate, in other forms, as text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from engine.domain.export import ExportForm
from engine.domain.report import Report
from engine.domain.study import StudyUid
from engine.errors import ExportError
from viewer.errors import NoticeLevel, OnError
from viewer.state.notices import Notices
from viewer.state.report import ReportState
from viewer.state.wording import count_text
from viewer.tasks.changes import NOTHING
from viewer.tasks.runner import Lane, TaskRunner

if TYPE_CHECKING:
    from engine.services.anonymous_films import AnonymousExport
    from engine.services.workspace import Workspace


class ExportingState(QObject):
    """Exports the open report. Unsaved changes are saved first."""

    def __init__(
        self,
        workspace: Workspace,
        runner: TaskRunner,
        notices: Notices,
        report: ReportState,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._runner = runner
        self._notices = notices
        self._report = report

    def pdf(self, to: Path, on_done: Callable[[Path], None] | None = None) -> None:
        """A letter with key images, signer and the origin of every sentence."""

        def done(path: Path) -> None:
            self._say_exported(path)
            if on_done is not None:
                on_done(path)

        self._write(lambda report: self._workspace.exporting.pdf(report, to), done)

    def export_as(self, to: Path, form: ExportForm) -> None:
        """Write the report in another form."""
        self._write(
            lambda report: self._workspace.exporting.export(report, to, form),
            self._say_exported,
        )

    def picture(self, content: bytes, to: Path, uid: StudyUid, what: str) -> None:
        """Record the export of a film's picture and write it; `what` is "film" or "view"."""
        self._runner.change(
            lambda: self._workspace.exporting.picture(content, to, uid, what),
            NOTHING,
            lambda path: self._notices.say("Saved", f"The picture was written to {path.name}."),
            self._notices.tell,
        )

    def films_without_identity(self, uid: StudyUid, to: Path) -> None:
        """Write a study's films into a folder; somebody said that no text is burned into them."""

        def done(export: AnonymousExport) -> None:
            count = count_text(len(export.written), "film was", "films were")
            words = " ".join((f"{count} written to {to.name}.", *export.left_out))
            level = NoticeLevel.DECIDE if export.left_out else NoticeLevel.QUIET
            self._notices.say("Saved", words, level)

        # Not on the lane of writes: reading large films must not hold up what is typed.
        self._runner.query(
            lambda: self._workspace.anonymous_films.export(uid, to, shows_no_text=True),
            done,
            self._notices.tell,
            lane=Lane.SCAN,
        )

    def picture_print(self, uid: StudyUid, on_recorded: Callable[[], None]) -> None:
        """Record that a film is printed. Printing starts only after the record is written."""
        self._runner.change(
            lambda: self._workspace.exporting.picture_printed(uid),
            NOTHING,
            lambda _none: on_recorded(),
            self._notices.tell,
        )

    def copy_text(self, on_text: Callable[[str], None]) -> None:
        """Record the copy and pass on the report as plain text."""

        def start(report: Report) -> None:
            self._runner.change(
                lambda: self._workspace.exporting.clipboard_text(report),
                NOTHING,
                on_text,
                self._notices.tell,
            )

        self._report.when_saved(start)

    def signed_pdf(
        self,
        report: Report,
        certificate: Path,
        passphrase: str,
        to: Path,
        done: Callable[[], None],
        failed: OnError,
    ) -> None:
        """Write a final report as PDF, signed with a certificate file (PKCS #12)."""

        def write() -> Path:
            return self._workspace.exporting.signed_pdf(
                report, to, certificate=_content_of(certificate), passphrase=passphrase
            )

        def written(path: Path) -> None:
            self._notices.say("Exported", f"{path.name} was written to {path.absolute().parent}.")
            done()

        self._runner.change(write, NOTHING, written, failed)

    def _write(self, write: Callable[[Report], Path], done: Callable[[Path], None]) -> None:
        self._report.when_saved(
            lambda report: self._runner.change(
                lambda: write(report), NOTHING, done, self._notices.tell
            )
        )

    def _say_exported(self, path: Path) -> None:
        self._notices.say("Exported", f"{path.name} was written to {path.absolute().parent}.")


def _content_of(certificate: Path) -> bytes:
    try:
        return certificate.read_bytes()
    except OSError as error:
        raise ExportError("The certificate's file cannot be read.") from error
