"""A film's DICOM file without its patient's identity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AnonymousFilm:
    """A film as it may leave the house.

    Attributes:
        content: The file's bytes.
        sop_uid: SOP Instance UID that replaces the film's own.
        says_burned_in: Whether the header says that text is burned into the pixels.
    """

    content: NDArray[np.uint8]
    sop_uid: str
    says_burned_in: bool
