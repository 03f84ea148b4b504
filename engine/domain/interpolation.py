"""How magnified films are smoothed. A minified film is always averaged, or thin lines vanish."""

from __future__ import annotations

from enum import StrEnum


class Interpolation(StrEnum):
    """Interpolation between the stored pixels of a magnified film."""

    AUTOMATIC = "automatic"
    NEAREST = "nearest"
    LINEAR = "linear"
    CUBIC = "cubic"


INTERPOLATION_WORDS = {
    Interpolation.AUTOMATIC: "linear, and squares above 400 %",
    Interpolation.NEAREST: "none: squares",
    Interpolation.LINEAR: "linear",
    Interpolation.CUBIC: "cubic",
}
