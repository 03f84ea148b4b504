"""What the outline model says about itself, and where it saw lungs and heart on a film.

The outline model is a folder with `manifest.json` and `outline.onnx`. Training writes it; the
product verifies it and uses what it says.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from engine.domain.bundle import BundleFile


class OutlineClass(IntEnum):
    """What a pixel belongs to, by the patient's side; the value is the channel of the graph."""

    OUTSIDE = 0
    LEFT_LUNG = 1
    RIGHT_LUNG = 2
    HEART = 3


CLASSES = tuple(OutlineClass)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutlineManifest:
    """`manifest.json` of the outline model as a value.

    Attributes:
        format_version: Of the manifest itself.
        model_id: Short name, e.g. "chest-outline".
        version: Of the weights, e.g. "1.0".
        size: Side of the square input in pixels; the film is resized anisotropically.
        low_percentile: Grey percentile of the film that becomes 0.
        high_percentile: Grey percentile that becomes 1.
        licence: Plain sentence about what the weights may be used for.
        attribution: The data the weights were trained on, with their authors.
        intended_use: What the model is for, and who checks it.
        training: Where the weights come from (free text values).
        metrics: Figures on the held-out films by name.
    """

    format_version: int
    model_id: str
    version: str
    created: str
    size: int
    low_percentile: float
    high_percentile: float
    licence: str
    attribution: str
    intended_use: str
    files: tuple[BundleFile, ...]
    training: dict[str, str] = field(default_factory=dict)
    metrics: dict[str, float] = field(default_factory=dict)
