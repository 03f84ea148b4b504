"""`negatoscope reports addendum | withdraw | told` and `negatoscope users`."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from typing import Any

from engine.cli.arguments import text
from engine.cli.outbox import deliver_after_signing
from engine.cli.output import print_line, print_object
from engine.cli.session import open_workspace, other_passphrase, signing_passphrase
from engine.cli.words import lines, whole_text
from engine.domain.critical import CriticalCommunication, Means, Urgency
from engine.domain.report import ReportId
from engine.domain.user import Role, User


def add_parts(parts: Any, parents: list[argparse.ArgumentParser]) -> None:
    """Add the parts to `negatoscope reports`."""
    addendum = parts.add_parser(
        "addendum", parents=parents, help="add words of standard input to a signed report"
    )
    addendum.add_argument("report", type=text, metavar="ID")
    addendum.set_defaults(run=run_addendum)

    withdraw = parts.add_parser(
        "withdraw", parents=parents, help="withdraw a signed report; standard input says why"
    )
    withdraw.add_argument("report", type=text, metavar="ID")
    withdraw.set_defaults(run=run_withdraw)

    told = parts.add_parser(
        "told", parents=parents, help="list, or keep, who was told of a critical finding"
    )
    told.add_argument("report", type=text, metavar="ID")
    told.add_argument(
        "--new",
        action="store_true",
        help="keep one: standard input has the finding on its first line, then who was told",
    )
    told.add_argument("--how", choices=[m.value for m in Means], default=Means.TELEPHONE.value)
    told.add_argument("--category", type=int, choices=[1, 2, 3], default=1)
    told.add_argument("--read-back", action="store_true")
    told.set_defaults(run=run_told)


def add_users_arguments(
    parser: argparse.ArgumentParser, parents: list[argparse.ArgumentParser]
) -> None:
    """Add the parts of `negatoscope users`."""
    parts = parser.add_subparsers(dest="part", required=True, metavar="PART")
    parts.add_parser("list", parents=parents, help="names and roles").set_defaults(run=run_users)
    add = parts.add_parser("add", parents=parents, help="add a user, or change a role")
    add.add_argument("name", type=text, metavar="NAME")
    add.add_argument("--role", choices=[r.value for r in Role], default=Role.TRAINEE.value)
    add.set_defaults(run=run_add_user)
    remove = parts.add_parser("remove", parents=parents, help="take a user's passphrase away")
    remove.add_argument("name", type=text, metavar="NAME")
    remove.set_defaults(run=run_remove_user)
    recovery = parts.add_parser(
        "recovery-key", parents=parents, help="print a key that opens when the passphrase is lost"
    )
    recovery.set_defaults(run=run_recovery_key)
    change = parts.add_parser("passphrase", parents=parents, help="change your passphrase")
    change.set_defaults(run=run_change_passphrase)


def run_addendum(options: argparse.Namespace) -> int:
    """Sign an addendum."""
    words = whole_text("the addendum")
    with open_workspace(options) as workspace:
        report = workspace.reporting.signing.addendum(
            ReportId(options.report), words, passphrase=signing_passphrase(options)
        )
        _print_stage(options, report.id, report.status.value)
        deliver_after_signing(workspace)
    return 0


def run_withdraw(options: argparse.Namespace) -> int:
    """Sign a withdrawal."""
    reason = whole_text("the reason")
    with open_workspace(options) as workspace:
        report = workspace.reporting.signing.withdraw(
            ReportId(options.report), reason, passphrase=signing_passphrase(options)
        )
        _print_stage(options, report.id, report.status.value)
        deliver_after_signing(workspace)
    return 0


def run_told(options: argparse.Namespace) -> int:
    """Record a communication if a new one is given, then list those of the report."""
    finding, who = lines("the finding and who was told", 2) if options.new else ("", "")
    with open_workspace(options) as workspace:
        signing, now = workspace.reporting.signing, datetime.now(UTC)
        if options.new:
            signing.communicated(
                CriticalCommunication(
                    report_id=ReportId(options.report),
                    finding=finding,
                    told=who,
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
    """Print every user's role and name."""
    with open_workspace(options) as workspace:
        for user in workspace.access.users():
            if options.json:
                print_object({"name": user.name, "role": user.role.value})
            else:
                print_line(f"{user.role.value:14}  {user.name}")
    return 0


def run_add_user(options: argparse.Namespace) -> int:
    """Add a user; asks for the administrator's passphrase again, then for the new user's."""
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
    print_line("The passphrase was changed.")
    return 0


def run_remove_user(options: argparse.Namespace) -> int:
    """Remove a user; asks for the administrator's passphrase again."""
    with open_workspace(options) as workspace:
        workspace.access.remove_user(options.name, passphrase=signing_passphrase(options))
    print_line(f"{options.name} can no longer open the workspace.")
    return 0


def run_recovery_key(options: argparse.Namespace) -> int:
    """Print a new recovery key; an earlier one stops working."""
    with open_workspace(options) as workspace:
        printed = workspace.new_recovery_key(signing_passphrase(options))
    if options.json:
        print_object({"recovery_key": printed})
    else:
        print_line(printed)
    return 0


def _print_stage(options: argparse.Namespace, report_id: str, stage: str) -> None:
    if options.json:
        print_object({"report_id": report_id, "status": stage})
    else:
        print_line(f"{stage.upper()}  {report_id}")
