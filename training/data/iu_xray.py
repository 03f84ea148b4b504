"""Reader of folders in the IU X-Ray format: `NAME.jsonl` per split, films under `images/`.

Any split name works, so that an external test set in the same format can be evaluated. A line that
cannot be used raises with file and number; nothing is skipped silently.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

from engine.errors import DamagedFileError, NotFoundError
from training.data.record import FilmRecord, FilmView, Record


def read_split(folder: Path, split: str) -> tuple[Record, ...]:
    """All studies of a split, in the file's order.

    Args:
        folder: Folder with `{split}.jsonl`, or its parent with an `iu_xray` folder in it.
        split: Name of the file without its extension.

    Raises:
        NotFoundError: There is no such split.
        DamagedFileError: A line is not a study of this format, or ids repeat.
    """
    base = split_folder(folder, split)
    path = base / f"{split}.jsonl"
    records = []
    seen: set[str] = set()
    for number, line in enumerate(_lines(path), start=1):
        if not line.strip():
            continue
        try:
            record = _record(json.loads(line), base)
        except (ValueError, TypeError, RecursionError) as error:
            raise DamagedFileError(
                f"Line {number} of {path.name} is not a study of this format: {error}."
            ) from error
        if record.id in seen:
            raise DamagedFileError(
                f"Line {number} of {path.name} repeats an earlier study: {record.id}."
            )
        seen.add(record.id)
        records.append(record)
    if not records:
        raise DamagedFileError(f"{path.name} holds no study.")
    return tuple(records)


def split_folder(folder: Path, split: str) -> Path:
    """The folder that holds `{split}.jsonl`: the given one, or `iu_xray` in it."""
    for base in (folder, folder / "iu_xray"):
        if (base / f"{split}.jsonl").is_file():
            return base
    raise NotFoundError(
        f"There is no {split}.jsonl in {folder}.",
        what_to_do="Name the folder that holds the split with --data.",
    )


def _lines(path: Path) -> list[str]:
    """Lines of a file; only a line feed ends one, other line breaks may occur inside a report."""
    try:
        return path.read_bytes().decode("utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise DamagedFileError(f"{path.name} is not UTF-8 text.") from error
    except OSError as error:
        raise DamagedFileError(f"{path.name} cannot be read.") from error


def _record(value: object, base: Path) -> Record:
    study = _object(value, "the line")
    films = tuple(_film(item, base) for item in _list(study.get("images"), "images"))
    if not films:
        raise ValueError("it lists no film")
    codes = _list(study.get("mesh_major"), "mesh_major")
    return Record(
        id=_text(study.get("id"), "id"),
        # A study without a report is kept here; callers that need reports leave it out.
        report="" if study.get("report") is None else _text(study["report"], "report"),
        headings=tuple(_text(code, "mesh_major") for code in codes),
        films=tuple(sorted(films, key=lambda film: film.view != "frontal")),
    )


def _film(value: object, base: Path) -> FilmRecord:
    film = _object(value, "a film")
    view: FilmView | None = film.get("view")
    if view is None or view not in get_args(FilmView):
        raise ValueError(f"a film's view is {view!r}, not frontal or lateral")
    name = Path(_text(film.get("file"), "file"))
    # Links are allowed: the films may be stored elsewhere.
    if name.is_absolute() or ".." in name.parts:
        raise ValueError("a film lies outside the folder")
    path = base / name
    if not path.is_file():
        raise ValueError(f"the film {path.name} is missing")
    return FilmRecord(path=path, view=view)


def _object(value: object, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError(f"{name} is not an object in braces")
    return value


def _list(value: object, name: str) -> list[object]:
    """A list; None is an empty one."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise TypeError(f"{name} is not a list")
    return value


def _text(value: object, name: str) -> str:
    if value is None:
        raise TypeError(f"{name} is missing")
    if not isinstance(value, str):
        raise TypeError(f"{name} is not text")
    if any("\ud800" <= letter <= "\udfff" for letter in value):
        raise ValueError(f"{name} holds half a character")
    return value
