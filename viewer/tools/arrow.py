"""Point at something: drag from the tail to the head."""

from __future__ import annotations

from engine.domain.annotation import AnnotationKind
from viewer.tools.placing import Placing


class Arrow(Placing):
    """An arrow."""

    kind = AnnotationKind.ARROW
    hints = ("Arrow: drag towards what it shows", "Release at what it shows")
    places = ("its end", "what it shows")
