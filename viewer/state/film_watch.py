"""Checks that the films in view are those that the open report was written on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from engine.domain.report import ReportId
from engine.domain.study import SopUid
from viewer.errors import Notice, NoticeLevel
from viewer.state.films import FilmsState
from viewer.state.notices import Notices
from viewer.state.report import ReportState
from viewer.tasks.changes import NOTHING
from viewer.tasks.runner import TaskRunner

if TYPE_CHECKING:
    from engine.services.workspace import Workspace

CHANGED = Notice(
    title="Film changed",
    sentence=(
        "A film is not the one that this report was written on: its pixels have changed. "
        "Verify the report."
    ),
    severity=NoticeLevel.ERROR,
)


class FilmWatch(QObject):
    """Compares pixel hashes when a film arrives and when the report is opened or stored.

    Signals:
        changed: Read `differing`.
    """

    changed = Signal()

    def __init__(
        self,
        workspace: Workspace,
        runner: TaskRunner,
        notices: Notices,
        films: FilmsState,
        report: ReportState,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._runner = runner
        self._notices = notices
        self._films = films
        self._report = report
        self._differing: frozenset[SopUid] = frozenset()
        self._compared: tuple[ReportId, bool, frozenset[tuple[SopUid, str]]] | None = None
        films.film_changed.connect(lambda _index: self._compare())
        films.slots_changed.connect(self._compare)
        report.opened.connect(self._on_opened)
        report.save_state_changed.connect(self._compare)

    @property
    def differing(self) -> frozenset[SopUid]:
        """Films whose pixels differ from those that the open report was written on."""
        return self._differing

    def _on_opened(self) -> None:
        self._compared = None
        self._tell(frozenset())
        self._compare()

    def _compare(self) -> None:
        """Compare the films that have not been compared since the report was opened."""
        report = self._report.report
        if report is None:
            return
        seen = {
            film.image.sop_uid: film.pixels.samples_sha256
            for film in self._films.films
            if film.pixels is not None and film.study.uid == report.study_uid
        }
        # Asked again once the report is stored: before that it is bound to no film.
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
            lambda: self._workspace.binding.differing(report.id, seen),
            NOTHING,
            came,
            self._on_error,
        )

    def _tell(self, differing: frozenset[SopUid]) -> None:
        is_worse = bool(differing - self._differing)
        if differing != self._differing:
            self._differing = differing
            self.changed.emit()
        if is_worse:
            self._notices.show(CHANGED)

    def _on_error(self, error: Exception) -> None:
        self._compared = None
        self._notices.tell(error)
