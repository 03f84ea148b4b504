"""How enlarged films are smoothed; one made smaller is always averaged, or lines would vanish."""

from __future__ import annotations

from enum import StrEnum


class Interpolation(StrEnum):
    """Between stored pixels of an enlarged film."""

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
