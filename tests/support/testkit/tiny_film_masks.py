"""A folder of drawn chests with label maps, as `train segment` reads it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.domain.outline import OutlineClass

SIDE = 96


def drawn_mask(shift: int = 0) -> NDArray[np.uint8]:
    """A label map `(SIDE, SIDE)`: two lungs with a heart between them."""
    y, x = np.mgrid[:SIDE, :SIDE]
    mask = np.zeros((SIDE, SIDE), np.uint8)
    for kind, middle, width, height, level in (
        (OutlineClass.RIGHT_LUNG, 28, 15, 32, 45),
        (OutlineClass.LEFT_LUNG, 68, 14, 32, 45),
        (OutlineClass.HEART, 50, 16, 12, 64),
    ):
        inside = ((x - middle - shift) / width) ** 2 + ((y - level) / height) ** 2 <= 1
        mask[inside] = kind
    return mask


def write_film_masks(folder: Path, count: int = 24) -> Path:
    """Films that are dark where the lungs are; returns the folder."""
    for name in ("images", "masks"):
        (folder / name).mkdir(parents=True)
    lines = []
    random = np.random.default_rng(3)
    for number in range(count):
        mask = drawn_mask(shift=int(random.integers(-6, 7)))
        grey = np.where(np.isin(mask, (1, 2)), 60, 170) + random.normal(0, 8, mask.shape)
        Image.fromarray(grey.clip(0, 255).astype(np.uint8)).save(folder / f"images/{number}.png")
        Image.fromarray(mask).save(folder / f"masks/{number}.png")
        lines.append(
            json.dumps(
                {"file": f"images/{number}.png", "mask": f"masks/{number}.png", "source": "drawn"}
            )
        )
    (folder / "index.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder
