"""Measure an angle: drag one arm to the vertex, then click the end of the other."""

from __future__ import annotations

from engine.domain.annotation import AnnotationKind
from viewer.tools.placing import Placing


class Angle(Placing):
    """Two arms and the vertex between them."""

    kind = AnnotationKind.ANGLE
    hints = ("Angle: drag one arm to the vertex", "Release at the vertex", "Click the other arm")
    places = ("the end of one arm", "the vertex", "the end of the other arm")
