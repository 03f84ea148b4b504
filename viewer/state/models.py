"""The models of the workspace, and what readers made of their drafts; for an administrator."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from engine.domain.model_pack import ModelPack
from engine.domain.model_watch import ModelWatch
from engine.domain.progress import CancelToken, Progress
from viewer.errors import NoticeLevel, OnError
from viewer.state.notices import Notices
from viewer.tasks.changes import NOTHING
from viewer.tasks.runner import Lane, TaskRunner

if TYPE_CHECKING:
    from engine.services.workspace import Workspace

OnPacks = Callable[[tuple[ModelPack, ...]], None]


class ModelsState(QObject):
    """Imports models and puts them to use. Results go to the caller's callbacks.

    Signals:
        chosen: Another model was put to use.
    """

    chosen = Signal()

    def __init__(
        self,
        workspace: Workspace,
        runner: TaskRunner,
        notices: Notices,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._runner = runner
        self._notices = notices

    def begin(self) -> None:
        """Tell an administrator if the newest month left its band; nobody else is told anything."""
        if not self._workspace.is_demo:
            count = self._workspace.analytics.of_the_model
            # Counting a large ledger for the first time takes long, so it has a lane of its own.
            self._runner.query(count, self._tell_news, lambda _error: None, lane=Lane.COUNT)

    def _tell_news(self, watches: tuple[ModelWatch, ...]) -> None:
        news = watches[0].news if watches else ""
        if news:
            self._notices.say("The model in daily work", news, NoticeLevel.DECIDE)

    def read(self, came: OnPacks) -> None:
        """Read which models there are."""
        self._runner.query(self._workspace.models.packs, came, self._notices.tell)

    def take_in(
        self, pack: Path, progressed: Callable[[Progress], None], came: OnPacks, failed: OnError
    ) -> CancelToken:
        """Check a pack, try it on the demo studies and keep it; it is not put to use by that."""
        models = self._workspace.models

        def work(tell: Callable[[Progress], None], cancel: CancelToken) -> tuple[ModelPack, ...]:
            models.import_pack(pack, progress=tell, cancel=cancel)
            return models.packs()

        # A draft that is asked for meanwhile waits: two models at once would slow both.
        return self._runner.job(work, came, failed, lane=Lane.MODEL, on_progress=progressed)

    def use(self, name: str, came: OnPacks, failed: OnError) -> None:
        """Draft with a model from here on."""
        self._choose(lambda: self._workspace.models.use(name), came, failed)

    def back(self, came: OnPacks, failed: OnError) -> None:
        """Draft again with the model that was used before."""
        self._choose(self._workspace.models.back, came, failed)

    def read_watch(self, came: Callable[[tuple[ModelWatch, ...]], None]) -> None:
        """Count what readers made of each model's drafts; a refusal is told."""
        self._runner.query(self._workspace.analytics.of_the_model, came, self._notices.tell)

    def _choose(self, choose: Callable[[], ModelPack], came: OnPacks, failed: OnError) -> None:
        def work() -> tuple[ModelPack, ...]:
            choose()
            return self._workspace.models.packs()

        def done(packs: tuple[ModelPack, ...]) -> None:
            self.chosen.emit()
            came(packs)

        self._runner.change(work, NOTHING, done, failed)
