"""A site's films with its own reports beside them, as an acceptance test reads them.

Two layouts: DICOM studies with a structured report among their files, a text file, or a table; and
pictures in the layout of IU X-Ray, whose human codes are taken instead of the reports.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from engine.domain.analytics import age_band
from engine.domain.film_choice import FilmChoice, choose_films
from engine.domain.prior_document import DocumentKind, PriorDocument
from engine.domain.progress import CancelToken, Progress, ProgressSink
from engine.domain.study import ImageRef, Study, StudyUid, View
from engine.errors import DamagedFileError, InputError, NegatoscopeError
from engine.language.findings import coded, labels
from engine.language.reported_text import shown_lines, shown_part
from engine.workers.decode_client import DecodeClient

CODES, REPORT = "human codes", "signed reports"
_TEXT, _TABLE, _PICTURES = ".txt", ".csv", ".jsonl"
_MOST_BYTES = 64 * 2**20
_UNCODED = "No Indexing"
_NO_REPORT = "There is no report beside the study."
_REPORT_FILE = "The report's text file"
_MAKER, _MODEL = "(0008,0070)", "(0008,1090)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A study and what its report says.

    Attributes:
        key: Hash of the site's own identifier.
        study: Its films; of pictures only as far as a draft needs them.
        choice: The films to draft from; None chooses by the headers.
        reported: Findings that the report asserts.
        reference: What they were read from.
    """

    key: str
    study: Study
    choice: FilmChoice | None
    reported: frozenset[str]
    is_abnormal: bool
    reference: str
    groups: tuple[tuple[str, str], ...]


@dataclass(slots=True, kw_only=True)
class Material:
    """What a folder holds.

    Attributes:
        cases: Studies with a report.
        left_out: Reasons why others were left out, with their number.
    """

    cases: list[Case] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)


def find_material(
    folder: Path, decoder: DecodeClient, progress: ProgressSink, cancel: CancelToken
) -> Material:
    """The studies of a folder, each with what its report says.

    Args:
        folder: DICOM files and reports below it; or the table of an IU X-Ray split, named with or
            without its ending.
        decoder: Opens the films.
        progress: Of the scan.
        cancel: Stops it.

    Raises:
        InputError: There is nothing of the kind, or a table cannot be read.
        CancelledError: `cancel` was set.
    """
    table = _picture_table(folder)
    if table is not None:
        return _of_pictures(table, decoder, progress, cancel)
    if not folder.is_dir():
        raise InputError("There is no such folder.", what_to_do="Name the folder with the films.")
    return _of_dicom(folder, decoder, progress, cancel)


def key_of(name: str) -> str:
    """A study's key in files that are kept: nobody's identifier."""
    return hashlib.sha256(name.encode()).hexdigest()[:16]


def _of_dicom(
    folder: Path, decoder: DecodeClient, progress: ProgressSink, cancel: CancelToken
) -> Material:
    documents: defaultdict[StudyUid, list[PriorDocument]] = defaultdict(list)
    scanned = decoder.scan(
        [folder],
        progress=progress,
        cancel=cancel,
        on_document=lambda one: documents[one.study_uid].append(one),
    )
    material = Material()
    material.left_out.update(
        f"File: {item.reason}"
        for item in scanned.skipped
        if not item.name.casefold().endswith((_TEXT, _TABLE))
    )
    tables = _tables(folder)
    places = _Places(scanned.studies, folder)
    for study in scanned.studies:
        cancel.raise_if_cancelled()
        try:
            text = _signed(documents[study.uid], decoder) or _written(study, tables, places)
            choose_films(study)
        except NegatoscopeError as error:
            material.left_out[error.message] += 1
            continue
        reported = labels(text)
        material.cases.append(
            Case(
                key=key_of(study.uid),
                study=study,
                choice=None,
                reported=reported,
                is_abnormal=bool(reported),
                reference=REPORT,
                groups=_groups(study, decoder),
            )
        )
    return material


