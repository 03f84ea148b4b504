"""Grey values inside a rectangle: one drag."""

from __future__ import annotations

from engine.domain.annotation import AnnotationKind
from viewer.tools.placing import Placing


class Rectangle(Placing):
    """A rectangle along rows and columns."""

    kind = AnnotationKind.RECTANGLE
    hints = ("Rectangle: drag from corner to corner", "Release at the other corner")
    places = ("one corner", "the other corner")
