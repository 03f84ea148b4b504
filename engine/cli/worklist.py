"""`negatoscope worklist …`: the studies of a workspace, and taking one off the list."""

from __future__ import annotations

import argparse

from engine.cli.arguments import text
from engine.cli.orders import order_mark
from engine.cli.output import print_line, print_object
from engine.cli.session import open_workspace
from engine.domain.study import StudyUid


def add_arguments(parser: argparse.ArgumentParser, parents: list[argparse.ArgumentParser]) -> None:
    """Add the verb's parts."""
    parts = parser.add_subparsers(dest="part", required=True, metavar="PART")
    show = parts.add_parser("show", parents=parents, help="the studies of the list, newest first")
    show.set_defaults(run=run_show)
    remove = parts.add_parser(
        "remove", parents=parents, help="take a study off the list; its reports stay"
    )
    remove.add_argument("study", type=text, metavar="STUDY", help="Study Instance UID")
    remove.set_defaults(run=run_remove)


def run_show(options: argparse.Namespace) -> int:
    """Print a line for each study."""
    with open_workspace(options) as workspace:
        rows = workspace.library.studies()
    for row in rows:
        day = row.study_date.isoformat() if row.study_date else ""
        kinds = ",".join(row.modalities)
        if options.json:
            print_object(
                {
                    "study_uid": row.uid,
                    "patient_name": row.patient.name,
                    "patient_id": row.patient.patient_id,
                    "study_date": day or None,
                    "modalities": list(row.modalities),
                    "films": row.image_count,
                    "status": row.status.value,
                    "order": None if row.order is None else order_mark(row.order),
                }
            )
        else:
            name = row.file_name or row.patient.name
            print_line(f"{day:10}  {kinds:5}  {row.image_count:3}  {row.status:9}  {name}")
            print_line(f"            {row.uid}")
    return 0


def run_remove(options: argparse.Namespace) -> int:
    """Take the study off the list."""
    with open_workspace(options) as workspace:
        workspace.library.take_off_list(StudyUid(options.study))
    print_line("The study is off the list. Opening its films again brings it back.")
    return 0