def _signed(documents: Sequence[PriorDocument], decoder: DecodeClient) -> str:
    """Text of the study's verified structured reports; empty if it has none."""
    verified = [
        document
        for document in documents
        if document.kind is DocumentKind.STRUCTURED_REPORT and document.verification == "VERIFIED"
    ]
    contents = [decoder.document(document).lines for document in verified]
    return "\n".join(shown_lines((line.text, line.level) for line in lines) for lines in contents)


def _written(study: Study, tables: Mapping[str, str], places: _Places) -> str:
    """The study's report from a table or a text file; raises `InputError` if it has none."""
    names = places.names(study)
    text = next((tables[name] for name in names if name in tables), "")
    text = text or "\n".join(_text_of(path, _REPORT_FILE) for path in places.texts(study))
    if not text.strip():
        raise InputError(_NO_REPORT)
    return shown_part(text)


class _Places:
    """Where studies lie, and the text files that can only be about one of them."""

    def __init__(self, studies: Sequence[Study], root: Path) -> None:
        self._root = root
        self._folders = {study.uid: _common_folder(study) for study in studies}
        self._counts = Counter(
            parent for folder in self._folders.values() for parent in (folder, *folder.parents)
        )

    def names(self, study: Study) -> tuple[str, ...]:
        """What a table may call the study: UID, accession number, folder or file."""
        folder = self._folders[study.uid].name if self._is_alone(study) else ""
        stems = (image.path.stem for image in study.images)
        named = (study.uid, study.accession, study.study_id, folder, *stems)
        return tuple(name.strip() for name in named if name.strip())

    def texts(self, study: Study) -> tuple[Path, ...]:
        """Text files named like a film, else those in the study's own folder."""
        beside = dict.fromkeys(image.path.with_suffix(_TEXT) for image in study.images)
        found = tuple(path for path in beside if path.is_file())
        if found or not self._is_alone(study):
            return found
        folder = self._folders[study.uid]
        return tuple(sorted(path for path in folder.iterdir() if path.suffix.lower() == _TEXT))

    def _is_alone(self, study: Study) -> bool:
        folder = self._folders[study.uid]
        return folder != self._root and self._counts[folder] == 1


def _common_folder(study: Study) -> Path:
    return Path(os.path.commonpath([image.path.parent for image in study.images]))


def _tables(folder: Path) -> dict[str, str]:
    """Reports by study from the CSV files of the folder.

    A table has the columns `study` and `report`, or `findings` and `impression`.
    """
    found: dict[str, str] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() != _TABLE:
            continue
        rows = csv.DictReader(io.StringIO(_text_of(path, path.name), newline=""))
        columns = {name.strip().casefold(): name for name in rows.fieldnames or ()}
        parts = [columns[name] for name in ("report", "findings", "impression") if name in columns]
        if "study" not in columns or not parts:
            raise InputError(
                f"The table {path.name} has no column study, or none with the reports.",
                what_to_do="Name its columns study and report, or findings and impression.",
            )
        for row in rows:
            text = "\n".join(f"Findings: {row[part]}" for part in parts if row[part])
            found[(row[columns["study"]] or "").strip()] = text
    return found


def _groups(study: Study, decoder: DecodeClient) -> tuple[tuple[str, str], ...]:
    choice = choose_films(study)
    taken = study.study_date
    return (
        ("view", _view_words(choice.frontal.view_position, has_lateral=choice.lateral is not None)),
        ("sex", study.patient.sex),
        ("age", age_band(study)),
        ("device", _device(choice.frontal, decoder)),
        ("month", f"{taken:%Y-%m}" if taken is not None else ""),
    )


def _view_words(position: str, *, has_lateral: bool) -> str:
    return f"{position.strip() or 'frontal'}{' and lateral' if has_lateral else ' alone'}"


