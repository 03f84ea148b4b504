"""Measure a Cobb angle: drag along the upper end plate, then along the lower one."""

from __future__ import annotations

from engine.domain.annotation import AnnotationKind
from viewer.tools.placing import Placing


class Cobb(Placing):
    """Two lines that need not meet."""

    kind = AnnotationKind.COBB
    hints = (
        "Cobb angle: drag along the upper end plate",
        "Release at its end",
        "Drag along the lower end plate",
        "Release at its end",
    )
    places = ("the upper end plate", "its other end", "the lower end plate", "its other end")
