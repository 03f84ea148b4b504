"""Made-up studies in the IU X-Ray format: pictures of noise, reports of a few words."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from PIL import Image

REPORTS = (
    ("The heart is enlarged. There is no pleural effusion.", ("Cardiomegaly/mild",)),
    ("The lungs are clear. No pneumothorax or pleural effusion.", ("normal",)),
    ("There is a right-sided pleural effusion. The heart is normal.", ("Pleural Effusion/right",)),
    ("The lungs are clear. The heart is normal. XXXX are normal.", ("normal",)),
)


def study(number: int, views: tuple[str, ...] = ("frontal", "lateral")) -> dict[str, object]:
    """One record of a `jsonl` file."""
    report, headings = REPORTS[number % len(REPORTS)]
    return {
        "id": f"S{number}",
        "report": report,
        "mesh_major": list(headings),
        "images": [{"file": f"images/{number}_{i}.png", "view": v} for i, v in enumerate(views)],
    }


def write_split(folder: Path, split: str, studies: list[dict[str, object]]) -> Path:
    """Write `{split}.jsonl` and its pictures; returns the folder."""
    (folder / "images").mkdir(parents=True, exist_ok=True)
    draw = np.random.default_rng(len(split))
    for record in studies:
        for image in record["images"]:  # type: ignore[attr-defined] # made by `study`
            samples = draw.integers(0, 256, (40, 32), dtype=np.uint8)
            Image.fromarray(samples).save(folder / image["file"])
    text = "\n".join(json.dumps(record) for record in studies)
    (folder / f"{split}.jsonl").write_text(text + "\n", encoding="utf-8")
    return folder


def write_data(folder: Path, train: int = 12, val: int = 6) -> Path:
    """Write a whole data folder: `iu_xray/` with train, val and extra, and `chest_films/`."""
    base = folder / "iu_xray"
    write_split(base, "train", [study(number) for number in range(train)])
    write_split(base, "val", [study(100 + number) for number in range(val)])
    write_split(base, "extra", [study(200, ("lateral",)), study(201, ("frontal",))])
    _write_chest_films(folder / "chest_films")
    return folder


def _write_chest_films(folder: Path) -> None:
    folder.mkdir(parents=True)
    draw = np.random.default_rng(7)
    films = (
        ("NIH ChestX-ray14", ["Effusion"]),
        ("covid-chestxray-dataset", ["COVID-19, ARDS"]),
        ("Kermany paediatric chest X-ray", []),
        ("Kermany paediatric chest X-ray", ["Pneumonia"]),
    )
    lines = []
    for number, (source, labels) in enumerate(films):
        samples = draw.integers(0, 256, (30, 30), dtype=np.uint8)
        Image.fromarray(samples).save(folder / f"{number}.png")
        lines.append(json.dumps({"file": f"{number}.png", "source": source, "labels": labels}))
    (folder / "index.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
