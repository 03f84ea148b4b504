"""`negatoscope orders …`: orders of other systems, read from files and matched to studies."""

from __future__ import annotations

import argparse
from pathlib import Path

from engine.cli.output import note, print_line, print_object
from engine.cli.session import open_workspace
from engine.domain.order import Order, OrderIntake
from engine.domain.urgency import Moment, OrderMark

Object = dict[str, object]


def add_arguments(parser: argparse.ArgumentParser, parents: list[argparse.ArgumentParser]) -> None:
    """Add the verb's parts."""
    parts = parser.add_subparsers(dest="part", required=True, metavar="PART")
    read = parts.add_parser(
        "read", parents=parents, help="read DICOM worklist files, FHIR requests and HL7 v2 orders"
    )
    read.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="files or folders")
    read.set_defaults(run=run_read)
    show = parts.add_parser(
        "list", parents=parents, help="the orders of the latest days, and which have no films yet"
    )
    show.set_defaults(run=run_list)


def run_read(options: argparse.Namespace) -> int:
    """Read files into the workspace; exit status 1 if one could not be read wholly."""
    with open_workspace(options) as workspace:
        intake = workspace.orders.read_files(options.paths)
    if options.json:
        print_object(_intake(intake))
    else:
        print_line(
            f"{intake.files} files read: {intake.new} new orders, {intake.changed} changed, "
            f"{intake.cancelled} cancelled."
        )
    for item in intake.refused:
        note(f"{item.name}: {item.reason}")
    return 1 if intake.refused else 0


def run_list(options: argparse.Namespace) -> int:
    """Print a line for each order."""
    with open_workspace(options) as workspace:
        orders = workspace.orders.all()
    for known, has_films in orders:
        order = known.order
        if options.json:
            print_object({**_order(order), "has_films": has_films})
            continue
        day = order.day.isoformat() if order.day else ""
        films = "films here" if has_films else "no films"
        urgency = order.priority.value or "-"
        print_line(
            f"{day:10}  {urgency:7}  {order.state.value:9}  {films:10}  {order.patient.name}"
        )
        print_line(f"            {order.number or '-'}  {order.procedure}")
    return 0


def order_mark(mark: OrderMark) -> Object:
    """What the list says about a study's order."""
    return {
        "priority": mark.priority.value or None,
        "due": _moment(mark.due),
        "is_cancelled": mark.is_cancelled,
        "is_asked": mark.is_asked,
    }


def _intake(intake: OrderIntake) -> Object:
    return {
        "files": intake.files,
        "new": intake.new,
        "changed": intake.changed,
        "cancelled": intake.cancelled,
        "refused": [{"name": item.name, "reason": item.reason} for item in intake.refused],
    }


def _order(order: Order) -> Object:
    patient = order.patient
    return {
        "accession": order.accession or None,
        "placer": order.placer or None,
        "filler": order.filler or None,
        "study_uid": order.study_uid,
        "patient_name": patient.name,
        "patient_id": patient.patient_id,
        "issuer": order.issuer or None,
        "birth_date": patient.birth_date.isoformat() if patient.birth_date else None,
        "sex": patient.sex or None,
        "procedure": order.procedure,
        "modality": order.modality or None,
        "reason": order.reason,
        "history": order.history,
        "note": order.note,
        "priority": order.priority.value or None,
        "referrer": order.referrer,
        "scheduled": _moment(order.scheduled),
        "due": _moment(order.due),
        "state": order.state.value,
    }


def _moment(moment: Moment | None) -> str | None:
    if moment is None:
        return None
    clock = "" if moment.clock is None else f"T{moment.clock.isoformat()}"
    return f"{moment.day.isoformat()}{clock}"
