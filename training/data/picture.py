"""Grey samples of a picture file as stored: 8 or 16 bits, upright."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.errors import DamagedFileError
from engine.imaging.picture_samples import is_deep, upright_samples

_LARGEST = 65535


def film_samples(path: Path) -> NDArray[np.uint8] | NDArray[np.uint16]:
    """Samples of one film, `(rows, columns)`, 0 is black; colours become grey.

    A picture marked as turned by its camera or scanner (EXIF) is turned upright. Of a file with
    several pictures the first is used.

    Raises:
        DamagedFileError: It cannot be read, or has neither 8 nor 16 bits.
    """
    try:
        with Image.open(path) as stored:
            has_only_bytes = not is_deep(stored)
            samples = upright_samples(stored)
            if has_only_bytes:
                return samples
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
        raise DamagedFileError(f"The film {path.name} cannot be read.") from error
    is_whole = np.issubdtype(samples.dtype, np.integer)
    if not is_whole or samples.min() < 0 or samples.max() > _LARGEST:
        raise DamagedFileError(
            f"The film {path.name} is not of 8 or 16 bits.",
            what_to_do="Store it as a grey PNG of 8 or 16 bits, or as a JPEG.",
        )
    return samples.astype(np.uint16)
