"""`negatoscope films`: a study's films as DICOM files without the patient's identity."""

from __future__ import annotations

import argparse
from pathlib import Path

from engine.cli.arguments import text
from engine.cli.output import note, print_line, print_object
from engine.cli.session import open_workspace
from engine.domain.study import StudyUid


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `negatoscope films`."""
    parser.add_argument("study", type=text, metavar="STUDY", help="Study Instance UID")
    parser.add_argument("to", type=Path, metavar="FOLDER", help="where the files are written")
    parser.add_argument(
        "--no-text-seen",
        action="store_true",
        help="say that you looked at every film and that no text is burned into it",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Write the films; the audit trail records each."""
    with open_workspace(options) as workspace:
        done = workspace.anonymous_films.export(
            StudyUid(options.study), options.to, shows_no_text=options.no_text_seen
        )
    for sentence in done.left_out:
        note(sentence)
    for path in done.written:
        if options.json:
            print_object({"path": str(path)})
        else:
            print_line(str(path))
    return 1 if done.left_out else 0
