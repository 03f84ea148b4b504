"""`negatoscope outbox list | deliver`: signed results on their way into the outbox folder."""

from __future__ import annotations

import argparse

from engine.cli.output import complain, note, print_line, print_object
from engine.cli.session import open_workspace
from engine.domain.delivery import Delivery, OutboxStatus, refused_of
from engine.errors import NegatoscopeError
from engine.services.workspace import Workspace


def add_arguments(parser: argparse.ArgumentParser, parents: list[argparse.ArgumentParser]) -> None:
    """Add the verb's parts."""
    parts = parser.add_subparsers(dest="part", required=True, metavar="PART")
    show = parts.add_parser(
        "list", parents=parents, help="results that are not delivered or were refused, and why"
    )
    show.add_argument("--all", action="store_true", help="also those that are")
    show.set_defaults(run=run_list)
    deliver = parts.add_parser("deliver", parents=parents, help="deliver what waits")
    deliver.set_defaults(run=run_deliver)


def run_list(options: argparse.Namespace) -> int:
    """Print a line for each delivery, oldest first."""
    with open_workspace(options) as workspace:
        found = workspace.outbox.deliveries()
        problem = workspace.outbox.problem()
    waiting = [each for each in found if each.settled is None]
    refused = refused_of(found)
    shown = found if options.all else sorted((*waiting, *refused), key=lambda each: each.id)
    for delivery in shown:
        _print(delivery, as_json=options.json)
    why = problem or next((each.reason for each in waiting if each.reason), "")
    status = OutboxStatus(waiting=len(waiting), why=why, refused=len(refused))
    if status.line:
        note(status.line)
    return 0


def run_deliver(options: argparse.Namespace) -> int:
    """Deliver what waits, also what failed a short time ago."""
    with open_workspace(options) as workspace:
        status = workspace.outbox.deliver(even_early=True)
    if options.json:
        print_object(
            {
                "delivered": status.delivered,
                "waiting": status.waiting,
                "why": status.why or None,
                "refused": status.refused,
            }
        )
    else:
        print_line(f"{status.delivered} delivered.")
        if status.line:
            print_line(status.line)
    return 1 if status.waiting or status.refused else 0


def deliver_after_signing(workspace: Workspace) -> None:
    """Deliver what was signed. Whatever fails is said, and leaves the signature as it is."""
    try:
        status = workspace.outbox.deliver()
    except NegatoscopeError as error:
        complain(error)
    else:
        if status.line:
            note(status.line)


def _print(delivery: Delivery, *, as_json: bool) -> None:
    if as_json:
        print_object(
            {
                "report_id": delivery.report_id,
                "revision": delivery.revision,
                "form": delivery.form.facts.option,
                "state": delivery.state.value,
                "signed": delivery.made.isoformat(),
                "settled": delivery.settled.isoformat() if delivery.settled else None,
                "file": delivery.file_name,
                "sha256": delivery.sha256 or None,
                "reason": delivery.reason or None,
                "accepted": delivery.is_accepted,
                "answer": delivery.answer or None,
            }
        )
        return
    form = delivery.form.facts.option
    when = f"{delivery.made:%Y-%m-%d %H:%M:%S}"
    print_line(f"{when}  {delivery.state.value:9}  {form:16}  {delivery.report_id}")
    print_line(f"      {delivery.file_name}")
    if delivery.reason:
        print_line(f"      {delivery.reason}")
    if delivery.is_accepted is not None:
        answer = "accepted" if delivery.is_accepted else "refused"
        print_line(f"      {answer} by the receiver  {delivery.answer}".rstrip())
