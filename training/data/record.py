"""What a data set says about one study or one film, whatever files it came from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

FilmView = Literal["frontal", "lateral"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmRecord:
    """One film of a study.

    Attributes:
        path: Absolute path of the picture file.
        view: As coded in the data set.
    """

    path: Path
    view: FilmView


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One study with its report.

    Attributes:
        id: The data set's own id.
        report: Findings as written, uncleaned; empty if the study has none.
        headings: Human MeSH codes as written, "Lung/hyperdistention/mild"; ("normal",) for a normal
            study.
        films: Every film, frontal ones first.
    """

    id: str
    report: str
    headings: tuple[str, ...]
    films: tuple[FilmRecord, ...]

    @property
    def main_headings(self) -> frozenset[str]:
        """First part of each code, without "normal"."""
        names = {code.split("/")[0].strip() for code in self.headings}
        return frozenset(name for name in names if name.lower() != "normal")

    @property
    def is_normal(self) -> bool:
        """Whether the study was coded as normal and as nothing else."""
        return bool(self.headings) and not self.main_headings

    @property
    def views(self) -> tuple[FilmRecord, ...]:
        """The first frontal and the first lateral film, in that order; one or two films."""
        chosen = (
            next((film for film in self.films if film.view == view), None)
            for view in ("frontal", "lateral")
        )
        return tuple(film for film in chosen if film is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledFilm:
    """One film of a label data set.

    Attributes:
        source: Short name of the data set: "nih", "covid" or "paediatric".
        path: Absolute path of the picture file.
        labels: The data set's own labels; empty for a normal film.
        patient: The data set's patient id, empty if it has none.
    """

    source: str
    path: Path
    labels: tuple[str, ...]
    patient: str = ""
