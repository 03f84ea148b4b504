"""Measure a length: one drag or two clicks."""

from __future__ import annotations

from engine.domain.annotation import AnnotationKind
from viewer.tools.placing import Placing


class Length(Placing):
    """A line between two places."""

    kind = AnnotationKind.LENGTH
    hints = ("Length: drag along it", "Release at its end")
    places = ("one end", "the other end")
