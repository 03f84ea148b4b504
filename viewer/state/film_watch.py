"""Watches whether the films in view are those that the open report was written on."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from engine.domain.report import ReportId
from engine.domain.study import SopUid
from viewer.errors import Notice, Severity, notice_of
from viewer.state.films import FilmsState
from viewer.state.report import ReportState
from viewer.state.session import SessionState
from viewer.tasks.changes import NOTHING
from viewer.tasks.runner import TaskRunner

CHANGED = Notice(
    title="Film changed",
    sentence=(
        "A film is not the one that this report was written on: its pixels have changed. "
        "Verify the report."
    ),
    severity=Severity.ERROR,
)


class FilmWatch(QObject):
    """Compares when a film comes, and when the report is opened or kept.

    Signals:
        changed: Other films differ; read `differing`.
        noticed: `Notice`.
    """

    changed = Signal()
    noticed = Signal(object)

    def __init__(
        self,
        runner: TaskRunner,
        session: SessionState,
        films: FilmsState,
        report: ReportState,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._runner = runner
        self._session = session
        self._films = films
        self._report = report
        self._differing: frozenset[SopUid] = frozenset()
        self._compared: tuple[ReportId, bool, frozenset[tuple[SopUid, str]]] | None = None
        films.film_changed.connect(lambda _index: self._compare())
        films.hung.connect(self._compare)
        report.opened.connect(self._on_opened)
        report.save_state_changed.connect(self._compare)

    @property
    def differing(self) -> frozenset[SopUid]:
        """Films whose pixels are not those that the open report was written on."""
        return self._differing

    def _on_opened(self) -> None:
        self._compared = None
        self._tell(frozenset())
        self._compare()

    def _compare(self) -> None:
        """Compare what has not been compared since the report was opened."""
        workspace, report = self._session.workspace, self._report.report
        if workspace is None or report is None:
            return
        seen = {
            film.image.sop_uid: film.pixels.samples_sha256
            for film in self._films.films
            if film.pixels is not None and film.study.uid == report.study_uid
        }
        # Once more when the report is first kept: before, it is bound to nothing.
        is_kept = report.revision > 0 or self._report.kept_at is not None
        question = (report.id, is_kept, frozenset(seen.items()))
        if not seen or question == self._compared:
            return
        self._compared = question

        def came(differing: frozenset[SopUid]) -> None:
            now = self._report.report
            if now is not None and now.id == report.id:
                self._tell(self._differing | differing)

        self._runner.change(
            lambda: workspace.binding.differing(report.id, seen), NOTHING, came, self._on_error
        )

    def _tell(self, differing: frozenset[SopUid]) -> None:
        is_worse = bool(differing - self._differing)
        if differing != self._differing:
            self._differing = differing
            self.changed.emit()
        if is_worse:
            self.noticed.emit(CHANGED)

    def _on_error(self, error: Exception) -> None:
        self._compared = None
        self.noticed.emit(notice_of(error))
