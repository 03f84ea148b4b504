"""Grey films decoded once: a memory-mapped array of 8-bit squares outside the checkout.

The key of a cache is the content it was made from (the films' paths, sizes and times, the
preprocessing and the side), so a changed film or setting never gets an old cache.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.domain.bundle import PreprocessSpec
from engine.imaging.preprocess import film_grey, grey_image, model_view
from training.data.picture import film_samples

SIDE = 256
"""Side of a cached film in pixels: that of the stored films, larger than the model's input."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FilmCache:
    """Films by path.

    Attributes:
        greys: `(films, SIDE, SIDE)` uint8, stretched by the preprocessing; memory-mapped.
        rows: Row of each path.
        spec: Preprocessing that made the films and turns them into views.
        key: Of the films' content and of everything else the array depends on.
    """

    greys: NDArray[np.uint8]
    rows: dict[Path, int]
    spec: PreprocessSpec
    key: str

    def grey(self, path: Path) -> NDArray[np.uint8]:
        """`(SIDE, SIDE)` of one film."""
        film: NDArray[np.uint8] = self.greys[self.rows[path]]
        return film

    def view(self, path: Path) -> NDArray[np.float32]:
        """`(3, size, size)`: the model's view of one film, as the product makes it."""
        return model_view(self.grey(path).astype(np.float32) / 255.0, self.spec)


def open_films(paths: Iterable[Path], spec: PreprocessSpec, folder: Path) -> FilmCache:
    """The films' cache, created if it does not exist.

    Args:
        paths: Picture files; order and repeats do not matter.
        spec: Percentiles of the stretch (the size is applied later, by `FilmCache.view`).
        folder: Where caches are stored, outside the checkout.

    Raises:
        DamagedFileError: A film cannot be read.
    """
    ordered = sorted(set(paths))
    key = _key(ordered, spec)
    target = folder / f"films-{key}.npy"
    if not target.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        _write(ordered, spec, target)
    greys: NDArray[np.uint8] = np.load(target, mmap_mode="r", allow_pickle=False)
    rows = {path: row for row, path in enumerate(ordered)}
    return FilmCache(greys=greys, rows=rows, spec=spec, key=key)


def read_grey(path: Path, spec: PreprocessSpec) -> NDArray[np.float32]:
    """One picture file as a stretched grey film, `(rows, columns)` in [0, 1]."""
    return film_grey(grey_image(film_samples(path)), spec)


def _write(paths: Sequence[Path], spec: PreprocessSpec, target: Path) -> None:
    unfinished = target.with_name(f"{uuid4().hex}.part")
    shape = (len(paths), SIDE, SIDE)
    greys = np.lib.format.open_memmap(unfinished, mode="w+", dtype=np.uint8, shape=shape)
    try:
        for row, path in enumerate(paths):
            grey = Image.fromarray(read_grey(path, spec))
            square = grey.resize((SIDE, SIDE), Image.Resampling.BILINEAR)
            greys[row] = np.rint(np.clip(np.asarray(square), 0.0, 1.0) * 255.0)
        greys.flush()
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)


def _key(paths: Sequence[Path], spec: PreprocessSpec) -> str:
    facts = [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in paths]
    stretch = asdict(spec)
    content = json.dumps([SIDE, stretch["low_percentile"], stretch["high_percentile"], facts])
    return hashlib.sha256(content.encode()).hexdigest()[:16]
