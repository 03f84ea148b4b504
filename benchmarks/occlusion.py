"""Whether covering the site of a finding weakens its sentence (docs/findings.md, "Occlusion").

`python -m benchmarks.occlusion` scores one plain sentence on every frontal film of val whose human
codes hold the finding: with a box covered where anatomy puts the finding, and with the mirrored box
covered. The bundle's training never saw val.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from engine import paths
from engine.domain.evidence import Occlusion
from engine.imaging.preprocess import grey_image, model_input
from engine.inference.generator import Generator
from engine.inference.occlusion import Box, Films
from training.config import default_data as data_folder

CASES = (
    # Code, sentence in the model's words, box by anatomy as fractions of the film: x, y, x, y.
    ("Cardiomegaly", "the heart is enlarged .", (0.42, 0.48, 0.80, 0.78)),
    ("Aorta", "the aorta is tortuous .", (0.48, 0.22, 0.68, 0.48)),
)


def main() -> int:
    """Print a line for each finding."""
    generator = Generator.load(paths.model_bundle(), allow_gpu=False)
    for code, sentence, box in CASES:
        here, mirrored = _box(generator, box, is_mirrored=False), _box(generator, box)
        found: list[tuple[Occlusion, Occlusion]] = []
        for films in _films(generator, code):
            pair = [generator.without(films, [sentence], box)[0] for box in (here, mirrored)]
            found.append((pair[0], pair[1]))
        wins = sum(min(one.drops) > min(other.drops) for one, other in found)
        weaker = sum(one.is_weaker for one, _ in found)
        elsewhere = sum(other.is_weaker for _, other in found)
        fell = float(np.median([min(one.drops) for one, _ in found]))
        print(
            f"{code}: {len(found)} films; falls more than without the mirrored box: {wins}; "
            f"called weaker: {weaker}, without the mirrored box: {elsewhere}; "
            f"median fall {fell:.2f}"
        )
    return 0


def _box(
    generator: Generator, box: tuple[float, float, float, float], *, is_mirrored: bool = True
) -> Box:
    size = generator.manifest.preprocess.size
    left, top, right, bottom = (round(part * size) for part in box)
    if is_mirrored:
        left, right = size - right, size - left
    return Box(view=0, top=top, left=left, bottom=bottom, right=right)


def _films(generator: Generator, code: str) -> Iterator[Films]:
    folder = data_folder() / "iu_xray"
    for line in (folder / "val.jsonl").read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        frontal = [image for image in record["images"] if image["view"] == "frontal"]
        if frontal and any(_has(code, coded) for coded in record["mesh_major"]):
            film = grey_image(np.asarray(Image.open(Path(folder, frontal[0]["file"])).convert("L")))
            yield model_input([film], generator.manifest.preprocess)


def _has(code: str, coded: str) -> bool:
    name, *more = coded.split("/")
    return name == code and (code != "Aorta" or "tortuous" in more)


if __name__ == "__main__":
    sys.exit(main())
