"""The value of one pixel: one click."""

from __future__ import annotations

from engine.domain.annotation import AnnotationKind
from viewer.tools.placing import Placing


class Probe(Placing):
    """A cross on one pixel."""

    kind = AnnotationKind.PROBE
    hints = ("Probe: click a place",)
    places = ("the place",)
