"""Reader of `chest_films/index.jsonl`: films with labels but without reports.

Three sources: NIH ChestX-ray14, covid-chestxray-dataset and the paediatric set of Kermany et al.
"""

from __future__ import annotations

import json
from pathlib import Path

from engine.errors import DamagedFileError, NotFoundError
from training.data.record import LabelledFilm

SOURCES = {
    "NIH ChestX-ray14": "nih",
    "covid-chestxray-dataset": "covid",
    "Kermany paediatric chest X-ray": "paediatric",
}


def read_chest_films(folder: Path) -> tuple[LabelledFilm, ...]:
    """All films of the index, in its order.

    Args:
        folder: Folder with `index.jsonl`.

    Raises:
        NotFoundError: There is no index.
        DamagedFileError: A line is not a film of a known source.
    """
    path = folder / "index.jsonl"
    if not path.is_file():
        raise NotFoundError(f"There is no index.jsonl in {folder}.")
    films = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            value = json.loads(line)
            film = LabelledFilm(
                source=SOURCES[value["source"]],
                path=folder / value["file"],
                labels=_labels(value["labels"]),
                patient=value.get("patient", ""),
            )
        except (ValueError, KeyError, TypeError) as error:
            raise DamagedFileError(
                f"Line {number} of {path.name} is not a film of a known source."
            ) from error
        films.append(film)
    return tuple(films)


def _labels(values: list[str]) -> tuple[str, ...]:
    """Labels one by one: "COVID-19, ARDS" is two."""
    return tuple(part.strip() for value in values for part in value.split(","))
