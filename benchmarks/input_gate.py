"""How well the input gate recognises films that must not be drafted (docs/findings.md).

`python -m benchmarks.input_gate` measures on films that the classifier was not fitted on;
`python -m benchmarks.input_gate fit` fits it again and writes `resources/quality`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.domain.bundle import PreprocessSpec
from engine.imaging.preprocess import film_grey, grey_image
from engine.imaging.quality import film_quality, ranks
from engine.paths import resources
from training.config import default_data as data_folder

SIDE = 24
KINDS = (
    "upright", "turned left", "upside down", "turned right", "mirrored", "inverted", "lateral",
)  # fmt: skip
Film = NDArray[np.float32]
CHANGES: dict[str, Callable[[Film], Film]] = {
    "turned left": lambda film: np.rot90(film, 1),
    "upside down": lambda film: np.rot90(film, 2),
    "turned right": lambda film: np.rot90(film, 3),
    "mirrored": np.fliplr,
    "inverted": lambda film: 1 - film,
    "left half": lambda film: film[:, : film.shape[1] // 2],
    "lower half": lambda film: film[film.shape[0] // 2 :],
}


def main() -> int:
    """Print the tables, or fit the classifier."""
    if sys.argv[1:] == ["fit"]:
        return fit()
    for split in ("val", "extra"):
        frontal = list(films(split, "frontal"))
        qualities = [film_quality(film) for film in frontal]
        refused = [q.refusal for q in qualities if q.refusal]
        mirrored = sum(bool(q.warning) for q in qualities)
        print(f"{split}: {len(frontal)} frontal films as they are: {len(refused)} refused")
        for reason in sorted(set(refused)):
            print(f"    {refused.count(reason):3} {reason}")
        print(f"    {mirrored} said to be mirrored")
        for name, change in CHANGES.items():
            report(name, (film_quality(change(film)) for film in frontal), len(frontal))
        lateral = list(films(split, "lateral"))
        report("lateral", (film_quality(film) for film in lateral), len(lateral))
    return 0


def report(name: str, qualities: Iterable[object], count: int) -> None:
    """Print how many films were refused, and how many were only warned about."""
    found = list(qualities)
    refused = sum(bool(q.refusal) for q in found)  # type: ignore[attr-defined]
    warned = sum(bool(q.warning and not q.refusal) for q in found)  # type: ignore[attr-defined]
    print(f"  {name:12} {refused:4}/{count} refused = {refused / count:.3f}, {warned} warned about")


def films(split: str, view: str) -> Iterable[Film]:
    """Read films of IU X-Ray, in grey values as the gate gets them."""
    folder = data_folder() / "iu_xray"
    for line in (folder / f"{split}.jsonl").read_text("utf-8").splitlines():
        for image in json.loads(line)["images"]:
            if image["view"] == view:
                yield _grey(folder / image["file"])


def fit() -> int:
    """Fit the classifier on films of train and write it."""
    import torch  # noqa: PLC0415 - only here

    draw = np.random.default_rng(0)
    frontal = [*films("train", "frontal"), *_nih()]
    lateral = list(films("train", "lateral"))
    rows: list[NDArray[np.float64]] = []
    kinds: list[int] = []
    for film in (*frontal, *frontal):
        cut = _cut(film, draw)
        turned = [cut, *(CHANGES[name](cut) for name in KINDS[1:6])]
        rows += [ranks(each, SIDE) for each in turned]
        kinds += range(6)
    for film in (*lateral, *lateral):
        cut = _cut(film, draw)
        rows += [ranks(cut, SIDE), ranks(np.fliplr(cut), SIDE)]
        kinds += [6, 6]
    inputs = torch.tensor(np.array(rows), dtype=torch.float32) * SIDE
    weights, offsets = _regression(inputs, torch.tensor(kinds))
    typical = np.mean([ranks(film, SIDE) for film in frontal], axis=0)
    content = {
        "about": "What a 24 x 24 picture of a film says about how it lies; see README.md.",
        "side": SIDE,
        "kinds": KINDS,
        "weights": (weights * SIDE).round(3).tolist(),
        "offsets": offsets.round(4).tolist(),
        "typical": (typical / np.linalg.norm(typical)).round(5).tolist(),
    }
    target = resources() / "quality" / "frontal_chest.json"
    target.write_text(json.dumps(content), encoding="utf-8")
    return 0


def _regression(inputs: object, kinds: object) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    import torch  # noqa: PLC0415 - only here

    weights = torch.zeros(len(KINDS), SIDE * SIDE, requires_grad=True)
    offsets = torch.zeros(len(KINDS), requires_grad=True)
    search = torch.optim.LBFGS([weights, offsets], max_iter=120, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        search.zero_grad()
        value = torch.nn.functional.cross_entropy(inputs @ weights.T + offsets, kinds)
        value = value + 2e-3 * (weights**2).sum()
        value.backward()
        return value

    search.step(loss)
    return weights.detach().double().numpy(), offsets.detach().double().numpy()


def _cut(film: Film, draw: np.random.Generator) -> Film:
    """Crop up to a tenth from each side, because collimation differs from film to film."""
    most = len(film) // 10
    top, bottom, left, right = draw.integers(0, most, 4)
    return film[top : len(film) - bottom, left : film.shape[1] - right]


def _nih() -> Iterable[Film]:
    folder = data_folder() / "chest_films"
    for line in (folder / "index.jsonl").read_text("utf-8").splitlines():
        entry = json.loads(line)
        if entry["file"].startswith("nih/"):
            yield _grey(folder / entry["file"])


def _grey(path: Path) -> Film:
    samples = np.asarray(Image.open(path).convert("L"))
    return film_grey(grey_image(samples), PreprocessSpec())


if __name__ == "__main__":
    sys.exit(main())
