"""Asks for a proposed cardiothoracic ratio and puts it on its film, or says why there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from engine.domain.annotation_kind import AnnotationKind
from engine.domain.image import PixelImage
from engine.domain.progress import CancelToken
from engine.domain.study import ImageRef
from engine.errors import NoSuitableFilmError
from viewer.state.annotations import AnnotationsState
from viewer.state.films import FilmsState
from viewer.state.notices import Notices
from viewer.tasks.runner import Lane, TaskRunner

if TYPE_CHECKING:
    from engine.services.proposing import RatioProposal
    from engine.services.workspace import Workspace

TITLE = "Cardiothoracic ratio"
_KIND = AnnotationKind.CARDIOTHORACIC


class RatioProposalState(QObject):
    """One question at a time. What comes back belongs to `AnnotationsState`, marked as proposed."""

    def __init__(
        self,
        workspace: Workspace,
        runner: TaskRunner,
        notices: Notices,
        films: FilmsState,
        annotations: AnnotationsState,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._runner = runner
        self._notices = notices
        self._films = films
        self._annotations = annotations
        self._asked: CancelToken | None = None
        annotations.begun.connect(self._on_begun)

    @property
    def is_asking(self) -> bool:
        """Whether an answer is awaited."""
        return self._asked is not None

    def ask(self, image: ImageRef, film: PixelImage) -> None:
        """Propose lines on a film, unless it has a ratio already."""
        self.stop()
        if any(one.kind is _KIND for one in self._annotations.of_film(image.sop_uid)):
            return

        def came(found: RatioProposal) -> None:
            self._asked = None
            if any(one.image.sop_uid == image.sop_uid for one in self._films.films):
                self._annotations.propose(
                    self._annotations.new(_KIND, image, found.points), found.proposed_by
                )

        self._asked = self._runner.long_query(
            lambda cancel: self._workspace.proposing.cardiothoracic_ratio(
                image, film, cancel=cancel
            ),
            came,
            self._on_failed,
            lane=Lane.MODEL,
        )

    def stop(self) -> None:
        """Want no answer any more."""
        if self._asked is not None:
            self._asked.cancel()
            self._asked = None

    def _on_begun(self, kind: AnnotationKind) -> None:
        """The reader draws the lines by hand."""
        if kind is _KIND:
            self.stop()

    def _on_failed(self, error: Exception) -> None:
        self._asked = None
        if isinstance(error, NoSuitableFilmError):
            self._notices.say(TITLE, f"No proposal: {error.message} Draw the lines yourself.")
        else:
            self._notices.tell(error)
