"""Grey values inside an ellipse: one drag."""

from __future__ import annotations

from engine.domain.annotation import AnnotationKind
from viewer.tools.placing import Placing


class Ellipse(Placing):
    """An ellipse in the box that is dragged."""

    kind = AnnotationKind.ELLIPSE
    hints = ("Ellipse: drag from corner to corner", "Release at the other corner")
    places = ("one corner", "the other corner")
