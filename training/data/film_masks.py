"""Films with label maps of the lungs and the heart, split by a hash of the film's name.

`index.jsonl` has one film a line: `file` and `mask` (paths beside the index), `source`, `licence`.
A label map is a grey picture of the film's size: 0 outside, then the classes of
`engine.domain.outline`.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.domain.outline import CLASSES
from engine.errors import DamagedFileError, InputError, NotFoundError

FOLDS = 5
"""One film of this many is held out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskedFilm:
    """A film and its label map.

    Attributes:
        source: Name of the data set.
        licence: What the source says about its use.
        is_held_out: Whether the film is for the figures only.
    """

    film: Path
    mask: Path
    source: str
    licence: str
    is_held_out: bool


def mask_folder(data: Path) -> Path:
    """The folder of films with label maps that a data folder means."""
    return data if (data / "index.jsonl").is_file() else data / "more_films" / "ctr_masks"


def read_film_masks(folder: Path) -> tuple[MaskedFilm, ...]:
    """The films of a folder with label maps, in the order of its index.

    Raises:
        NotFoundError: There is no index.
        InputError: A line of it is broken.
    """
    index = folder / "index.jsonl"
    if not index.is_file():
        raise NotFoundError(f"There is no {index}: films with label maps are listed in it.")
    found = []
    for number, line in enumerate(index.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            entry = json.loads(line)
            found.append(
                MaskedFilm(
                    film=folder / entry["file"],
                    mask=folder / entry["mask"],
                    source=str(entry["source"]),
                    licence=str(entry.get("licence", "")),
                    is_held_out=is_held_out(Path(entry["file"]).stem),
                )
            )
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(
                f"Line {number} of {index} does not name a film and its mask."
            ) from error
    return tuple(found)


def is_held_out(name: str) -> bool:
    """Whether the film of that name is held out, whatever else is in the folder."""
    return int(hashlib.sha256(name.encode()).hexdigest(), 16) % FOLDS == 0


def label_map(path: Path, size: int | None = None) -> NDArray[np.uint8]:
    """A label map, the class of each pixel: on a square grid `(size, size)`, else on its own.

    Raises:
        DamagedFileError: It cannot be read or holds other values than the classes.
    """
    try:
        with Image.open(path) as stored:
            drawn = stored.convert("L")
            if size is not None:
                drawn = drawn.resize((size, size), Image.Resampling.NEAREST)
    except (OSError, SyntaxError, ValueError) as error:
        raise DamagedFileError(f"The mask {path.name} cannot be read.") from error
    labels: NDArray[np.uint8] = np.asarray(drawn, dtype=np.uint8)
    if int(labels.max()) >= len(CLASSES):
        raise DamagedFileError(f"The mask {path.name} holds values that are no class.")
    return labels
