"""Reader of MIMIC-CXR-JPG in its official layout.

    mimic-cxr-2.0.0-split.csv(.gz)         dicom_id, study_id, subject_id, split
    mimic-cxr-2.0.0-metadata.csv(.gz)      dicom_id, ViewPosition, …
    files/p10/p10000032/s50414267/*.jpg    films
    files/p10/p10000032/s50414267.txt      report, from MIMIC-CXR's own archive
    annotation.json                        optional: R2Gen's split and findings, used if present

One record is a study, not a film as in R2Gen. Films of other views than frontal and lateral
(decubitus, swimmer's) are left out, and so are studies without findings or without such a film;
their number is logged.
"""

from __future__ import annotations

import csv
import gzip
import json
import logging
import re
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import DamagedFileError, NotFoundError
from training.data.record import FilmRecord, FilmView, Record

SPLIT_TABLE = "mimic-cxr-2.0.0-split.csv"
METADATA = "mimic-cxr-2.0.0-metadata.csv"
ANNOTATION = "annotation.json"
COLUMNS = {
    SPLIT_TABLE: {"study_id", "subject_id", "split"},
    METADATA: {"dicom_id", "study_id", "ViewPosition"},
}
SPLITS = {"train": "train", "val": "validate", "test": "test"}
VIEWS: Mapping[str, FilmView] = {
    "PA": "frontal",
    "AP": "frontal",
    "LATERAL": "lateral",
    "LL": "lateral",
}

_HEADING = re.compile(r"^\s*([A-Z][A-Z ()/,&-]+):", re.MULTILINE)
_FINDINGS = frozenset({"FINDINGS", "FINDING", "FINDINGS AND IMPRESSION", "FINDINGS/IMPRESSION"})
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Folder names of a study: `p10000032` and `s50414267`."""

    subject: str
    study: str

    @property
    def folder(self) -> Path:
        return Path("files") / self.subject[:3] / self.subject / self.study


def is_mimic_cxr(folder: Path) -> bool:
    """Whether the folder has the layout of MIMIC-CXR-JPG."""
    return _table(folder, SPLIT_TABLE) is not None


def read_mimic_cxr(folder: Path, split: str) -> tuple[Record, ...]:
    """All usable studies of a split, by study id.

    Args:
        folder: Holds the tables and `files/`.
        split: "train", "val" or "test".

    Raises:
        NotFoundError: There is no such split, or a table is missing.
        DamagedFileError: A table or the annotation cannot be read, or a film is missing.
    """
    if split not in SPLITS:
        raise NotFoundError(f"MIMIC-CXR has no split {split}: it has train, val and test.")
    films = _films(folder)
    reports = _annotated(folder, split)
    places = {row["study_id"]: row for row in _rows(folder, SPLIT_TABLE)}
    if reports is None:
        wanted = (study for study, row in places.items() if row["split"] == SPLITS[split])
    else:
        wanted = (study for study in reports if study in places)
        if unknown := len(reports.keys() - places.keys()):
            _LOG.warning("MIMIC-CXR %s: %d annotated studies are in no table", split, unknown)
    records, no_film, no_report = [], 0, 0
    for study in sorted(wanted):
        place = _Place(subject=f"p{places[study]['subject_id']}", study=f"s{study}")
        report = _report(folder, place) if reports is None else reports[study]
        own = _on_disk(folder, place, films[study])
        no_film += not own
        no_report += bool(own) and not report.strip()
        if own and report.strip():
            records.append(Record(id=place.study, report=report, headings=(), films=own))
    _LOG.warning(
        "MIMIC-CXR %s: %d studies; left out: %d without findings, %d without frontal or lateral",
        split,
        len(records),
        no_report,
        no_film,
    )
    if not records:
        raise DamagedFileError(f"The {split} split of MIMIC-CXR holds no usable study.")
    return tuple(records)


def findings(text: str) -> str:
    """The findings section of a report, without its heading; empty if there is none."""
    headings = list(_HEADING.finditer(text))
    for number, heading in enumerate(headings):
        if heading[1].strip() in _FINDINGS:
            after = headings[number + 1].start() if number + 1 < len(headings) else len(text)
            return text[heading.end() : after].strip()
    return ""


def one_line(text: str) -> str:
    """What R2Gen does to MIMIC's reports before the common cleaning (cmcrl.md 1.3).

    Line ends become blanks; runs of "_", of blanks and of "." become one each. A leading blank
    stays, because the number of a first list item is recognised by it. It is done here so that
    callers of `clean` need not know where a report comes from (cmcrl.md B10).
    """
    joined = re.sub(r"_+", "_", text.replace("\n", " "))
    return re.sub(r"\.{2,}", ".", re.sub(r" {2,}", " ", joined))


def _films(folder: Path) -> dict[str, list[tuple[str, FilmView]]]:
    """Frontal and lateral films of each study: DICOM id and view."""
    found: dict[str, list[tuple[str, FilmView]]] = defaultdict(list)
    for row in _rows(folder, METADATA):
        # A line that is cut short has None for the missing columns.
        view = VIEWS.get((row["ViewPosition"] or "").strip().upper())
        if view is not None:
            found[row["study_id"]].append((row["dicom_id"], view))
    return found


def _on_disk(
    folder: Path, place: _Place, films: list[tuple[str, FilmView]]
) -> tuple[FilmRecord, ...]:
    paths = [(folder / place.folder / f"{name}.jpg", view) for name, view in sorted(films)]
    for path, _ in paths:
        if not path.is_file():
            raise DamagedFileError(f"The film {path.relative_to(folder)} is missing.")
    records = (FilmRecord(path=path, view=view) for path, view in paths)
    return tuple(sorted(records, key=lambda film: film.view != "frontal"))


def _report(folder: Path, place: _Place) -> str:
    path = (folder / place.folder).with_suffix(".txt")
    try:
        return one_line(findings(path.read_text(encoding="utf-8", errors="replace")))
    except OSError as error:
        raise DamagedFileError(f"The report {path.relative_to(folder)} is missing.") from error


def _annotated(folder: Path, split: str) -> dict[str, str] | None:
    """Findings by study from R2Gen's file, or None. Several films share one report."""
    path = folder / ANNOTATION
    if not path.is_file():
        return None
    try:
        items: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))[split]
        return {str(item["study_id"]): one_line(item["report"]) for item in items}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedFileError(f"{ANNOTATION} is not in R2Gen's format.") from error


def _rows(folder: Path, name: str) -> Iterator[dict[str, str]]:
    path = _table(folder, name)
    if path is None:
        raise NotFoundError(f"There is no {name} in {folder}.")
    opens = gzip.open if path.suffix == ".gz" else open
    try:
        with opens(path, "rt", encoding="utf-8-sig") as file:
            rows = csv.DictReader(file)
            absent = COLUMNS[name] - set(rows.fieldnames or ())
            if absent:
                raise DamagedFileError(f"{path.name} has no column {', '.join(sorted(absent))}.")
            yield from rows
    except (OSError, EOFError, UnicodeDecodeError, csv.Error, zlib.error) as error:
        raise DamagedFileError(f"The table {path.name} cannot be read.") from error


def _table(folder: Path, name: str) -> Path | None:
    return next((p for p in (folder / name, folder / f"{name}.gz") if p.is_file()), None)
