"""Measure the cardiothoracic ratio: drag the midline, then click the four borders.

The midline may be tilted with the patient; every distance is taken across it. Each point can be
dragged afterwards.
"""

from __future__ import annotations

from engine.domain.annotation import AnnotationKind
from viewer.tools.placing import Placing


class Cardiothoracic(Placing):
    """Midline, heart and inner chest wall."""

    kind = AnnotationKind.CARDIOTHORACIC
    hints = (
        "Cardiothoracic ratio: drag down the midline of the spine",
        "Release at the diaphragm",
        "Click the right border of the heart",
        "Click the left border of the heart",
        "Click the right inner chest wall, where it is widest",
        "Click the left inner chest wall, where it is widest",
    )
    places = (
        "the top of the spine's midline",
        "the midline at the diaphragm",
        "the right border of the heart",
        "the left border of the heart",
        "the right inner chest wall, where it is widest",
        "the left inner chest wall, where it is widest",
    )
