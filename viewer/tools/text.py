"""Write on the film: click the place, then type."""

from __future__ import annotations

from engine.domain.annotation import Annotation, AnnotationKind
from viewer.state.viewport import ViewportState
from viewer.tools.placing import Placing


class TextMark(Placing):
    """Words at a place."""

    kind = AnnotationKind.TEXT
    hints = ("Text: click where it shall stand",)
    places = ("where it shall stand",)

    def finish(self, state: ViewportState, mark: Annotation) -> None:
        """Ask for the words; without any there is no mark."""
        state.text_wanted.emit(mark)
