"""`negatoscope reports addendum | withdraw | told` and `negatoscope users`."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from typing import Any

from engine.cli.arguments import text
from engine.cli.output import print_line, print_object
from engine.cli.session import open_workspace, other_passphrase, signing_passphrase
from engine.domain.critical import CriticalCommunication, Means, Urgency
from engine.domain.report import ReportId
from engine.domain.user import Role, User


def add_parts(parts: Any, parents: list[argparse.ArgumentParser]) -> None:
    """Add the parts to `negatoscope reports`."""
    addendum = parts.add_parser("addendum", parents=parents, help="add to a signed report")
    addendum.add_argument("report", type=text, metavar="ID")
    addendum.add_argument("words", type=text, metavar="TEXT")
    addendum.set_defaults(run=run_addendum)

    withdraw = parts.add_parser("withdraw", parents=parents, help="withdraw a signed report")
    withdraw.add_argument("report", type=text, metavar="ID")
    withdraw.add_argument("reason", type=text, metavar="REASON")
    withdraw.set_defaults(run=run_withdraw)

    told = parts.add_parser(
        "told", parents=parents, help="list, or keep, who was told of a critical finding"
    )
    told.add_argument("report", type=text, metavar="ID")
    told.add_argument("--finding", type=text, default="", metavar="TEXT")
    told.add_argument("--who", type=text, default="", metavar="NAME")
    told.add_argument("--how", choices=[m.value for m in Means], default=Means.TELEPHONE.value)
    told.add_argument("--category", type=int, choices=[1, 2, 3], default=1)
    told.add_argument("--read-back", action="store_true")
    told.set_defaults(run=run_told)


def add_users_verb(verbs: Any, parents: list[argparse.ArgumentParser]) -> None:
    """Add the verb for the people of a workspace."""
    parser = verbs.add_parser("users", help="the people of a workspace, and passphrases")
    parts = parser.add_subparsers(dest="part", required=True, metavar="PART")
    parts.add_parser("list", parents=parents, help="names and roles").set_defaults(run=run_users)
    add = parts.add_parser("add", parents=parents, help="add a user, or change a role")
    add.add_argument("name", type=text, metavar="NAME")
    add.add_argument("--role", choices=[r.value for r in Role], default=Role.TRAINEE.value)
    add.set_defaults(run=run_add_user)
    change = parts.add_parser("passphrase", parents=parents, help="change your passphrase")
    change.set_defaults(run=run_change_passphrase)


def run_addendum(options: argparse.Namespace) -> int:
    """Sign an addendum."""
    with open_workspace(options) as workspace:
        report = workspace.reporting.signing.addendum(
            ReportId(options.report), options.words, passphrase=signing_passphrase(options)
        )
    _print_stage(options, report.id, report.status.value)
    return 0


def run_withdraw(options: argparse.Namespace) -> int:
    """Sign a withdrawal."""
    with open_workspace(options) as workspace:
        report = workspace.reporting.signing.withdraw(
            ReportId(options.report), options.reason, passphrase=signing_passphrase(options)
        )
    _print_stage(options, report.id, report.status.value)
    return 0


def run_told(options: argparse.Namespace) -> int:
    """Keep a communication if one is named, then list all of the report."""
    with open_workspace(options) as workspace:
        signing, now = workspace.reporting.signing, datetime.now(UTC)
        if options.finding or options.who:
            signing.communicated(
                CriticalCommunication(
                    report_id=ReportId(options.report),
                    finding=options.finding,
                    told=options.who,
                    told_at=now,
                    means=Means(options.how),
                    urgency=Urgency(options.category),
                    read_back=options.read_back,
                    recorded_by=workspace.access.user.name,
                    recorded_at=now,
                )
            )
        for entry in signing.communications(ReportId(options.report)):
            if options.json:
                print_object({"told": entry.told, "finding": entry.finding, "line": entry.line})
            else:
                print_line(entry.line)
    return 0


def run_users(options: argparse.Namespace) -> int:
    """Print everybody."""
    with open_workspace(options) as workspace:
        for user in workspace.access.users():
            if options.json:
                print_object({"name": user.name, "role": user.role.value})
            else:
                print_line(f"{user.role.value:14}  {user.name}")
    return 0


def run_add_user(options: argparse.Namespace) -> int:
    """Add a user; the administrator's passphrase is asked for again, then the new one."""
    with open_workspace(options) as workspace:
        again = signing_passphrase(options)
        new = other_passphrase(options, "Passphrase of the new user: ")
        user = User(name=options.name, role=Role(options.role))
        workspace.access.add_user(user, new, passphrase=again)
    print_line(f"{user.name} is {user.role.value} now.")
    return 0


def run_change_passphrase(options: argparse.Namespace) -> int:
    """Change the passphrase of the user who opened the workspace."""
    with open_workspace(options) as workspace:
        old = signing_passphrase(options)
        workspace.access.change_passphrase(old, other_passphrase(options, "New passphrase: "))
    print_line("The passphrase was changed. Copies of the key file beside earlier backups keep it.")
    return 0


def _print_stage(options: argparse.Namespace, report_id: str, stage: str) -> None:
    if options.json:
        print_object({"report_id": report_id, "status": stage})
    else:
        print_line(f"{stage.upper()}  {report_id}")