def _device(film: ImageRef, decoder: DecodeClient) -> str:
    """Maker and model of the device as the header has them."""
    try:
        elements = decoder.elements(film)
    except NegatoscopeError:
        return ""
    values = {one.tag: one.value.strip() for one in elements if one.depth == 0}
    return " ".join(filter(None, (values.get(_MAKER), values.get(_MODEL))))


def _picture_table(folder: Path) -> Path | None:
    """The table of an IU X-Ray split: the path itself, with its ending, or alone in the folder."""
    if folder.suffix == _PICTURES and folder.is_file():
        return folder
    named = folder.with_name(f"{folder.name}{_PICTURES}")
    if named.is_file():
        return named
    inside = sorted(folder.glob(f"*{_PICTURES}")) if folder.is_dir() else []
    return inside[0] if len(inside) == 1 else None


def _of_pictures(
    table: Path, decoder: DecodeClient, progress: ProgressSink, cancel: CancelToken
) -> Material:
    material = Material()
    for number, line in enumerate(_text_of(table, table.name).split("\n"), start=1):
        cancel.raise_if_cancelled()
        if not line.strip():
            continue
        progress(Progress(done=number, total=0, message=f"{number} studies read"))
        try:
            record = json.loads(line)
            codes = [str(code) for code in record.get("mesh_major") or ()]
            if not codes or _UNCODED in codes:
                material.left_out["Nobody coded the study."] += 1
                continue
            material.cases.append(_picture_case(record, codes, table.parent, decoder))
        except NegatoscopeError as error:
            material.left_out[error.message] += 1
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise DamagedFileError(
                f"Line {number} of {table.name} is not a study of the IU X-Ray layout."
            ) from error
    return material


def _picture_case(
    record: Mapping[str, Any], codes: Sequence[str], folder: Path, decoder: DecodeClient
) -> Case:
    """A study of pictures; raises `InputError` if it has no frontal film or one cannot be read."""
    views: dict[str, Mapping[str, Any]] = {}
    for image in record["images"]:
        views.setdefault(str(image["view"]), image)
    if "frontal" not in views:
        raise InputError("This study has only a lateral film; a draft needs a frontal one.")
    films = [
        _film(folder, str(views[view.value]["file"]), view, decoder)
        for view in (View.FRONTAL, View.LATERAL)
        if view.value in views
    ]
    study, images = films[0][0], [image for _study, image in films]
    lateral = images[1] if len(images) > 1 else None
    heads = {code.split("/")[0].strip().casefold() for code in codes}
    position = str(views["frontal"].get("view_position") or "")
    return Case(
        key=key_of(str(record["id"])),
        study=study,
        choice=FilmChoice(frontal=images[0], lateral=lateral, warnings=()),
        reported=coded(codes),
        is_abnormal=bool(heads - {"normal"}),
        reference=CODES,
        groups=(("view", _view_words(position, has_lateral=lateral is not None)),),
    )


def _film(folder: Path, name: str, view: View, decoder: DecodeClient) -> tuple[Study, ImageRef]:
    """A picture as the film that the table says it is."""
    place = Path(name)
    if place.is_absolute() or ".." in place.parts:
        raise InputError("A film lies outside the folder.")
    scanned = decoder.scan([folder / place])
    if not scanned.studies:
        reasons: Iterable[str] = (item.reason for item in scanned.skipped)
        raise InputError(next(iter(reasons), "A film is missing."))
    study = scanned.studies[0]
    return study, replace(study.images[0], view=view)


def _text_of(path: Path, name: str) -> str:
    """Text of a file; `name` stands for it in errors, as the file's own may be a patient's."""
    try:
        with path.open("rb") as stream:
            content = stream.read(_MOST_BYTES + 1)
        if len(content) > _MOST_BYTES:
            raise InputError(f"{name} is larger than 64 MiB.")
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DamagedFileError(f"{name} is not UTF-8 text.") from error
    except OSError as error:
        raise DamagedFileError(f"{name} cannot be read.") from error
