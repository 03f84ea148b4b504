"""`negatoscope studies PATH…`: which studies are there, and what would become of each file.

Needs no workspace and stores nothing. Shows how the films would hang, which of them a draft would
use, what other systems' reports say, and what was left out, each with the reason.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.cli.output import print_line, print_object
from engine.domain.film_choice import choose_films
from engine.domain.hanging_order import HangingFilm, hanging_order
from engine.domain.presentation_state import PresentationRef
from engine.domain.prior_document import PriorDocument
from engine.domain.study import ImageRef, SkippedFile, SopUid, Study, StudyUid
from engine.errors import InputError, NoSuitableFilmError, WorkerError

if TYPE_CHECKING:
    from engine.workers.decode_client import DecodeClient

Object = dict[str, Any]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    parser.add_argument(
        "paths", nargs="+", type=Path, metavar="PATH", help="files, folders, ZIP or DICOMDIR"
    )
    parser.set_defaults(run=run)


@dataclass(slots=True, kw_only=True)
class _Found:
    """What belongs to one study; films may be missing if only a report about it was found."""

    study: Study | None = None
    documents: list[PriorDocument] = field(default_factory=list)
    states: list[PresentationRef] = field(default_factory=list)


def run(options: argparse.Namespace) -> int:
    """Describe each study; exit status 1 if there is none."""
    from engine.workers.decode_client import DecodeClient  # noqa: PLC0415  keeps --help instant

    found: dict[StudyUid, _Found] = defaultdict(_Found)

    def take_state(ref: PresentationRef) -> None:
        found[ref.study_uid].states.append(ref)

    def take_document(document: PriorDocument) -> None:
        found[document.study_uid].documents.append(document)

    with DecodeClient() as client:
        result = client.scan(options.paths, on_presentation=take_state, on_document=take_document)
        # In the order of the scan's studies; those without films come last.
        ordered = {study.uid: _Found(study=study) for study in result.studies}
        for uid, others in found.items():
            one = ordered.setdefault(uid, _Found())
            one.documents, one.states = others.documents, others.states
        skipped = [_skipped(item) for item in result.skipped]
        for uid, one in ordered.items():
            _print(_object(uid, one, skipped, client), as_json=options.json)
        if not ordered:
            _print(_object(None, _Found(), skipped, client), as_json=options.json)
    return 0 if ordered else 1


def _object(
    uid: StudyUid | None, found: _Found, skipped: list[Object], client: DecodeClient
) -> Object:
    study = found.study
    order = () if study is None else hanging_order(study)
    films = {film.image.sop_uid: film.image for film in order}
    return {
        "study_uid": uid,
        "patient_name": None if study is None else study.patient.name,
        "patient_id": None if study is None else study.patient.patient_id,
        "study_date": study.study_date.isoformat() if study and study.study_date else None,
        "films": [_film(film) for film in order],
        "draft": _draft(study),
        "skipped": skipped,
        "documents": [_document(document, client) for document in found.documents],
        "presentation_states": [_state(ref, films, client) for ref in found.states],
    }


def _film(film: HangingFilm) -> Object:
    image = film.image
    return {
        **_place(image),
        "sop_uid": image.sop_uid,
        "uid_in_file": image.uid_in_file,
        "view": image.view.value,
        "view_position": image.view_position or None,
        "presentation_intent": image.intent.value or None,
        "is_whole": image.is_whole,
        "reason": film.reason,
        "notes": list(image.notes),
    }


def _draft(study: Study | None) -> Object:
    """The films that a draft would be made from by their headers, or why there is none."""
    if study is None:
        return {"films": [], "reason": "There is no film.", "warnings": []}
    try:
        choice = choose_films(study)
    except NoSuitableFilmError as error:
        return {"films": [], "reason": error.message, "warnings": []}
    chosen = [film for film in (choice.frontal, choice.lateral) if film is not None]
    films = [{**_place(film), "sop_uid": film.sop_uid} for film in chosen]
    return {"films": films, "reason": None, "warnings": list(choice.warnings)}


def _document(document: PriorDocument, client: DecodeClient) -> Object:
    about: Object = {
        **_place(document),
        "kind": document.kind.value,
        "title": document.title,
        "lines": [],
        "pages": 0,
        "notes": [],
        "error": None,
    }
    try:
        content = client.document(document)
    except (InputError, WorkerError) as error:
        return {**about, "error": error.message}
    return {
        **about,
        "lines": [line.text for line in content.lines],
        "pages": content.pages,
        "notes": list(content.notes),
    }


def _state(ref: PresentationRef, films: Mapping[SopUid, ImageRef], client: DecodeClient) -> Object:
    about = [_about_film(ref, films[uid], client) for uid in ref.films if uid in films]
    absent = [uid for uid in ref.films if uid not in films]
    return {**_place(ref), "title": ref.title, "films": about, "absent_films": absent}


def _about_film(ref: PresentationRef, image: ImageRef, client: DecodeClient) -> Object:
    from engine.imaging.presentation import grey_look  # noqa: PLC0415  keeps --help instant

    try:
        state = client.presentation(ref, image)
        grey_look(state, client.pixels(image))
    except (InputError, WorkerError) as error:
        return {"sop_uid": image.sop_uid, "left_out": [], "error": error.message}
    return {"sop_uid": image.sop_uid, "left_out": list(state.left_out), "error": None}


def _place(thing: ImageRef | PriorDocument | PresentationRef) -> Object:
    return {"path": str(thing.path), "member": thing.member or None}


def _skipped(item: SkippedFile) -> Object:
    return {"name": item.name, "reason": item.reason}


def _print(study: Object, *, as_json: bool) -> None:
    if as_json:
        print_object(study)
        return
    print_line(f"{study['study_uid'] or 'No study'}: {study['patient_name'] or 'no patient'}")
    for line in _lines(study):
        print_line(f"  {line}")


def _lines(study: Object) -> Iterator[str]:
    for film in study["films"]:
        view = " ".join(part for part in (film["view"], film["view_position"]) if part)
        yield f"{_name(film)}: {view}, {film['reason']}"
    draft = study["draft"]
    names = ", ".join(_name(film) for film in draft["films"])
    yield f"draft from {names}" if names else f"no draft: {draft['reason']}"
    for document in study["documents"]:
        yield f"{_name(document)}: {document['kind']}, {document['title'] or 'without a title'}"
    for state in study["presentation_states"]:
        yield f"{_name(state)}: presentation state, {state['title']}"
    for item in study["skipped"]:
        yield f"{item['name']} left out: {item['reason']}"


def _name(thing: Object) -> str:
    return f"{thing['path']}/{thing['member']}" if thing["member"] else str(thing["path"])
