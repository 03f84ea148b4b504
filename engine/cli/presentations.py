"""`negatoscope presentations …`: list a study's presentation states, show one, write a new one.

A state is only read for films of the same patient, and none is applied to anything here.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from engine.cli.arguments import text
from engine.cli.output import note, print_line, print_object
from engine.cli.session import open_workspace
from engine.domain.presentation_state import PresentationRef, PresentationState
from engine.domain.study import ImageRef, Study, StudyUid
from engine.errors import NotFoundError
from engine.services.presenting import kept_view


def add_arguments(parser: argparse.ArgumentParser, parents: list[argparse.ArgumentParser]) -> None:
    """Add the verb's parts."""
    parts = parser.add_subparsers(dest="part", required=True, metavar="PART")

    listed = parts.add_parser("list", parents=parents, help="the states about a study's films")
    listed.add_argument("study", type=text, metavar="STUDY", help="Study Instance UID")
    listed.add_argument(
        "--add",
        type=Path,
        action="append",
        default=[],
        metavar="PATH",
        help="look for films and states there first; may be given several times",
    )
    listed.set_defaults(run=run_list)

    show = parts.add_parser("show", parents=parents, help="what a state asks for, film by film")
    show.add_argument("study", type=text, metavar="STUDY", help="Study Instance UID")
    show.add_argument("state", type=text, metavar="STATE", help="SOP Instance UID of the state")
    show.set_defaults(run=run_show)

    write = parts.add_parser(
        "write", parents=parents, help="write a film as it is kept: its turn, annotations and scale"
    )
    write.add_argument("study", type=text, metavar="STUDY", help="Study Instance UID")
    write.add_argument("out", type=Path, metavar="OUT", help="the DICOM file to write")
    write.add_argument(
        "--film", type=text, metavar="UID", help="SOP Instance UID (default: the first film)"
    )
    write.set_defaults(run=run_write)


def run_list(options: argparse.Namespace) -> int:
    """Print a line for each state, newest first."""
    with open_workspace(options) as workspace:
        if options.add:
            for skipped in workspace.library.add(options.add).skipped:
                note(f"{skipped.name}: {skipped.reason}")
        study = workspace.library.study(StudyUid(options.study))
        refs = workspace.library.presentations(study.uid)
        for ref in refs:
            if options.json:
                print_object(_ref_object(ref))
            else:
                print_line(f"{ref.sop_uid}  {_headline(ref)}")
    if not refs:
        note("No presentation state about this study is in the workspace.")
    return 0


def run_show(options: argparse.Namespace) -> int:
    """Print what the state asks for on each of the study's films that it refers to."""
    with open_workspace(options) as workspace:
        study = workspace.library.study(StudyUid(options.study))
        refs = workspace.library.presentations(study.uid)
        ref = next((one for one in refs if one.sop_uid == options.state), None)
        if ref is None:
            raise NotFoundError(
                "The study has no presentation state of that number.",
                what_to_do=f"`negatoscope presentations list {study.uid}` shows those it has.",
            )
        if not options.json:
            print_line(_headline(ref))
        for image in study.images:
            if image.sop_uid in ref.films:
                state = workspace.library.presentation(ref, image)
                if options.json:
                    print_object({**_ref_object(ref), **_state_object(state)})
                else:
                    _print_state(state)
    return 0


def run_write(options: argparse.Namespace) -> int:
    """Write the state; the audit trail records it."""
    with open_workspace(options) as workspace:
        study = workspace.library.study(StudyUid(options.study))
        image = _film(study, options.film)
        shown = kept_view(
            study,
            image,
            workspace.library.pixels(image),
            workspace.annotating.annotations(study.uid),
            workspace.access.user.name,
        )
        written = workspace.presenting.save(shown, options.out)
        if options.json:
            print_object(
                {"path": str(written), "film": image.sop_uid, "marks": len(shown.annotations)}
            )
        else:
            print_line(f"{written} was written.")
    return 0


def _film(study: Study, wanted: str | None) -> ImageRef:
    for image in study.images:
        if wanted in {None, image.sop_uid}:
            return image
    raise NotFoundError(
        "The study has no film of that number." if wanted else "The study has no film."
    )


def _headline(ref: PresentationRef) -> str:
    maker = f" by {ref.creator}" if ref.creator else ""
    day = f", {ref.created:%Y-%m-%d}" if ref.created else ""
    films = f"{len(ref.films)} film" + ("" if len(ref.films) == 1 else "s")
    return f"{ref.title}{maker}{day}, {films}"


def _ref_object(ref: PresentationRef) -> dict[str, object]:
    return {
        "state": ref.sop_uid,
        "study_uid": ref.study_uid,
        "title": ref.title,
        "label": ref.label,
        "creator": ref.creator,
        "created": ref.created.isoformat() if ref.created else None,
        "films": list(ref.films),
    }


def _state_object(state: PresentationState) -> dict[str, object]:
    window, area = state.window, state.area
    return {
        "film": state.film,
        "window": {"center": window.center, "width": window.width} if window else None,
        "curve": state.lut.name or "unnamed" if state.lut else None,
        "table": state.table.name or "unnamed" if state.table else None,
        "inverse": state.inverse,
        "quarter_turns": state.quarter_turns,
        "mirrored": state.mirrored,
        "area": [area.left, area.top, area.right, area.bottom] if area else None,
        "has_shutter": state.shutter is not None,
        "graphics": [graphic.kind.value for graphic in state.graphics],
        "texts": ["\n".join(words.lines) for words in state.texts],
        "left_out": list(state.left_out),
    }


def _print_state(state: PresentationState) -> None:
    print_line(f"Film {state.film}")
    for name, words in _facts(state):
        print_line(f"  {name}: {words}")


def _facts(state: PresentationState) -> Iterator[tuple[str, str]]:
    if state.lut is not None:
        yield "Grey", f"display curve {state.lut.name}".rstrip()
    elif state.window is not None:
        yield "Grey", f"W {state.window.width:g} L {state.window.center:g}"
    else:
        yield "Grey", "the whole range of values"
    if state.table is not None:
        yield "Then", f"presentation table {state.table.name}".rstrip()
    yield "Polarity", "low values are bright" if state.inverse else "low values are dark"
    turns = ("mirrored" if state.mirrored else "", f"{90 * state.quarter_turns}° clockwise")
    yield "Turn", ", then ".join(part for part in turns if part)
    if state.area is not None:
        area = state.area
        columns = f"columns {area.left + 0.5:g} to {area.right + 0.5:g}"
        yield "In view", f"{columns}, rows {area.top + 0.5:g} to {area.bottom + 0.5:g}"
    yield "Shutter", "yes" if state.shutter is not None else "no"
    yield "Lines and shapes", str(len(state.graphics))
    for words in state.texts:
        yield "Words", " / ".join(words.lines)
    if state.left_out:
        yield "Not shown here", ", ".join(state.left_out)
